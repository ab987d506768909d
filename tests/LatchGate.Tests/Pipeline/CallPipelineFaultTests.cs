using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Approvals;
using LatchGate.Budgets;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.Identity;
using LatchGate.Pipeline;
using LatchGate.Policy;
using LatchGate.Telemetry;
using LatchGate.Tests.Policy;

namespace LatchGate.Tests.Pipeline;

public sealed class CallPipelineFaultTests
{
    [Fact]
    public async Task A_ledger_that_cannot_be_read_refuses_the_call_and_the_chain_says_so()
    {
        using var rig = new ExecutionRig(new AnsweringWorld("{}"));
        var away = rig.State.Path + ".away";
        var caller = await CallerWithBudgetAsync();
        CallOutcome outcome;
        await using (var audit = new AuditTrail(rig.State.Ledger, new GateLog(rig.Log, LogLevel.Info, TimeProvider.System)))
        {
            // The writer keeps its open file; a new reader finds none, as it does when descriptors are out. The one that is open
            // is in use meanwhile.
            File.Move(rig.State.Path, away);
            outcome = await rig.State.Ledger.Read(
                _ => PipelineOf(rig, audit).RunAsync("trace-1", caller, "http_fetch", """{"url":"http://127.0.0.1:9/x"}"""u8.ToArray(), 1000).AsTask());
        }

        File.Move(away, rig.State.Path);
        var denied = Assert.IsType<CallOutcome.Denied>(outcome);
        Assert.Equal(GateFailure.StoreUnavailable, denied.Denial.Failure);

        var recorded = Assert.Single(rig.State.Ledger.Read(static r => r.EventsFrom(1, 10)));
        using var e = JsonDocument.Parse(recorded.Json);
        Assert.Equal("deny", e.RootElement.GetProperty("decision").GetString());
        Assert.Equal("store_unavailable", e.RootElement.GetProperty("deny_reason").GetString());
        Assert.Equal("trace-1", e.RootElement.GetProperty("trace_id").GetString());
    }

    internal static CallPipeline PipelineOf(ExecutionRig rig, AuditTrail audit)
    {
        var actions = rig.Actions;
        var drain = new DrainSwitch();
        var ceiling = new EgressCeiling { PrivateCidrs = [new Cidr(System.Net.IPAddress.Parse("127.0.0.0"), 8)] };
        var policy = new PolicyDecisionPoint(PolicyEngine.LoadBuiltIn(PolicySamples.Data()));
        var precheck = new EgressPrecheck(ceiling, TimeProvider.System);
        var log = new GateLog(rig.Log, LogLevel.Info, TimeProvider.System);
        var budgets = new BudgetDesk(new BudgetBook(BudgetsConfig.None), rig.State.Ledger, rig.State.Time);
        var vault = PlanVault.LoadOrCreate(Path.Combine(rig.State.Folder, "approvals.key"));
        return new CallPipeline(
            actions,
            policy,
            precheck,
            FilePrecheck.Closed,
            rig.Learned,
            rig.Revocations,
            new ApprovalDesk(
                rig.State.Ledger, new PlanReview(actions, rig.Learned, rig.Revocations, policy, precheck, FilePrecheck.Closed, budgets, vault, log), rig.Revocations, rig.Learned, vault, rig.Execution,
                drain, ApprovalsConfig.Default, rig.State.Time),
            rig.Execution,
            budgets,
            audit,
            drain,
            log);
    }

    internal static async Task<VerifiedCaller> CallerWithBudgetAsync()
    {
        const string Path = "/v1/actions/http_fetch/execute";
        using var agentKey = P256SigningKey.Generate();
        using var issuerKey = P256SigningKey.Generate();
        var proofs = new DpopProofFactory(agentKey);
        var identities = new IdentityProvider(new PeercredMap(
            new Dictionary<uint, PeercredPrincipal> { [1000] = new("agent:test-agent", null, null) }));
        var issuer = new LeaseIssuer(issuerKey, TimeSpan.FromSeconds(300), TimeProvider.System, static () => 0);
        var body = Encoding.UTF8.GetBytes($$"""{"scopes":["tools:call"],"dpop_jwk":{{proofs.PublicJwk}},"budgets":{"max_calls":3} }""");
        Assert.True(LeaseRequest.TryParse(body, out var request, out _));
        Assert.True(identities.TryIdentify(1000, out var identity, out _));
        Assert.True(PermittedLease.TryPermit(request, identity, out var permitted, out _));
        var lease = issuer.Issue(permitted).Jwt;

        var agents = new AgentAuthenticator(
            new LeaseVerifier(issuer, static () => 0),
            new DpopVerifier(new AcceptedBaseUrls("http://localhost")),
            new MemoryReplayStore(TimeProvider.System, ReplayFloor.InMemory(TimeProvider.System)),
            identities,
            new Revocations(),
            new WallClock(TimeProvider.System));
        var outcome = await agents.AuthenticateAsync($"DPoP {lease}", proofs.Create("POST", "http://localhost" + Path, lease), "POST", Path, 1000);
        Assert.NotNull(outcome.Verified);
        return outcome.Verified;
    }
}
