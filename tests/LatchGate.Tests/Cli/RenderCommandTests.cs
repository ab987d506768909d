using LatchGate.Actions;

namespace LatchGate.Tests.Cli;

/// <summary><c>latchgate actions ACTION --render</c>: the call of a request, without a gate.</summary>
public sealed class RenderCommandTests : IDisposable
{
    private readonly CliHarness _cli = new() { Actions = CompiledActions.All };

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task The_call_is_shown_as_it_would_go_out()
    {
        Assert.Equal(0, await _cli.RunAsync("actions", "http_post", "--render", "url=https://httpbin.org/post", "body:={\"n\":\"1\"}"));
        Assert.Equal("POST https://httpbin.org/post\nContent-Type: application/json\n\n{\n  \"n\": \"1\"\n}\n", _cli.Output);
        Assert.Contains("rule 'httpbin' lets it through", _cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_holds_request_rule_and_credentials()
    {
        _cli.Input = """{"url":"https://httpbin.org/post","body":{"password":"hunter2"}}""";
        Assert.Equal(0, await _cli.RunAsync("actions", "http_post", "--render", "--input", "-", "--json"));
        Assert.Equal(("allow", "httpbin", "POST"), (Text("verdict"), Text("rule"), _cli.Json.GetProperty("request").GetProperty("method").GetString()));
        Assert.Equal(0, _cli.Json.GetProperty("credentials").GetArrayLength());
        Assert.StartsWith("sha256:", Text("task_hash"), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", _cli.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_does_not_fit_is_refused_as_the_gate_would()
    {
        Assert.Equal(3, await _cli.RunAsync("actions", "http_fetch", "--render", "url=ftp://x", "--json"));
        Assert.Equal("schema_violation", Text("error"));
        Assert.Contains("/url", Text("message"), StringComparison.Ordinal);
        Assert.Contains("422", Text("remedy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_no_rule_lists_is_told_and_nothing_is_looked_up()
    {
        Assert.Equal(3, await _cli.RunAsync("actions", "http_fetch", "--render", "url=https://example.com/", "--json"));
        Assert.Equal(("deny", "host_not_allowed"), (Text("verdict"), Text("reason")));
    }

    [Fact]
    public async Task A_file_task_is_shown_with_its_path()
    {
        Assert.Equal(0, await _cli.RunAsync("actions", "fs_read", "--render", "operation=read", "path=README.md"));
        Assert.Equal("read README.md\n", _cli.Output);
    }

    [Theory]
    [InlineData("actions", "http_fetch", "url=https://example.com/")]
    [InlineData("actions", "http_fetch", "--input", "-")]
    [InlineData("actions", "--render")]
    [InlineData("actions", "http fetch", "--render")]
    public async Task A_wrong_command_line_is_told(params string[] arguments) => Assert.Equal(64, await _cli.RunAsync(arguments));

    private string Text(string member) => _cli.Json.GetProperty(member).GetString()!;
}
