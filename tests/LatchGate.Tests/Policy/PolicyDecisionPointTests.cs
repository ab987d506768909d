using System.Security.Cryptography;
using System.Text;
using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Pipeline;
using LatchGate.Policy;
using LatchGate.Tests.Config;
using static LatchGate.Tests.Policy.BundleMaker;

namespace LatchGate.Tests.Policy;

/// <summary>A policy is loaded whole or not at all, and what is in force stays until a better one is.</summary>
public sealed class PolicyDecisionPointTests : IDisposable
{
    private const string OwnData = """{"policy_version":"own-1","acl":{"agent:test-agent":{"allowed_actions":["http_fetch"],"allowed_sinks":["http_read"]}}}""";

    private readonly TempDirectory _root = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public PolicyDecisionPointTests() => _root.Write("data.json", OwnData);

    public void Dispose()
    {
        _key.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task A_bundle_decides_with_the_gates_data()
    {
        Bundle(("/plan.json", Plan), Text("/.manifest", """{"revision":"r1"}"""), Text("/acl/data.json", """{"agent:bundled":{"allowed_actions":["http_post"],"allowed_sinks":["http_read"]}}"""));
        using var policy = Open("policy_bundle = \"bundle.tar.gz\"");

        Assert.Equal(("own-1", "r1", true, true), (policy.PolicyVersion, policy.Revision, policy.OwnsData, await policy.IsHealthyAsync()));
        Assert.Equal(PolicyOutcome.Allow, (await policy.DecideAsync(PolicySamples.Base)).Outcome);
        Assert.Equal(PolicyOutcome.Allow, (await policy.DecideAsync(PolicySamples.Base with { Principal = "agent:bundled", ActionId = "http_post" })).Outcome);
        Assert.Equal(PolicyOutcome.Deny, (await policy.DecideAsync(PolicySamples.Base with { Principal = "agent:bundled" })).Outcome);
        Assert.Equal(13, (await policy.ExplainAsync(PolicySamples.Base)).Rules.Length);
    }

    [Theory]
    [InlineData("data.json", "")]
    [InlineData("pipe", "policy_bundle = \"pipe\"")]
    public async Task A_pipe_in_place_of_a_file_is_refused_and_not_waited_for(string name, string settings)
    {
        File.Delete(_root[name]);
        OpaTool.Run("/usr/bin/mkfifo", _root.Path, null, name);

        var loading = Task.Run(() => Assert.Throws<StartupException>(() => Open(settings).Dispose()));
        Assert.Same(loading, await Task.WhenAny(loading, Task.Delay(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)));
        Assert.Contains("cannot be read", (await loading).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bundle_may_bring_all_data_along()
    {
        File.Delete(_root["data.json"]);
        Bundle(("/plan.json", Plan), Text("/data.json", """{"policy_version":"bundled-1"}"""));
        using var policy = Open("policy_bundle = \"bundle.tar.gz\"");

        Assert.Equal("bundled-1", policy.PolicyVersion);
    }

    [Fact]
    public async Task A_bundle_without_an_explanation_gives_the_decision_alone()
    {
        Bundle(("/plan.json", ConstantPlan.Of("""{"allow":false,"deny_reason":"never"}""")));
        using var policy = Open("policy_bundle = \"bundle.tar.gz\"");

        var explained = await policy.ExplainAsync(PolicySamples.Base);

        Assert.Empty(explained.Rules);
        Assert.Equal(("never", "own-1"), (explained.Decision.DenyReason, explained.Decision.PolicyVersion));
    }

    [Fact]
    public async Task A_reload_puts_bundle_and_data_in_force_together()
    {
        Bundle(("/plan.json", ConstantPlan.Of("""{"allow":false,"deny_reason":"first"}""")));
        using var policy = Open("policy_bundle = \"bundle.tar.gz\"");
        Assert.Equal("first", (await policy.DecideAsync(PolicySamples.Base)).DenyReason);

        Bundle(("/plan.json", ConstantPlan.Of("""{"allow":false,"deny_reason":"second"}""")), Text("/.manifest", """{"revision":"r2"}"""));
        _root.Write("data.json", OwnData.Replace("own-1", "own-2", StringComparison.Ordinal));
        var reload = await policy.ReloadAsync();

        Assert.Equal(new PolicyReload(true, "own-2", "r2", null), reload);
        Assert.Equal("second", (await policy.DecideAsync(PolicySamples.Base)).DenyReason);
    }

    public static TheoryData<string> Spoilt => ["no gzip", "no plan", "broken plan", "no version", "conflict", "unsigned", "missing", "data", "everybody"];

    [Theory]
    [MemberData(nameof(Spoilt))]
    public async Task A_reload_that_is_refused_changes_nothing_and_names_no_path(string defect)
    {
        SignedBundle("first");
        _root.Write("key.pem", _key.ExportSubjectPublicKeyInfoPem());
        using var policy = Open("policy_bundle = \"bundle.tar.gz\"\npolicy_bundle_key = \"key.pem\"");
        _root.Write("data.json", OwnData.Replace("own-1", "own-2", StringComparison.Ordinal));
        SignedBundle("second");
        switch (defect)
        {
            case "no gzip": File.WriteAllText(_root["bundle.tar.gz"], "x"); break;
            case "no plan": SignedBundle("second", plan: false); break;
            case "broken plan": SignedBundle("second", content: "{}"u8.ToArray()); break;
            case "no version": _root.Write("data.json", """{"acl":{}}"""); break;
            case "conflict": SignedBundle("second", data: """{"policy_version":"mine"}"""); break;
            case "unsigned": Bundle(("/plan.json", Plan)); break;
            case "missing": File.Delete(_root["bundle.tar.gz"]); break;
            case "data": _root.Write("data.json", "{"); break;
            default: _root.Write("data.json", """{"policy_version":"v","acl":{"*":{"allowed_actions":["http_delete"]}}}"""); break;
        }

        var reload = await policy.ReloadAsync();

        Assert.False(reload.Reloaded);
        Assert.NotEmpty(reload.Refusal!);
        Assert.DoesNotContain(_root.Path, reload.Refusal, StringComparison.Ordinal);
        Assert.Equal(("own-1", "first"), (policy.PolicyVersion, (await policy.DecideAsync(PolicySamples.Base)).DenyReason));
        Assert.Equal(StartupError.PolicyLoadFailed, Assert.Throws<StartupException>(() => Open("policy_bundle = \"bundle.tar.gz\"\npolicy_bundle_key = \"key.pem\"")).Error);
    }

    [Fact]
    public async Task A_decision_during_reloads_rests_on_one_whole_policy()
    {
        // Each bundle's answer is the version of its own data, so a mixture would show.
        void Write(string version)
        {
            Bundle(("/plan.json", ConstantPlan.Of($$"""{"allow":false,"deny_reason":"{{version}}"}""")), Text("/data.json", $$"""{"policy_version":"{{version}}"}"""));
        }

        File.Delete(_root["data.json"]);
        Write("a");
        using var policy = Open("policy_bundle = \"bundle.tar.gz\"");
        var stop = false;
        var asking = Task.Run(async () =>
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            while (!Volatile.Read(ref stop))
            {
                var decision = await policy.DecideAsync(PolicySamples.Base);
                Assert.Equal(decision.PolicyVersion, decision.DenyReason);
                seen.Add(decision.DenyReason);
            }

            return seen;
        }, TestContext.Current.CancellationToken);
        for (var i = 0; i < 40; i++)
        {
            Write(i % 2 == 0 ? "b" : "a");
            Assert.True((await policy.ReloadAsync()).Reloaded);
        }

        Volatile.Write(ref stop, true);
        Assert.Subset(new HashSet<string> { "a", "b" }, await asking);
    }

    [Fact]
    public async Task Data_is_replaced_under_the_bundle_in_force()
    {
        Bundle(("/plan.json", Plan), Text("/acl/data.json", """{"agent:bundled":{"allowed_actions":["http_post"],"allowed_sinks":["http_read"]}}"""));
        using var policy = Open("policy_bundle = \"bundle.tar.gz\"");

        policy.ReplaceData("""{"policy_version":"own-9"}"""u8.ToArray());

        Assert.Equal("own-9", policy.PolicyVersion);
        Assert.Equal(PolicyOutcome.Deny, (await policy.DecideAsync(PolicySamples.Base)).Outcome);
        Assert.Equal(PolicyOutcome.Allow, (await policy.DecideAsync(PolicySamples.Base with { Principal = "agent:bundled", ActionId = "http_post" })).Outcome);
        Assert.Throws<StartupException>(() => policy.ReplaceData("""{"policy_version":"x","acl":{"agent:bundled":{}}}"""u8.ToArray()));
        Assert.Equal("own-9", policy.PolicyVersion);
    }

    [Theory]
    [InlineData("http_delete", true)]
    [InlineData("http_post", false)]
    [InlineData("http_fetch", false)]
    public void Data_that_grants_everybody_a_grave_action_is_refused_at_start_at_reload_and_as_a_change(string action, bool isRefused)
    {
        var data = $$"""{"policy_version":"v","acl":{"*":{"allowed_actions":["{{action}}"],"allowed_sinks":[]} } }""";
        Assert.Equal(isRefused, !PolicyGuard.MayGrant("*", Action(action)));
        Assert.True(PolicyGuard.MayGrant("agent:a", Action(action)));
        using var policy = Open("");
        if (isRefused)
        {
            Assert.Contains("everybody", Assert.Throws<StartupException>(() => policy.ReplaceData(Encoding.UTF8.GetBytes(data))).Detail, StringComparison.Ordinal);
            _root.Write("data.json", data);
            Assert.Contains(action, Assert.Throws<StartupException>(() => Open("")).Detail, StringComparison.Ordinal);
        }
        else
        {
            policy.ReplaceData(Encoding.UTF8.GetBytes(data));
        }
    }

    [Fact]
    public void A_bundle_that_grants_everybody_a_grave_action_is_refused()
    {
        Bundle(("/plan.json", Plan), Text("/acl/data.json", """{"*":{"allowed_actions":["http_delete"],"allowed_sinks":[]}}"""));

        Assert.Contains("everybody", Assert.Throws<StartupException>(() => Open("policy_bundle = \"bundle.tar.gz\"")).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_threads_with_different_questions_each_get_their_own_answer()
    {
        using var policy = Open("");
        var questions = Enumerable.Range(0, 64).Select(static i => PolicySamples.Base with
        {
            Principal = i % 2 == 0 ? "agent:test-agent" : $"agent:{i}",
            CallsRemaining = i,
            RequestedSinks = i % 3 == 0 ? ["http_read"] : ["http_read", $"sink-{i}"],
        }).ToArray();
        var alone = questions.Select(PolicyEngine.Load(Plan, Encoding.UTF8.GetBytes(OwnData)).Evaluate).ToArray();

        await Parallel.ForAsync(0, 20_000, TestContext.Current.CancellationToken, async (n, _) =>
        {
            var at = n % questions.Length;
            var decision = await policy.DecideAsync(questions[at]);
            Assert.Equal((alone[at].Outcome, alone[at].DenyReason, alone[at].CallsAfter), (decision.Outcome, decision.DenyReason, decision.CallsAfter));
        });

        Assert.True(alone.Select(static d => d.DenyReason).Distinct().Count() > 30);
    }

    [Theory]
    [InlineData("policy_bundle = \"b\"\nopa_url = \"http://127.0.0.1:1\"", "both set")]
    [InlineData("policy_bundle_key = \"k\"", "without policy_bundle")]
    [InlineData("opa_url = \"ftp://127.0.0.1\"", "address of an OPA")]
    [InlineData("opa_url = \"http://user@host\"", "address of an OPA")]
    [InlineData("opa_url = \"http://host/path\"", "address of an OPA")]
    [InlineData("opa_url = \"http://host?q\"", "address of an OPA")]
    [InlineData("opa_url = \"unix://relative\"", "address of an OPA")]
    [InlineData("opa_url = \"\"", "address of an OPA")]
    public void A_contradictory_or_malformed_setting_is_refused(string settings, string reason) =>
        Assert.Contains(reason, Assert.Throws<StartupException>(() => Read(settings)).Detail, StringComparison.Ordinal);

    [Fact]
    public void The_environment_wins_over_the_file()
    {
        var config = Read("policy_bundle = \"b\"", ("LATCHGATE_POLICY_BUNDLE", "/c.tar.gz"), ("LATCHGATE_POLICY_BUNDLE_KEY", "/k.pem"));
        Assert.Equal(("/c.tar.gz", "/k.pem"), (config.PolicyBundle, config.PolicyBundleKey));
        Assert.Equal("unix", Read("", ("LATCHGATE_OPA_URL", "unix:///run/opa.sock")).OpaUrl!.Scheme);
    }

    private static ActionSpec Action(string id) => ActionRegistry.OfThisBuild().TryFind(id, out var action) ? action : throw new ArgumentException(id, nameof(id));

    private PolicyDecisionPoint Open(string settings) => PolicyDecisionPoint.Open(Read(settings), ActionRegistry.OfThisBuild(), TimeProvider.System);

    private GateConfig Read(string settings, params (string, string)[] variables)
    {
        var file = _root.Write("gate.toml", $"policy_data_path = \"data.json\"\n{settings}");
        return GateConfigReader.Load(file, TestEnvironment.In(_root, variables));
    }

    private void Bundle(params (string, byte[])[] files) => File.WriteAllBytes(_root["bundle.tar.gz"], Pack(files));

    private void SignedBundle(string reason, bool plan = true, byte[]? content = null, string? data = null)
    {
        var files = new List<(string Name, byte[] Content)>();
        if (plan)
        {
            files.Add(("/plan.json", content ?? ConstantPlan.Of($$"""{"allow":false,"deny_reason":"{{reason}}"}""")));
        }

        if (data is not null)
        {
            files.Add(Text("/data.json", data));
        }

        var entries = files.Select(static f => Entry(f.Name[1..], f.Content));
        var signature = Signatures("ES256", $$"""{"files":[{{string.Join(',', entries)}}]}""",
            input => _key.SignData(input, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        Bundle([.. files, signature]);
    }
}
