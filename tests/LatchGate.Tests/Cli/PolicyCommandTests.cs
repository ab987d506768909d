using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Cli;
using LatchGate.Evidence;
using LatchGate.Tests.Api;
using LatchGate.Tests.Learned;

namespace LatchGate.Tests.Cli;

/// <summary><c>latchgate policy</c> beside a live gate.</summary>
public sealed class PolicyCommandTests : IAsyncLifetime
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    private readonly LiveGate _gate = new()
    {
        PolicyData = principal => $$$$"""
            {
              "policy_version": "v-1",
              "acl": { "{{{{principal}}}}": { "allowed_actions": ["http_fetch"], "allowed_sinks": ["http_read"] }, "agent:other": { "allowed_actions": [], "inherits_wildcard": true } },
              "latchgate": { "allowlist": { "http_delete": { "agent:janitor": true } } }
            }
            """,
    };

    public ValueTask InitializeAsync() => _gate.InitializeAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    private string Output => _output.ToString();

    private string Error => _error.ToString();

    private JsonElement Json
    {
        get
        {
            using var document = JsonDocument.Parse(Output);
            return document.RootElement.Clone();
        }
    }

    private IReadOnlyList<ActionSpec> Actions { get; set; } = CompiledActions.All;

    private Task<int> RunAsync(params string[] arguments) => RunAsync("", arguments);

    private Task<int> RunAsync(string input, string[] arguments)
    {
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        return CliApp.RunAsync(
            [.. arguments, "--config", _gate.Configuration.Source.File!],
            new CliServices
            {
                RunGate = (_, _, _) => throw new InvalidOperationException("The gate must not run here."),
                VerifyLedger = (_, _) => throw new InvalidOperationException("The ledger must not be verified here."),
                ReadReceipt = (_, _, _) => throw new InvalidOperationException("The ledger must not be read here."),
                Actions = () => Actions,
                ManifestSetDigest = () => CompiledActions.ManifestSetDigest.ToString(),
                Environment = _gate.Environment,
                Output = _output,
                Error = _error,
                Input = () => new MemoryStream(Encoding.UTF8.GetBytes(input)),
                IsInteractive = false,
                IsErrorTerminal = false,
            },
            TestContext.Current.CancellationToken);
    }

    private string Write(string name, string content)
    {
        var path = Path.Combine(_gate.Root, name);
        File.WriteAllText(path, content);
        return path;
    }

    [Fact]
    public async Task The_remedy_of_a_denial_works_as_it_is_printed()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        var post = $$"""{"url":"{{_gate.Url()}}","body":{} }""";
        var denied = (await agent.ExecuteAsync("http_post", post)).Refused(403, "policy_denied");
        var command = denied.Text("remediation")!["Run: latchgate ".Length..].Split(' ');
        Assert.Equal(0, await RunAsync(command));
        Assert.Equal("✓ granted; policy version v-2\n", Error);
        Assert.Equal(200, (await agent.ExecuteAsync("http_post", post)).Status);
        Assert.Equal(0, await RunAsync(command));
        Assert.Equal("✓ granted; nothing to change\n", Error);
        Assert.Equal(0, await RunAsync("policy", "revoke", _gate.Principal, "http_post,http_delete", "--json"));
        Assert.Equal((true, 1, "v-3"), (Json.GetProperty("ok").GetBoolean(), Json.GetProperty("remaining_actions").GetInt32(), Json.GetProperty("policy_version").GetString()));
        (await agent.ExecuteAsync("http_post", post)).Refused(403, "policy_denied");
    }

    [Fact]
    public async Task What_is_in_force_is_listed_and_shown()
    {
        Assert.Equal(0, await RunAsync("policy", "list"));
        Assert.Matches("^PRINCIPAL +ACTIONS +SINKS\nagent:other +- \\+ \\* +-\nagent:tester +http_fetch +http_read\n$", Output);
        Assert.Contains("policy version v-1", Error, StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("policy", "show", "agent:other"));
        Assert.Contains("inherits wildcard   yes", Output, StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("policy", "show", "--json"));
        Assert.Equal("v-1", Json.GetProperty("policy_version").GetString());
        Assert.Equal(1, await RunAsync("policy", "show", "agent:nobody", "--json"));
        Assert.Equal("principal_not_found", Json.GetProperty("error").GetString());
        File.WriteAllText(_gate.Configuration.PolicyDataPath, File.ReadAllText(_gate.Configuration.PolicyDataPath).Replace("v-1", "v-9", StringComparison.Ordinal));
        Assert.Equal(0, await RunAsync("policy", "list"));
        Assert.Contains("edited by hand", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standing_approvals_are_listed_added_and_removed()
    {
        Assert.Equal(0, await RunAsync("policy", "allowlist", "add", "http_delete", _gate.Principal));
        Assert.Equal(0, await RunAsync("policy", "allowlist", "list"));
        Assert.Contains($"http_delete  {_gate.Principal}\n", Output, StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("policy", "allowlist", "remove", "http_delete", "agent:janitor"));
        Assert.Equal(1, await RunAsync("policy", "allowlist", "remove", "http_delete", "agent:janitor", "--json"));
        Assert.Equal("allowlist_entry_not_found", Json.GetProperty("error").GetString());
        Assert.Equal(0, await RunAsync("policy", "allowlist", "list", "--json"));
        Assert.Equal($$"""{"http_delete":["{{_gate.Principal}}"]}""", Json.GetProperty("allowlist").GetRawText());
    }

    [Theory]
    [InlineData("grant", "agent:a", "http_fetsh", "Did you mean 'http_fetch'?")]
    [InlineData("grant", "agent:a", "entirely_else", "'latchgate actions' lists the actions.")]
    public async Task An_action_that_does_not_exist_is_answered_with_the_nearest(string verb, string principal, string action, string remedy)
    {
        Assert.Equal(1, await RunAsync("policy", verb, principal, action, "--json"));
        Assert.Equal(("unknown_action", remedy), (Json.GetProperty("error").GetString(), Json.GetProperty("remedy").GetString()));
        Assert.Equal(1, await RunAsync("policy", "check", "--principal", principal, "--action", action, "--json"));
        Assert.Equal(remedy, Json.GetProperty("remedy").GetString());
    }

    [Fact]
    public async Task A_revocation_that_everybodys_entry_defeats_is_an_error()
    {
        Assert.Equal(0, await RunAsync("policy", "grant", "*", "http_post"));
        Assert.Equal(1, await RunAsync("policy", "revoke", "agent:other", "http_post", "--json"));
        Assert.Equal("still_allowed", Json.GetProperty("error").GetString());
        Assert.Equal(1, await RunAsync("policy", "grant", "*", "http_delete", "--json"));
        Assert.Equal("invalid_principal", Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task S14_without_a_gate_nothing_is_written_and_the_remedy_says_how_to_start_one()
    {
        var before = File.ReadAllBytes(_gate.Configuration.PolicyDataPath);
        await _gate.StopAsync();
        Assert.Equal(1, await RunAsync("policy", "grant", "agent:a", "http_fetch"));
        Assert.Contains("latchgate up", Error, StringComparison.Ordinal);
        Assert.Equal(1, await RunAsync("policy", "allowlist", "add", "http_fetch", "agent:a", "--json"));
        Assert.Equal("gate_unreachable", Json.GetProperty("error").GetString());
        Assert.Equal(before, File.ReadAllBytes(_gate.Configuration.PolicyDataPath));
        await _gate.StartAgainAsync();
    }

    [Fact]
    public async Task A_check_says_what_the_gate_says_rule_by_rule()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        await RunAsync("policy", "grant", _gate.Principal, "http_delete");

        // Three calls, and what the gate made of each.
        var fetch = $$"""{"url":"{{_gate.Url()}}"}""";
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", fetch)).Status);
        Assert.Equal(0, await Check("http_fetch", fetch));
        Assert.Equal("allow", Json.GetProperty("decision").GetString());

        Assert.Equal(202, (await agent.ExecuteAsync("http_delete", fetch)).Status);
        Assert.Equal(4, await Check("http_delete", fetch));
        Assert.Equal("requires_approval", Json.GetProperty("decision").GetString());
        Assert.Equal("decided", Assert.Single(Json.GetProperty("rules").EnumerateArray(), rule => rule.GetProperty("rule").GetString() == "6a").GetProperty("verdict").GetString());

        var post = $$"""{"url":"{{_gate.Url()}}","body":{} }""";
        var denied = (await agent.ExecuteAsync("http_post", post)).Refused(403, "policy_denied");
        Assert.Equal(3, await Check("http_post", post));
        Assert.Equal(("deny", "policy_denied", denied.Text("deny_reason")), (Json.GetProperty("decision").GetString(), Json.GetProperty("error").GetString(), Json.GetProperty("deny_reason").GetString()));
        var verdicts = Json.GetProperty("rules").EnumerateArray().Select(rule => $"{rule.GetProperty("rule")} {rule.GetProperty("verdict")}").ToArray();
        Assert.Equal(["0 passed", "1 passed", "2 decided", "3a not_reached"], verdicts[..4]);

        Task<int> Check(string action, string body) => RunAsync(body, ["policy", "check", "--principal", _gate.Principal, "--action", action, "--input", "-", "--json"]);
    }

    [Theory]
    [InlineData("""{"url":7}""", "schema_violation")]
    [InlineData("""{"url":"https://not-listed.example/"}""", "egress_denied")]
    public async Task A_check_judges_the_request_as_the_gate_does(string body, string code)
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        var refused = await agent.ExecuteAsync("http_fetch", body);
        Assert.Equal(code, refused.Error);
        Assert.Equal(3, await RunAsync(body, ["policy", "check", "--principal", _gate.Principal, "--action", "http_fetch", "--input", "-", "--json"]));
        Assert.Equal((code, refused.Text("deny_reason")), (Json.GetProperty("error").GetString(), Json.GetProperty("deny_reason").GetString()));
    }

    [Theory]
    [InlineData("src/a.txt", 0, null, null)]
    [InlineData("notes/a.txt", 4, null, "notes/a.txt")]
    [InlineData("src/.env", 3, "file_denied", null)]
    [InlineData("../a.txt", 3, "file_denied", null)]
    public async Task A_check_judges_the_path_of_a_file_action(string path, int exit, string? code, string? unlisted)
    {
        var data = Write("files.json", $$$$"""{"policy_version":"f","acl":{"{{{{_gate.Principal}}}}":{"allowed_actions":["fs_read"],"allowed_sinks":["fs_read"]}}}""");
        string[] check = ["policy", "check", "--principal", _gate.Principal, "--action", "fs_read", "--data", data, "--json"];
        Assert.Equal(0, await RunAsync(check));
        Assert.Equal(exit, await RunAsync($$"""{"operation":"read","path":"{{path}}"}""", [.. check, "--input", "-"]));
        Assert.Equal(code, Json.TryGetProperty("error", out var error) ? error.GetString() : null);
        Assert.Equal(unlisted, Json.GetProperty("unlisted_path").GetString());
    }

    [Fact]
    public async Task A_check_knows_the_hosts_that_operators_opened()
    {
        Actions = LearningActions.Registry.Actions;
        string[] check = ["policy", "check", "--principal", _gate.Principal, "--action", "http_fetch", "--input", "-", "--json"];
        Assert.Equal(4, await RunAsync("""{"url":"https://learned.example/"}""", check));
        Assert.Equal("learned.example", Json.GetProperty("unlisted_host").GetString());
        await _gate.StopAsync();
        using (var key = LatchGate.Crypto.KeyFile.LoadOrCreateEd25519(_gate.Configuration.ReceiptSigningKeyPath, "receipt signing"))
        using (var ledger = Ledger.Open(_gate.LedgerPath, key, TimeProvider.System, new LedgerOptions { AllowVolatile = true }))
        {
            var store = new LatchGate.Learned.LearnedStore(ledger, LearningActions.Registry, static _ => { });
            await store.AddDomainAsync("http_fetch", "learned.example", new LatchGate.Learned.Learner("alice", "operator_dpop", "jkt"), LearnSource.Api);
        }

        await _gate.StartAgainAsync();
        Assert.Equal(0, await RunAsync("""{"url":"https://learned.example/"}""", check));
    }

    [Fact]
    public async Task A_check_takes_scopes_calls_and_other_data()
    {
        string[] check = ["policy", "check", "--principal", _gate.Principal, "--action", "http_fetch", "--json"];
        Assert.Equal(0, await RunAsync(check));
        Assert.False(Json.GetProperty("request_judged").GetBoolean());
        Assert.Equal(3, await RunAsync([.. check, "--scopes", "audit:read"]));
        Assert.Contains("tools:call", Json.GetProperty("deny_reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(3, await RunAsync([.. check, "--calls", "0"]));
        Assert.Equal("budget_exhausted", Json.GetProperty("error").GetString());
        Assert.Equal(3, await RunAsync([.. check, "--data", Write("empty.json", """{"policy_version":"none"}""")]));
        Assert.Equal("none", Json.GetProperty("policy_version").GetString());
        Assert.Equal(1, await RunAsync([.. check, "--data", Write("bad.json", "{")]));
        Assert.Equal("policy_data_unusable", Json.GetProperty("error").GetString());
        Assert.Equal(64, await RunAsync("policy", "check", "--principal", "a\nb", "--action", "http_fetch"));
    }

    [Fact]
    public async Task A_diff_replays_the_ledger_of_a_running_gate()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        var fetch = $$"""{"url":"{{_gate.Url()}}"}""";
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", fetch)).Status);
        (await agent.ExecuteAsync("http_delete", fetch)).Refused(403, "policy_denied");
        (await agent.ExecuteAsync("http_fetch", "{}")).Refused(422, "schema_violation");
        await Written(3);

        var old = _gate.Configuration.PolicyDataPath;
        var proposed = Write("proposed.json", $$$$"""
            {"policy_version":"p","acl":{"{{{{_gate.Principal}}}}":{"allowed_actions":["http_delete"],"allowed_sinks":["http_delete"]}}}
            """);
        Assert.Equal(0, await RunAsync("policy", "diff", old, proposed, "--json"));
        Assert.Equal((2, 1), (Json.GetProperty("replayed").GetInt32(), Json.GetProperty("never_asked").GetInt32()));
        Assert.Equal(
            ["http_delete deny>requires_approval", "http_fetch allow>deny"],
            Json.GetProperty("changed").EnumerateArray().Select(c => $"{c.GetProperty("action_id")} {c.GetProperty("old")}>{c.GetProperty("new")}").Order(StringComparer.Ordinal));
        Assert.NotEmpty(Json.GetProperty("assumptions").EnumerateArray());

        Assert.Equal(0, await RunAsync("policy", "diff", old, old));
        Assert.Equal("No recorded call would be answered differently.\n", Output);
        Assert.Contains("scopes of the lease are not recorded", Error, StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("policy", "diff", old, proposed, "--limit", "1", "--json"));
        Assert.Equal(1, Json.GetProperty("replayed").GetInt32());
        Assert.Equal(0, await RunAsync("policy", "diff", old, proposed, "--since", "1h"));
        Assert.Contains("http_fetch", Output, StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("policy", "diff", old, proposed, "--since", "2999-01-01T00:00:00Z", "--json"));
        Assert.Equal(0, Json.GetProperty("replayed").GetInt32());
        Assert.Equal(64, await RunAsync("policy", "diff", old, proposed, "--since", "yesterday"));
        Assert.Equal(1, await RunAsync("policy", "diff", old, Write("bad.json", "[]"), "--json"));
        Assert.Equal("policy_data_unusable", Json.GetProperty("error").GetString());
    }

    /// <summary>Waits until the events of refused calls, which are written behind the answers, are there.</summary>
    private async Task Written(int events)
    {
        using var reader = new LedgerReader(_gate.LedgerPath);
        await Eventually.HoldsAsync(() => reader.QueryEvents(new EventQuery { EventType = EventTypes.ActionCall }).Count >= events);
    }
}
