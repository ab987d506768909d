using LatchGate.Actions;

namespace LatchGate.Tests.Cli;

/// <summary><c>latchgate manifests</c>.</summary>
public sealed class ManifestsCommandTests : IDisposable
{
    private readonly CliHarness _cli = new() { Actions = CompiledActions.All };

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Show_tells_what_was_compiled()
    {
        Assert.Equal(0, await _cli.RunAsync("manifests", "show", "http_post", "--json"));
        var shown = _cli.Json;
        Assert.Equal(CompiledActions.All.Single(static action => action.Id == "http_post").Digest.ToString(), shown.GetProperty("manifest_digest").GetString());
        Assert.Equal("httpbin.org", shown.GetProperty("allow")[0].GetProperty("hosts")[0].GetString());
        Assert.Equal("443", shown.GetProperty("allow")[0].GetProperty("ports")[0].GetString());
        Assert.Equal(1, await _cli.RunAsync("manifests", "show", "http_pots", "--json"));
        Assert.Equal("Did you mean 'http_post'?", _cli.Json.GetProperty("remedy").GetString());
    }

    [Fact]
    public async Task New_writes_a_manifest_and_never_over_one()
    {
        Assert.Equal(0, await _cli.RunAsync("manifests", "new", "tracker_read", "--output", _cli.Root["tracker.yaml"]));
        Assert.Contains("action_id: tracker_read\n", File.ReadAllText(_cli.Root["tracker.yaml"]), StringComparison.Ordinal);
        Assert.Equal(1, await _cli.RunAsync("manifests", "new", "other", "--output", _cli.Root["tracker.yaml"]));
        Assert.DoesNotContain("other", File.ReadAllText(_cli.Root["tracker.yaml"]), StringComparison.Ordinal);
        Assert.Equal(0, await _cli.RunAsync("manifests", "new", "tracker_read", "--output", "-"));
        Assert.Equal(File.ReadAllText(_cli.Root["tracker.yaml"]), _cli.Output);
        Assert.Equal(64, await _cli.RunAsync("manifests", "new", "no/id"));
    }

    [Fact]
    public async Task Lint_becomes_the_tool_of_the_repository()
    {
        _cli.Variables["PATH"] = "relative:" + _cli.Root["bin"];
        Assert.Equal(1, await _cli.RunAsync("manifests", "lint", "manifests", "--json"));
        Assert.Equal("manifests_tool_missing", _cli.Json.GetProperty("error").GetString());
        Assert.Contains("make manifests-tool", _cli.Json.GetProperty("remedy").GetString(), StringComparison.Ordinal);

        _cli.Root.Write("bin/latchgate-manifests", "");
        IReadOnlyList<string>? command = null;
        _cli.ReplaceProcess = given => (command = given) is not null;
        Assert.Equal(0, await _cli.RunAsync("manifests", "lint", "manifests", "--format", "sarif"));
        Assert.Equal([_cli.Root["bin/latchgate-manifests"], "lint", "manifests", "--format", "sarif"], command);
        Assert.Equal(64, await _cli.RunAsync("manifests", "lint", "manifests", "--format", "xml"));
    }
}
