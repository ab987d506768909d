using System.Text;
using System.Text.Json.Nodes;
using LatchGate.Sandbox;

namespace LatchGate.Tests.Sandbox;

/// <summary>The fs provider: what it asks of the host for a task, and what it makes of the answer.</summary>
public sealed class FsProviderTests : IDisposable
{
    private const string Hash = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    private readonly SandboxHost _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void It_imports_files_and_nothing_else() => Assert.Equal(HostImports.Fs, SandboxModule.Find("fs")!.Imports);

    [Fact]
    public async Task A_read_is_asked_for_and_handed_on()
    {
        var (request, output) = await RunAsync(
            """{"path":"src/\u00e9 \"q\".txt","operation":"read"}""", $$"""{"content_base64":"YWJj","hash":"{{Hash}}","size_bytes":3}""");

        AssertJson("""{"operation":"read","path":"src/é \"q\".txt"}""", request);
        AssertJson($$$"""{"ok":true,"data":{"path":"src/é \"q\".txt","size_bytes":3,"hash":"{{{Hash}}}","content_base64":"YWJj"}}""", output);
    }

    [Theory]
    [InlineData("", "overwrite")]
    [InlineData(",\"mode\":null", "overwrite")]
    [InlineData(",\"mode\":\"overwrite\"", "overwrite")]
    [InlineData(",\"mode\":\"create\"", "create")]
    public async Task A_write_replaces_unless_it_says_create(string mode, string expected)
    {
        var (request, _) = await RunAsync(
            $$"""{"operation":"write","path":"a","content_base64":"YWJj"{{mode}}}""", $$"""{"after_hash":"{{Hash}}","bytes_before":0,"bytes_written":3}""");
        AssertJson($$"""{"operation":"write","path":"a","content_base64":"YWJj","mode":"{{expected}}"}""", request);
    }

    [Fact]
    public async Task Both_hashes_of_a_write_are_handed_on()
    {
        var (request, output) = await RunAsync(
            $$"""{"operation":"write","path":"a","content_base64":"YWJj","expected_before_hash":"{{Hash}}"}""",
            $$"""{"before_hash":"{{Hash}}","after_hash":"{{Hash}}","bytes_before":3,"bytes_written":3}""");
        Assert.Equal(Hash, (string?)request!["expected_before_hash"]);
        AssertJson(
            $$$"""{"ok":true,"data":{"path":"a","after_hash":"{{{Hash}}}","bytes_written":3,"before_hash":"{{{Hash}}}","bytes_before":3}}""", output);
    }

    [Fact]
    public async Task A_delete_is_asked_for_and_said()
    {
        var (request, output) = await RunAsync("""{"operation":"delete","path":"a"}""", """{"ok":true}""");
        AssertJson("""{"operation":"delete","path":"a"}""", request);
        AssertJson("""{"ok":true,"data":{"path":"a","deleted":true}}""", output);
    }

    [Theory]
    [InlineData("", "invalid_task")]
    [InlineData("[]", "invalid_task")]
    [InlineData("{}", "invalid_task")]
    [InlineData("""{"operation":"read"}""", "invalid_task")]
    [InlineData("""{"operation":"read","path":1}""", "invalid_task")]
    [InlineData("""{"operation":"read","path":"a","path":"b"}""", "invalid_task")]
    [InlineData("""{"operation":"read","path":"a","\u0070ath":"b"}""", "invalid_task")]
    [InlineData("""{"operation":"read","path":"a","more":1}""", "invalid_task")]
    [InlineData("""{"operation":"read","path":"a","mode":"create"}""", "invalid_task")]
    [InlineData("""{"operation":"delete","path":"a","content_base64":""}""", "invalid_task")]
    [InlineData("""{"operation":"list","path":"a"}""", "invalid_operation")]
    [InlineData("""{"operation":"Read","path":"a"}""", "invalid_operation")]
    [InlineData("""{"operation":"write","path":"a"}""", "invalid_content")]
    [InlineData("""{"operation":"write","path":"a","content_base64":7}""", "invalid_content")]
    [InlineData("""{"operation":"write","path":"a","content_base64":"","mode":"append"}""", "invalid_operation")]
    [InlineData("""{"operation":"write","path":"a","content_base64":"","mode":1}""", "invalid_operation")]
    [InlineData("""{"operation":"write","path":"a","content_base64":"","expected_before_hash":"md5:00"}""", "invalid_content")]
    [InlineData("""{"operation":"write","path":"a","content_base64":"","expected_before_hash":"sha"}""", "invalid_content")]
    [InlineData("""{"operation":"write","path":"a","content_base64":"","expected_before_hash":"sha256:00"}""", "invalid_content")]
    [InlineData("""{"operation":"write","path":"a","content_base64":"","expected_before_hash":"sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"}""", "invalid_content")]
    [InlineData("""{"operation":"write","path":"a","content_base64":"","mode":"create","expected_before_hash":"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}""", "invalid_content")]
    public async Task A_malformed_task_reaches_no_file(string task, string code)
    {
        var (request, output) = await RunAsync(task, """{"ok":true}""");
        Assert.Null(request);
        Assert.False((bool)output["ok"]!);
        Assert.Equal(code, (string?)output["error"]!["code"]);
    }

    [Theory]
    [InlineData("read", "{\"ok\":true}")]
    [InlineData("read", "{\"content_base64\":\"\",\"hash\":\"x\",\"size_bytes\":\"3\"}")]
    [InlineData("delete", "{\"ok\":false}")]
    [InlineData("delete", "")]
    [InlineData("delete", "[]")]
    public async Task A_malformed_answer_is_an_error(string operation, string answer)
    {
        var (_, output) = await RunAsync($$"""{"operation":"{{operation}}","path":"a"}""", answer);
        Assert.Equal("host_error", (string?)output["error"]!["code"]);
    }

    [Fact]
    public async Task A_refusal_is_handed_on()
    {
        var host = new ScriptedHost((_, _) => ValueTask.FromResult(new HostAnswer(false, """{"code":"path_denied","message":"no"}"""u8.ToArray())));
        AssertJson("""{"ok":false,"error":{"code":"path_denied","message":"no"}}""", await RunAsync("""{"operation":"read","path":"a"}"""u8.ToArray(), host));
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
        var result = await _sandbox.ExecuteAsync(SandboxModule.Find("fs")!, HostImports.Fs, task, HostileModules.Limits, host, CancellationToken.None);
        Assert.Equal(TrapReason.None, result.Trap);
        return JsonNode.Parse(result.Output.Span)!;
    }
}
