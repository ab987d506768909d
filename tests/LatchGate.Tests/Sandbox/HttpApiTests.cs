using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LatchGate.Sandbox;

namespace LatchGate.Tests.Sandbox;

/// <summary>The http_api provider: what it asks of the host for a task, and what it makes of the answer.</summary>
public sealed class HttpApiTests : IDisposable
{
    private readonly SandboxHost _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void It_imports_http_and_nothing_else() => Assert.Equal(HostImports.Http, SandboxModule.Find("http_api")!.Imports);

    [Fact]
    public async Task A_task_of_a_url_alone_gets_the_defaults()
    {
        var (request, _) = await RunAsync("""{"url":"https://example.com/a?b=c"}""", """{"status":200}""");

        AssertJson("""{"method":"GET","url":"https://example.com/a?b=c","headers":{},"timeout_ms":30000}""", request);
    }

    [Theory]
    [InlineData("""{"a":[1,"x\"\\y",null,{"é":"\u00e9\n"}]}""")]
    [InlineData("\"a string keeps its quotes\"")]
    [InlineData("false")]
    [InlineData(" [ 1 ,\n\t2 ] ")]
    [InlineData("-0.5e+10")]
    public async Task A_json_body_is_sent_as_its_text_with_its_type(string body)
    {
        var (request, _) = await RunAsync($$"""{"url":"https://e.example/","method":"POST","body":{{body}}}""", """{"status":200}""");

        Assert.Equal(body.Trim(), (string?)request!["body_text"]);
        Assert.Equal("application/json", (string?)request["headers"]!["content-type"]);
    }

    [Fact]
    public async Task A_type_that_the_task_names_is_kept()
    {
        var (request, _) = await RunAsync(
            """{"url":"https://e.example/","body":{},"headers":{"X-A":"1","Content-\u0054ype":"application/vnd.api+json"}}""", """{"status":200}""");

        AssertJson("""{"X-A":"1","Content-Type":"application/vnd.api+json"}""", request!["headers"]);
    }

    [Fact]
    public async Task A_text_body_is_sent_as_it_is_and_without_a_type()
    {
        var (request, _) = await RunAsync("""{"url":"https://e.example/","body_text":"a=1&b=\u20ac","headers":{}}""", """{"status":200}""");

        Assert.Equal("a=1&b=€", (string?)request!["body_text"]);
        AssertJson("{}", request["headers"]);
    }

    [Fact]
    public async Task A_base64_body_is_handed_on()
    {
        var (request, _) = await RunAsync("""{"url":"https://e.example/","body_base64":"\/w=="}""", """{"status":200}""");

        Assert.Equal("/w==", (string?)request!["body_base64"]);
    }

