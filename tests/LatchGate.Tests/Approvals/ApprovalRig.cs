using System.Collections.Concurrent;
using System.Text;
using LatchGate.Actions;
using LatchGate.Approvals;
using LatchGate.Budgets;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Egress.Caps;
using LatchGate.Evidence;
using LatchGate.HostIo;
using LatchGate.Identity;
using LatchGate.Learned;
using LatchGate.Pipeline;
using LatchGate.Policy;
using LatchGate.Sandbox;
using LatchGate.Telemetry;
using LatchGate.Tests.Evidence;
using LatchGate.Tests.Identity;

namespace LatchGate.Tests.Approvals;

/// <summary>An approval desk with real ledger, vault, policy and sandbox, a clock that the test moves, and a world that it plays.</summary>
internal sealed class ApprovalRig : IDisposable
{
    private const string ApiKey = "key-test-0123456789abcdef0123456789abcdef";

    private readonly SandboxHost _sandbox = new(4);
    private readonly Ed25519Signer _grantKey = new(Enumerable.Range(32, 32).Select(i => (byte)i).ToArray());
    private readonly World _world = new();
    private readonly HttpHost _http;
    private PlanVault _vault;

    internal ApprovalRig()
    {
        _http = new HttpHost(new NoNames(), _world, TimeProvider.System);
        _vault = PlanVault.LoadOrCreate(KeyPath);
        var all = ActionRegistry.OfThisBuild();
        Actions = ActionRegistry.Create(
            [.. all.Actions.Select(a => a with { Egress = a.Egress with { AllowLearning = true } })], all.ManifestSetDigest, null);
    }

    internal static CallSubject Subject { get; } =
        new("trace", "agent:test", "s1", "jti", "the-agents-key", HasBudget: false, "peercred", Owner: null) { Scopes = ["tools:call"], PeerUid = 1000 };

    internal TempLedger State { get; } = new();

    internal StringWriter Log { get; } = new();

    internal string KeyPath => Path.Combine(State.Folder, "approvals.key");

    internal ApprovalsConfig Settings { get; set; } = ApprovalsConfig.Default;

    internal ActionRegistry Actions { get; set; }

    internal long Epoch { get; set; }

    internal string PolicyVersion { get; set; } = "v1";

    /// <summary>What the policy's data allow <see cref="Subject"/>.</summary>
    internal string[] Allowed { get; set; } = ["http_delete", "http_fetch"];

    /// <summary>Asked instead of the built-in policy; null for that.</summary>
    internal PolicyDecisionPoint? PolicyPoint { get; set; }

    /// <summary>The operator's own bounds on destinations.</summary>
    internal EgressCeiling Ceiling { get; set; } = new() { PrivateCidrs = [new Cidr(System.Net.IPAddress.Parse("127.0.0.0"), 8)] };

    internal DrainSwitch Drain { get; } = new();

    /// <summary>Signs receipts; null for the ledger's own signer.</summary>
    internal Ed25519Signer? ReceiptKey { get; set; }

    /// <summary>Told of learned entries that no rule lets in.</summary>
    internal Action<LearnedEntry> IgnoredEntry { get; set; } = static _ => { };

    /// <summary>Requests that reached the world: method and origin.</summary>
    internal ConcurrentQueue<string> Seen => _world.Seen;

    /// <summary>Called when a request reaches the world, before it is answered.</summary>
    internal Func<Task> OnRequest { set => _world.OnRequest = value; }

    /// <summary>A desk under the present settings; several share the ledger, as two requests to one gate do.</summary>
    internal ApprovalDesk Desk(Action<CallStep>? reached = null)
    {
        var log = new GateLog(Log, LogLevel.Info, TimeProvider.System);
        var revocations = new Revocations();
        revocations.RaiseFloor(Epoch);
        var execution = new Execution(
            new Dispatch(_sandbox, _http, Ceiling, new CapBook(new LedgerCapStore(State.Ledger), new Dictionary<string, TokenPrice>(), TimeProvider.System), log), State.Ledger, new BudgetBook(BudgetsConfig.None), new GateKeys(_grantKey, ReceiptKey ?? State.Signer),
            new BuildIdentity("0.0.0", Actions.ManifestSetDigest), revocations, State.Time, log) { Reached = reached };
        var learned = new LearnedStore(State.Ledger, Actions, IgnoredEntry);
        var review = new PlanReview(
            Actions, learned, revocations, PolicyPoint ?? new PolicyDecisionPoint(Policy()), new EgressPrecheck(Ceiling, State.Time), FilePrecheck.Closed,
            new BudgetDesk(new BudgetBook(BudgetsConfig.None), State.Ledger, State.Time), _vault, log);
        return new ApprovalDesk(State.Ledger, review, revocations, learned, _vault, execution, Drain, Settings, State.Time) { Reached = reached };
    }

