using System.Text;
using System.Text.Json.Nodes;
using LatchGate.Sandbox;

namespace LatchGate.Tests.Sandbox;

/// <summary>The fs provider: what it asks of the host for a task, and what it makes of the answer.</summary>
public sealed class FsProviderTests : IDisposable
{
    private readonly SandboxHost _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData("""{"operation":"read","path":"a/b.txt"}""", """{"operation":"read","path":"a/b.txt"}""")]
    [InlineData("""{"path":"\u00e9","operation":"delete"}""", """{"operation":"delete","path":"é"}""")]
    [InlineData(
        """{"operation":"write","path":"n","content_base64":"aGk="}""", """{"operation":"write","path":"n","content_base64":"aGk=","mode":"overwrite"}""")]
    [InlineData(
        """{"operation":"write","path":"n","content_base64":"","mode":"create","expected_before_hash":"sha256:00"}""",
        """{"operation":"write","path":"n","content_base64":"","mode":"create","expected_before_hash":"sha256:00"}""")]
    public async Task A_task_becomes_one_request(string task, string expected)
    {
        var (request, _) = await RunAsync(task, new HostAnswer(true, "{}"u8.ToArray()));

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), request), request?.ToJsonString());
    }

    [Theory]
    [InlineData("read", """{"content_base64":"aGk=","hash":"sha256:1","size_bytes":2}""", """{"path":"p","content_base64":"aGk=","hash":"sha256:1","size_bytes":2}""")]
    [InlineData("read", "{}", """{"path":"p"}""")]
    [InlineData("delete", """{"ok":true}""", """{"path":"p","deleted":true}""")]
    public async Task The_answer_is_handed_on_with_its_path(string operation, string answer, string expected)
    {
        var (_, output) = await RunAsync($$"""{"operation":"{{operation}}","path":"p"}""", new HostAnswer(true, Encoding.UTF8.GetBytes(answer)));

        Assert.True((bool)output["ok"]!);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), output["data"]), output.ToJsonString());
    }

    [Theory]
    [InlineData("""{"operation":"read"}""", "invalid_task")]
    [InlineData("""{"operation":"read","path":"p","surplus":1}""", "invalid_task")]
    [InlineData("""{"path":"p"}""", "invalid_operation")]
    [InlineData("""{"operation":"append","path":"p"}""", "invalid_operation")]
    [InlineData("""{"operation":"write","path":"p","content_base64":"","mode":"replace"}""", "invalid_operation")]
    [InlineData("""{"operation":"write","path":"p"}""", "invalid_content")]
    [InlineData("""{"operation":"read","path":"p","content_base64":""}""", "invalid_content")]
    [InlineData("""{"operation":"write","path":"p","content_base64":"","expected_before_hash":7}""", "invalid_content")]
    public async Task A_malformed_task_makes_no_request(string task, string code)
    {
        var (request, output) = await RunAsync(task, new HostAnswer(true, "{}"u8.ToArray()));

        Assert.Null(request);
        Assert.Equal(code, (string?)output["error"]!["code"]);
    }

    [Fact]
    public async Task A_refusal_is_handed_on()
    {
        var (_, output) = await RunAsync("""{"operation":"read","path":"p"}""", new HostAnswer(false, """{"code":"path_denied","message":"no"}"""u8.ToArray()));

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"ok":false,"error":{"code":"path_denied","message":"no"}}"""), output), output.ToJsonString());
    }

    private async Task<(JsonNode? Request, JsonNode Output)> RunAsync(string task, HostAnswer answer)
    {
        var host = new ScriptedHost((_, _) => ValueTask.FromResult(answer));
        var result = await _sandbox.ExecuteAsync(
            SandboxModule.Find("fs")!, HostImports.Fs, Encoding.UTF8.GetBytes(task), HostileModules.Limits, host, CancellationToken.None);
        Assert.Equal(TrapReason.None, result.Trap);
        return (host.Calls.Count == 0 ? null : JsonNode.Parse(Assert.Single(host.Calls).Request), JsonNode.Parse(result.Output.Span)!);
    }
}
