using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Cli;
using LatchGate.Cli.Commands;
using LatchGate.Egress;
using LatchGate.Tests.Api;
using LatchGate.Tests.Learned;

namespace LatchGate.Tests.Cli;

/// <summary><c>latchgate domains</c>, <c>paths</c>, <c>budgets</c>, <c>drain</c> and <c>reload</c> beside a live gate.</summary>
public sealed class LearnedCommandTests(LiveGate gate) : IClassFixture<LiveGate>
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    private JsonElement Json
    {
        get
        {
            using var document = JsonDocument.Parse(_output.ToString());
            return document.RootElement.Clone();
        }
    }

    [Fact]
    public async Task A_path_is_added_listed_checked_and_removed()
    {
        Assert.Equal(0, await RunAsync("paths", "add", "fs_read", "cli/*.md", "--json"));
        Assert.Equal("""{"ok":true,"action":"added","action_id":"fs_read","path_glob":"cli/*.md"}""", Json.GetRawText());
        Assert.Equal(0, await RunAsync("paths", "add", "fs_read", "cli/*.md", "--json"));
        Assert.Equal("already_exists", Json.GetProperty("action").GetString());

        Assert.Equal(0, await RunAsync("paths", "list", "fs_read"));
        Assert.Contains("cli/*.md", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("paths", "check", "fs_read", "cli/a.md", "--json"));
        Assert.Equal("allowed", Json.GetProperty("verdict").GetString());
        Assert.Equal(1, await RunAsync("paths", "check", "fs_read", "cli/.env"));

        Assert.Equal(0, await RunAsync("paths", "remove", "fs_read", "cli/*.md", "--json"));
        Assert.Equal("removed", Json.GetProperty("action").GetString());
        Assert.Equal(0, await RunAsync("paths", "remove", "fs_read", "cli/*.md", "--json"));
        Assert.Equal("not_found", Json.GetProperty("action").GetString());
        Assert.Equal(64, await RunAsync("paths", "clear", "fs_read"));
        Assert.Equal(0, await RunAsync("paths", "clear", "fs_read", "--yes"));
    }

    [Fact]
    public async Task What_the_gate_refuses_is_told_with_its_code()
    {
        Assert.Equal(1, await RunAsync("domains", "add", "http_fetch", "co.uk", "--json"));
        Assert.Equal("invalid_domain", JsonDocument.Parse(_output.ToString()).RootElement.GetProperty("error").GetString());
        Assert.Equal(1, await RunAsync("domains", "add", "http_fetch", "a.example.com"));
        Assert.Contains("allow_learning", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_is_checked_against_the_manifest()
    {
        Assert.Equal(0, await RunAsync("domains", "check", "http_fetch", "api.github.com", "--json"));
        Assert.Equal(("allowed", "public-sites"), (Json.GetProperty("verdict").GetString(), Json.GetProperty("rule").GetString()));
        Assert.Equal(1, await RunAsync("domains", "check", "http_fetch", "evil.example.com", "--json"));
        Assert.Equal("not_matched", Json.GetProperty("verdict").GetString());
        Assert.Equal(1, await RunAsync("domains", "check", "http_fetch", "not a host"));
        Assert.Equal(1, await RunAsync("domains", "check", "no_such_action", "api.github.com"));
    }

    [Fact]
    public void A_check_knows_what_was_learned_and_what_stands_above_it()
    {
        Assert.True(LearningActions.Registry.TryFind("http_fetch", out var action));
        var learned = JsonDocument.Parse("""{"domains":[{"domain":"new.example.com"}]}""").RootElement;
        Assert.Equal(("allowed", "learned"), LearnedCheck.Domain(action, "NEW.example.com.", learned, EgressCeiling.Default));
        var denying = EgressCeiling.Default with { Deny = [new HostPattern(HostPatternKind.Suffix, "example.com")] };
        Assert.Equal(("denied", "operator_ceiling"), LearnedCheck.Domain(action, "new.example.com", learned, denying));
        var closed = action with { Egress = EgressRuleSet.Closed };
        Assert.Equal(("denied", "egress_profile_none"), LearnedCheck.Domain(closed, "new.example.com", learned, EgressCeiling.Default));
        var forbidding = action with { Egress = action.Egress with { AllowLearning = false } };
        Assert.Equal(("not_matched", null), LearnedCheck.Domain(forbidding, "new.example.com", learned, EgressCeiling.Default));
    }

    [Fact]
    public async Task Budgets_are_shown_and_a_reload_is_asked_for()
    {
        Assert.Equal(0, await RunAsync("budgets", "agent:x", "--json"));
        Assert.Equal("agent:x", Json.GetProperty("principals")[0].GetProperty("principal").GetString());
        Assert.Equal(0, await RunAsync("budgets", "agent:x"));
        Assert.Contains("0 of any", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("reload", "--json"));
        Assert.True(Json.GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task A_drain_is_asked_for()
    {
        await using var own = new LiveGate();
        await own.InitializeAsync();
        Assert.Equal(0, await RunAsync(own, "drain", "--json"));
        Assert.False(Json.GetProperty("already_draining").GetBoolean());
    }

    private Task<int> RunAsync(params string[] arguments) => RunAsync(gate, arguments);

    private Task<int> RunAsync(LiveGate live, params string[] arguments)
    {
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        return CliApp.RunAsync(
            [.. arguments, "--config", live.Configuration.Source.File!],
            new CliServices
            {
                RunGate = (_, _, _) => throw new InvalidOperationException("The gate must not run here."),
                VerifyLedger = (_, _) => throw new InvalidOperationException("The ledger must not be verified here."),
                ReadReceipt = (_, _, _) => throw new InvalidOperationException("The ledger must not be read here."),
                Actions = static () => CompiledActions.All,
                ManifestSetDigest = () => CompiledActions.ManifestSetDigest.ToString(),
                Environment = live.Environment,
                Output = _output,
                Error = _error,
                Input = static () => new MemoryStream(),
                IsInteractive = false,
                IsErrorTerminal = false,
            },
            TestContext.Current.CancellationToken);
    }
}