    /// <summary>Holds a DELETE of <paramref name="url"/>, as the pipeline does.</summary>
    internal async Task<HoldResult> TryHoldAsync(
        string url = "http://127.0.0.1:9/x", CallSubject? subject = null, string action = "http_delete", long? epoch = null)
    {
        subject = (subject ?? Subject) with { Epoch = epoch ?? Epoch };
        Assert.True(Actions.TryFind(action, out var spec));
        Assert.True(ValidatedRequest.TryCreate(spec, Encoding.UTF8.GetBytes($$"""{"url":"{{url}}"}"""), out var request, out var reason), reason);
        using (request)
        {
            Assert.True(ResolvedTask.TryCreate(request, out var task, out _));
            new EgressPrecheck(Ceiling, State.Time).Judge(spec, task, subject.Principal, out var unlisted);
            long? calls = subject.HasBudget ? State.Ledger.CallsRemaining(subject.SessionId) : null;
            var decision = Policy().Evaluate(PolicyQuestion.Of(subject, task, request.Canonical.Digest, calls, new Unlisted(unlisted, null)));
            Assert.Equal(PolicyOutcome.RequireApproval, decision.Outcome);
            return await Desk().HoldAsync(subject, request, task, decision, calls, new Unlisted(unlisted, null));
        }
    }

    internal async Task<string> HoldAsync(string url = "http://127.0.0.1:9/x", CallSubject? subject = null, string action = "http_delete")
    {
        var held = await TryHoldAsync(url, subject, action);
        Assert.Null(held.Refusal);
        return held.ApprovalId!;
    }

    internal async Task<DecisionResult> ApproveAsync(string id, string @operator = "alice", uint uid = 2000, LearnOnSuccess learn = default) =>
        await Desk().ApproveAsync(new ApproveRequest(id, await OperatorAsync(@operator), uid, learn));

    internal StoredApproval Find(string id) => State.Ledger.Read(r => r.FindApproval(id))!;

    internal bool TryOpen(string id, out FrozenPlan? plan) => _vault.TryOpen(Find(id), out plan);

    /// <summary>Puts another key in the place of the vault's, as after a restart with the wrong file.</summary>
    internal void LoseKey()
    {
        _vault.Dispose();
        File.Delete(KeyPath);
        _vault = PlanVault.LoadOrCreate(KeyPath);
    }

    /// <summary>The hosts that operators have added.</summary>
    internal IReadOnlyList<LearnedEntry> Learned() => State.Ledger.Read(r => r.ListLearned(LearnedKind.Domain, null));

    /// <summary>Events of a type, oldest first, as JSON.</summary>
    internal string[] Events(string type) =>
        [.. State.Ledger.Read(r => r.QueryEvents(new EventQuery { EventType = type })).Reverse().Select(e => Encoding.UTF8.GetString(e.Json.Span))];

    /// <summary>An operator that proved its key, which may be given.</summary>
    internal static async Task<VerifiedOperator> OperatorAsync(string name, TestKey? key = null)
    {
        using var own = key is null ? new TestKey() : null;
        key ??= own!;
        var time = new FixedClock(DateTimeOffset.FromUnixTimeSeconds(TestProofs.Now));
        var authenticator = new OperatorAuthenticator(
            [new OperatorCredential(name, Encoding.UTF8.GetBytes(ApiKey), key.Thumbprint)], new DpopVerifier(new AcceptedBaseUrls("http://localhost:3000")),
            new MemoryReplayStore(time, ReplayFloor.InMemory(time)), new WallClock(time));
        var outcome = await authenticator.AuthenticateAsync(
            Encoding.UTF8.GetBytes($"DPoP {ApiKey}"), Encoding.UTF8.GetBytes(key.Sign(key.Header, TestProofs.Payload(token: ApiKey))), "POST", TestProofs.RequestPath);
        Assert.NotNull(outcome.Verified);
        return outcome.Verified;
    }

    public void Dispose()
    {
        _vault.Dispose();
        State.Dispose();
        _http.Dispose();
        _sandbox.Dispose();
        _grantKey.Dispose();
    }

    /// <summary>A policy that nobody answers for: an OPA at a socket that does not exist.</summary>
    internal static PolicyDecisionPoint SilentPolicy()
    {
        using var folder = new Config.TempDirectory();
        var file = folder.Write("gate.toml", "opa_url = \"http://127.0.0.1:1\"\n");
        var config = GateConfigReader.Load(file, Config.TestEnvironment.In(folder));
        return PolicyDecisionPoint.Open(config, ActionRegistry.OfThisBuild(), TimeProvider.System);
    }

    private PolicyEngine Policy() => PolicyEngine.LoadBuiltIn(Encoding.UTF8.GetBytes(
        $$"""
        {"policy_version":"{{PolicyVersion}}","acl":{"*":{"allowed_actions":[{{string.Join(',', Allowed.Select(a => $"\"{a}\""))}}],
         "allowed_sinks":["http_read","http_write","http_delete"] } },"latchgate":{"allowlist":{} } }
        """));

    private sealed class World : IHttpTransport
    {
        internal ConcurrentQueue<string> Seen { get; } = [];

        internal Func<Task>? OnRequest { get; set; }

        public async ValueTask<Exchange> SendAsync(JudgedRoute route, OutboundRequest request, EgressLimits limits, CancellationToken cancellation)
        {
            Seen.Enqueue(request.Method);
            if (OnRequest is { } hook)
            {
                await hook();
            }

            return new Exchange(EgressReason.Allowed, 200, [new HeaderField("content-type", "application/json")], "{}"u8.ToArray());
        }
    }

    private sealed class NoNames : IHostResolver
    {
        public ValueTask<(EgressReason Reason, System.Net.IPAddress[] Addresses)> ResolveAsync(LookupPermit permit, CancellationToken cancellation) =>
            ValueTask.FromResult((EgressReason.Allowed, new[] { System.Net.IPAddress.Parse("93.184.216.34") }));
    }
}
