using System.Text;
using LatchGate.Pipeline;
using LatchGate.Policy;
using LatchGate.Policy.Rego;
using static LatchGate.Tests.Policy.PolicySamples;

namespace LatchGate.Tests.Policy;

public sealed class PolicyEngineTests
{
    [Fact]
    public async Task A_swap_of_the_data_is_seen_whole_or_not_at_all()
    {
        // The version tells which document answered, and the budget and the sinks have to be of the same one.
        byte[] first = Data(version: "first");
        byte[] second = Encoding.UTF8.GetBytes(
            """{ "policy_version": "second", "acl": { "agent:test-agent": { "allowed_actions": ["http_fetch"], "allowed_sinks": ["http_read"] } } }""");
        var engine = PolicyEngine.LoadBuiltIn(first);
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(() =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                engine.ReplaceData(i % 2 == 0 ? second : first);
            }

            stop.Cancel();
        });
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            do
            {
                var decision = engine.Evaluate(Base);
                Assert.Equal(PolicyOutcome.Allow, decision.Outcome);
                Assert.Equal(decision.PolicyVersion == "first" ? 3 : 1, decision.AllowedSinks.Length);
                seen.Add(decision.PolicyVersion);
            }
            while (!stop.IsCancellationRequested);
            return seen;
        })).ToArray();
        await writer;

        foreach (var reader in readers)
        {
            Assert.Subset(new HashSet<string> { "first", "second" }, await reader);
        }

        Assert.Equal("first", engine.PolicyVersion);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"policy_version": ""}""")]
    [InlineData("""{"policy_version": " "}""")]
    [InlineData("""{"policy_version": 1}""")]
    [InlineData("""{"policy_version": "a", "policy_version": "b"}""")]
    [InlineData("""{"policy_version": "a"} {}""")]
    [InlineData("""{"policy_version": "a", "acl": []}""")]
    [InlineData("""{"policy_version": "a", "acl": {"p": []}}""")]
    [InlineData("""{"policy_version": "a", "acl": {"p": {"allowed_actions": "x"}}}""")]
    [InlineData("""{"policy_version": "a", "acl": {"p": {"allowed_sinks": [1]}}}""")]
    [InlineData("""{"policy_version": "a", "acl": {"p": {"inherits_wildcard": "true"}}}""")]
    [InlineData("""{"policy_version": "a", "acl": {"p": {"allowed_action": []}}}""")]
    [InlineData("""{"policy_version": "a", "latchgate": []}""")]
    [InlineData("""{"policy_version": "a", "latchgate": {"allowlist": {"x": {"p": "true"}}}}""")]
    [InlineData("""{"policy_version": "a", "latchgate": {"allowlist": {"x": true}}}""")]
    [InlineData("""{"policy_version": "\ud800"}""")]
    public void Invalid_data_is_refused_and_the_data_in_force_stays(string json)
    {
        var engine = PolicyEngine.LoadBuiltIn(Data());

        var refused = Assert.Throws<StartupException>(() => engine.ReplaceData(Encoding.UTF8.GetBytes(json)));

        Assert.Equal(StartupError.PolicyLoadFailed, refused.Error);
        Assert.Equal(PolicySamples.Version, engine.PolicyVersion);
        Assert.Equal(PolicyOutcome.Allow, engine.Evaluate(Base).Outcome);
    }

    [Fact]
    public void A_policy_that_runs_away_is_stopped_and_denies()
    {
        // Four nested scans of 100 elements are 10^8 rounds.
        var scans = """{"type":"NopStmt","stmt":{}}""";
        for (var i = 0; i < 4; i++)
        {
            scans = $$$$"""{"type":"ScanStmt","stmt":{"source":2,"key":{{{{3 + (2 * i)}}}},"value":{{{{4 + (2 * i)}}}},"block":{"stmts":[{{{{scans}}}}]}}}""";
        }

        var items = string.Concat(Enumerable.Repeat("""{"type":"ArrayAppendStmt","stmt":{"value":{"type":"bool","value":true},"array":2}},""", 100));
        var engine = Engine($$$"""{"type":"MakeArrayStmt","stmt":{"capacity":0,"target":2}},{{{items}}}{{{scans}}}""");

        Assert.Equal(PolicyFault.StepLimit, Denied(engine).Fault);
    }

    [Fact]
    public void A_policy_that_builds_without_end_is_stopped_and_denies()
    {
        var engine = Engine(
            """
            {"type":"MakeNumberIntStmt","stmt":{"value":0,"target":2}},
            {"type":"MakeNumberIntStmt","stmt":{"value":4000000000000,"target":3}},
            {"type":"CallStmt","stmt":{"func":"numbers.range","args":[{"type":"local","value":2},{"type":"local","value":3}],"result":4}}
            """,
            builtin: "numbers.range");

        Assert.Contains(Denied(engine).Fault, new[] { PolicyFault.MemoryLimit, PolicyFault.StepLimit });
    }

    [Fact]
    public void A_policy_that_calls_itself_is_stopped_and_denies()
    {
        var engine = PolicyEngine.Load(
            """
            {"static":{"strings":[]},
             "plans":{"plans":[{"name":"latchgate/decision","blocks":[{"stmts":[
               {"type":"CallStmt","stmt":{"func":"f","args":[{"type":"local","value":0}],"result":2}}]}]}]},
             "funcs":{"funcs":[{"name":"f","path":["f"],"params":[0],"return":1,"blocks":[{"stmts":[
               {"type":"CallStmt","stmt":{"func":"f","args":[{"type":"local","value":0}],"result":1}}]}]}]}}
            """u8.ToArray(),
            Data());

        Assert.Equal(PolicyFault.DepthLimit, Denied(engine).Fault);
    }

    [Fact]
    public void The_built_in_policy_stays_far_below_its_limits()
    {
        var plan = File.ReadAllBytes(Path.Combine(OpaTool.PoliciesFolder, "plan.json"));
        var hundredth = EvaluationLimits.Default with { Steps = EvaluationLimits.Default.Steps / 100, Cells = EvaluationLimits.Default.Cells / 100 };
        var question = Base with { ActionId = "fs_read", ActionCategory = "fs", FsPath = new string('d', 1_000) + "/.env", Principal = "agent:inheriting" };

        Assert.Equal(PolicyOutcome.RequireApproval, PolicyEngine.Load(plan, Data(), hundredth).Evaluate(question).Outcome);
    }

    [Fact]
    public void A_policy_without_an_answer_denies() => Assert.Equal(PolicyFault.Undefined, Denied(Engine("""{"type":"NopStmt","stmt":{}}""")).Fault);

    [Theory]
    [InlineData("http.send", "UnsupportedBuiltin")]
    [InlineData("time.now_ns", "UnsupportedBuiltin")]
    [InlineData("rand.intn", "UnsupportedBuiltin")]
    [InlineData("opa.runtime", "UnsupportedBuiltin")]
    [InlineData("no.such.thing", "UnsupportedBuiltin")]
    public void A_policy_that_reaches_outside_is_refused_by_name(string builtin, string error)
    {
        var plan = Plan("""{"type":"CallStmt","stmt":{"func":"BUILTIN","args":[],"result":4}}""".Replace("BUILTIN", builtin, StringComparison.Ordinal), builtin);

        Assert.Equal(error, PlanReader.Read(plan, "latchgate/decision", out _, out var detail).ToString());
        Assert.StartsWith(builtin, detail, StringComparison.Ordinal);
        Assert.Contains(builtin, Assert.Throws<StartupException>(() => PolicyEngine.Load(plan, Data())).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"TeleportStmt","stmt":{}}""", "UnknownStatement")]
    [InlineData("""{"type":"CallStmt","stmt":{"func":"nowhere","args":[],"result":4}}""", "UnknownFunction")]
    [InlineData("""{"type":"IsDefinedStmt","stmt":{"source":-1}}""", "Malformed")]
    [InlineData("""{"type":"IsDefinedStmt","stmt":{"source":2000000000}}""", "Malformed")]
    [InlineData("""{"type":"IsDefinedStmt","stmt":{}}""", "Malformed")]
    [InlineData("""{"type":"EqualStmt","stmt":{"a":{"type":"string_index","value":99},"b":{"type":"local","value":0}}}""", "Malformed")]
    public void A_plan_that_cannot_be_run_is_refused(string statement, string error) =>
        Assert.Equal(error, PlanReader.Read(Plan(statement), "latchgate/decision", out _, out _).ToString());

    [Fact]
    public void A_plan_for_another_entry_point_is_refused() =>
        Assert.Equal(PlanError.MissingEntrypoint, PlanReader.Read(Plan("""{"type":"NopStmt","stmt":{}}"""), "other/decision", out _, out _));

    private static readonly string[] Whole =
    [
        "\"allow\": true", "\"requires_approval\": false", "\"allowed_sinks\": [\"http_read\"]", "\"approved_secrets\": []",
        "\"approved_egress\": \"none\"", "\"budgets_after\": {\"calls_remaining\": 9}", "\"policy_version\": \"v\"",
    ];

    [Fact]
    public void A_whole_answer_is_taken() => Assert.Equal(PolicyOutcome.Allow, Interpret(Whole).Outcome);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void An_answer_that_lacks_a_member_is_a_denial(int missing)
    {
        var decision = Interpret([.. Whole.Where((_, i) => i != missing)]);

        Assert.Equal(PolicyOutcome.Deny, decision.Outcome);
        Assert.Equal(PolicyFault.Malformed, decision.Fault);
        Assert.StartsWith("policy contract violation: ", decision.DenyReason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "\"allow\": \"true\"")]
    [InlineData(1, "\"requires_approval\": null")]
    [InlineData(2, "\"allowed_sinks\": \"http_read\"")]
    [InlineData(3, "\"approved_secrets\": [1]")]
    [InlineData(3, "\"approved_secrets\": [\"not_requested\"]")]
    [InlineData(4, "\"approved_egress\": null")]
    [InlineData(4, "\"approved_egress\": \"all\"")]
    [InlineData(4, "\"approved_egress\": {\"proxy_allowlist\": {\"allowed_domains\": [\"evil.example\"]}}")]
    [InlineData(5, "\"budgets_after\": {\"calls_remaining\": -1}")]
    [InlineData(5, "\"budgets_after\": {\"calls_remaining\": 10}")]
    [InlineData(5, "\"budgets_after\": {\"calls_remaining\": 8.5}")]
    [InlineData(6, "\"policy_version\": \"\"")]
    public void An_answer_with_a_wrong_member_is_a_denial(int at, string member)
    {
        var members = Whole.ToArray();
        members[at] = member;

        Assert.Equal(PolicyFault.Malformed, Interpret(members).Fault);
    }

    [Fact]
    public void A_sink_that_the_policy_leaves_out_is_denied()
    {
        var members = Whole.ToArray();
        members[2] = "\"allowed_sinks\": [\"other\"]";

        Assert.Equal((PolicyOutcome.Deny, PolicyFault.None, "disallowed sink(s): http_read"), (Interpret(members).Outcome, Interpret(members).Fault, Interpret(members).DenyReason));
    }

    [Fact]
    public void A_policy_may_narrow_the_egress()
    {
        var members = Whole.ToArray();
        members[4] = "\"approved_egress\": {\"proxy_allowlist\": {\"allowed_domains\": [\"a.example\"]}}";
        var asked = Base with { EgressAllowedDomains = ["a.example", "b.example"] };

        var decision = PolicyDecision.Interpret(RegoJson.Parse(Encoding.UTF8.GetBytes("{" + string.Join(",", members) + "}")), asked);

        Assert.Equal(PolicyOutcome.Allow, decision.Outcome);
        Assert.Equal(["a.example"], decision.ApprovedDomains);
        Assert.True(Interpret(Whole).ApprovedDomains.IsDefault);
    }

    [Fact]
    public void A_denial_without_a_reason_says_so() =>
        Assert.Equal("denied by policy (no reason provided)", Interpret(["\"allow\": false"]).DenyReason);

    private static PolicyDecision Interpret(string[] members) =>
        PolicyDecision.Interpret(RegoJson.Parse(Encoding.UTF8.GetBytes("{" + string.Join(",", members) + "}")), Base);

    private static PolicyDecision Denied(PolicyEngine engine)
    {
        var decision = engine.Evaluate(Base);
        Assert.Equal(PolicyOutcome.Deny, decision.Outcome);
        Assert.NotEmpty(decision.DenyReason);
        return decision;
    }

    private static PolicyEngine Engine(string statements, string builtin = "") => PolicyEngine.Load(Plan(statements, builtin), Data());

    private static byte[] Plan(string statements, string builtin = "") => Encoding.UTF8.GetBytes(
        $$$"""
        {"static":{"strings":[],"builtin_funcs":[{"name":"{{{builtin}}}"}]},
         "plans":{"plans":[{"name":"latchgate/decision","blocks":[{"stmts":[{{{statements}}}]}]}]}}
        """);
}