    [Fact]
    public async Task Members_that_are_null_are_as_good_as_absent()
    {
        var (request, _) = await RunAsync("""{"url":"https://e.example/","method":null,"headers":null,"body":null,"timeout_ms":null}""", """{"status":200}""");

        AssertJson("""{"method":"GET","url":"https://e.example/","headers":{},"timeout_ms":30000}""", request);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"url\":\"https://e.example/\"} x")]
    [InlineData("{\"url\":\"https://e.example/\",}")]
    [InlineData("{}")]
    [InlineData("""{"url":7}""")]
    [InlineData("""{"url":""}""")]
    [InlineData("""{"url":"https://e.example/ x"}""")]
    [InlineData("""{"url":"https://e.example/\r\nHost: x"}""")]
    [InlineData("""{"url":"https://e.example/","url":"https://f.example/"}""")]
    [InlineData("""{"url":"https://e.example/","\u0075rl":"https://f.example/"}""")]
    [InlineData("""{"url":"https://e.example/","surplus":1}""")]
    [InlineData("""{"url":"https://e.example/","method":"GET /"}""")]
    [InlineData("""{"url":"https://e.example/","method":""}""")]
    [InlineData("""{"url":"https://e.example/","headers":[]}""")]
    [InlineData("""{"url":"https://e.example/","headers":{"a b":"x"}}""")]
    [InlineData("""{"url":"https://e.example/","headers":{"":"x"}}""")]
    [InlineData("""{"url":"https://e.example/","headers":{"a":1}}""")]
    [InlineData("""{"url":"https://e.example/","headers":{"a":"x\r\ny: z"}}""")]
    [InlineData("""{"url":"https://e.example/","headers":{"a":"x\u0000"}}""")]
    [InlineData("""{"url":"https://e.example/","body":1,"body_text":"1"}""")]
    [InlineData("""{"url":"https://e.example/","body_text":1}""")]
    [InlineData("""{"url":"https://e.example/","body_base64":"/w="}""")]
    [InlineData("""{"url":"https://e.example/","body_base64":"/x=="}""")]
    [InlineData("""{"url":"https://e.example/","body_base64":"_w=="}""")]
    [InlineData("""{"url":"https://e.example/","body_base64":"/w==/w=="}""")]
    [InlineData("""{"url":"https://e.example/","timeout_ms":0}""")]
    [InlineData("""{"url":"https://e.example/","timeout_ms":300001}""")]
    [InlineData("""{"url":"https://e.example/","timeout_ms":4294967297}""")]
    [InlineData("""{"url":"https://e.example/","timeout_ms":-1}""")]
    [InlineData("""{"url":"https://e.example/","timeout_ms":1.5}""")]
    [InlineData("""{"url":"https://e.example/\ud800"}""")]
    [InlineData("""{"url":"https://e.example/","body":"\udc00\ud800"}""")]
    public async Task A_malformed_task_makes_no_request(string task)
    {
        var (request, output) = await RunAsync(task, """{"status":200}""");

        Assert.Null(request);
        Assert.False((bool)output["ok"]!);
        Assert.Equal("invalid_task", (string?)output["error"]!["code"]);
    }

    [Fact]
    public async Task A_task_that_is_not_utf8_makes_no_request()
    {
        var host = new ScriptedHost();
        var output = await RunAsync([.. "{\"url\":\"https://e.example/"u8, 0xc3, 0x28, .. "\"}"u8], host);

        Assert.Empty(host.Calls);
        Assert.Equal("invalid_task", (string?)output["error"]!["code"]);
    }

    [Theory]
    [InlineData(60, true)]
    [InlineData(61, false)]
    public async Task A_body_may_nest_sixty_levels(int depth, bool accepted)
    {
        var body = new string('[', depth) + new string(']', depth);
        var (request, _) = await RunAsync($$"""{"url":"https://e.example/","body":{{body}}}""", """{"status":200}""");

        Assert.Equal(accepted, request is not null);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(404)]
    [InlineData(500)]
    public async Task Any_status_is_an_answer(int status)
    {
        var (_, output) = await RunAsync(
            """{"url":"https://e.example/"}""", $$"""{"status":{{status}},"headers":{"x-a":"1, 2"},"body_text":"h\u00e9 \"q\""}""");

        AssertJson(
            $$$"""{"ok":true,"data":{"status_code":{{{status}}},"headers":{"x-a":"1, 2"},"body":"hé \"q\"","url":"https://e.example/"}}""", output);
    }

    [Fact]
    public async Task A_json_response_is_given_parsed_too()
    {
        var (_, output) = await RunAsync("""{"url":"https://e.example/"}""", """{"status":200,"body_text":" {\"a\":[1,\"\\u00e9\"]}\n"}""");

        Assert.Equal(" {\"a\":[1,\"\\u00e9\"]}\n", (string?)output["data"]!["body"]);
        AssertJson("""{"a":[1,"é"]}""", output["data"]!["json"]);
    }

    [Theory]
    [InlineData("{\\\"a\\\":1} x")]
    [InlineData("{\\\"a\\\":\\\"\\\\ud800\\\"}")]
    [InlineData("NaN")]
    [InlineData("")]
    public async Task A_response_that_is_not_json_is_text_only(string escaped)
    {
        var (_, output) = await RunAsync("""{"url":"https://e.example/"}""", $$"""{"status":200,"body_text":"{{escaped}}"}""");

        Assert.True((bool)output["ok"]!);
        Assert.False(output["data"]!.AsObject().ContainsKey("json"));
    }

    [Fact]
    public async Task Base64_that_holds_text_becomes_text()
    {
        var text = "{\"k\":\"line\\n\u0001\"}\t\u0007 😀"; // a control character, for the longest escape
        var (_, output) = await RunAsync("""{"url":"https://e.example/"}""", $$"""{"status":200,"body_base64":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}}"}""");

        Assert.Equal(text, (string?)output["data"]!["body"]);
    }

    [Fact]
    public async Task Bytes_that_are_not_text_stay_base64()
    {
        var (_, output) = await RunAsync("""{"url":"https://e.example/"}""", """{"status":200,"body_base64":"\/\/79"}""");

        Assert.Equal("<binary>", (string?)output["data"]!["body"]);
        Assert.Equal("//79", (string?)output["data"]!["body_base64"]);
    }

    [Fact]
    public async Task The_url_that_answered_is_reported()
    {
        var (_, output) = await RunAsync("""{"url":"https://e.example/"}""", """{"status":200,"url":"https://f.example/"}""");

        Assert.Equal("https://f.example/", (string?)output["data"]!["url"]);
    }

    [Fact]
    public async Task A_refusal_is_handed_on()
    {
        var host = new ScriptedHost((_, _) => ValueTask.FromResult(new HostAnswer(false, """{"code":"host_not_allowed","message":"no \"way\""}"""u8.ToArray())));

        AssertJson(
            """{"ok":false,"error":{"code":"host_not_allowed","message":"no \"way\""}}""", await RunAsync("""{"url":"https://e.example/"}"""u8.ToArray(), host));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"status\":\"200\"}")]
    [InlineData("{\"status\":200,\"headers\":[]}")]
    [InlineData("{\"status\":200,\"body_text\":7}")]
    [InlineData("{\"status\":200,\"body_base64\":\"a\"}")]
    public async Task A_malformed_answer_is_an_error(string answer)
    {
        var (_, output) = await RunAsync("""{"url":"https://e.example/"}""", answer);

        Assert.Equal("host_error", (string?)output["error"]!["code"]);
    }

    [Fact]
    public async Task A_response_of_a_mebibyte_passes_and_one_beyond_memory_is_the_memory_limit()
    {
        var large = $$"""{"status":200,"body_text":"{{new string('x', 1 << 20)}}"}""";
        var (_, output) = await RunAsync("""{"url":"https://e.example/"}""", large);
        Assert.Equal(1 << 20, ((string)output["data"]!["body"]!).Length);

        var result = await ExecuteAsync(
            """{"url":"https://e.example/"}"""u8.ToArray(), new ScriptedHost((_, _) => ValueTask.FromResult(ScriptedHost.Ok(large))), memoryMb: 1);
        Assert.Equal(TrapReason.MemoryLimit, result.Trap);
    }

    private static void AssertJson(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"expected {expected}, was {actual?.ToJsonString()}");

    private async Task<(JsonNode? Request, JsonNode Output)> RunAsync(string task, string answer)
    {
        var host = new ScriptedHost((_, _) => ValueTask.FromResult(ScriptedHost.Ok(answer)));
        var output = await RunAsync(Encoding.UTF8.GetBytes(task), host);
        return (host.Calls.Count == 0 ? null : JsonNode.Parse(Assert.Single(host.Calls).Request), output);
    }

    private async Task<JsonNode> RunAsync(byte[] task, IHostCalls host)
    {
        var result = await ExecuteAsync(task, host);
        Assert.Equal(TrapReason.None, result.Trap);
        return JsonNode.Parse(result.Output.Span)!;
    }

    private ValueTask<SandboxResult> ExecuteAsync(byte[] task, IHostCalls host, int memoryMb = 64) => _sandbox.ExecuteAsync(
        SandboxModule.Find("http_api")!, HostImports.Http, task, HostileModules.Limits with { Fuel = 5_000_000, MemoryMb = memoryMb }, host, CancellationToken.None);
}
