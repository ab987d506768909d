using LatchGate.Actions;
using LatchGate.Approvals;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Api;

/// <summary>What a gate does with records that were there before it started: another principal's, expired ones, unfinished ones.</summary>
public sealed class EarlierRecordsTests : IAsyncLifetime
{
    private const string ForeignReceipt = "01941f29-7c00-7000-8000-000000000001";
    private const string ForeignApproval = "01941f29-7c00-7000-8000-000000000002";
    private const string ExpiredApproval = "01941f29-7c00-7000-8000-000000000003";
    private const string Unfinished = "01941f29-7c00-7000-8000-000000000004";
    private static readonly Sha256Digest Some = Sha256Digest.Of("some"u8);
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(300);

    private readonly LiveGate _gate = new() { Before = WriteAsync };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _gate.InitializeAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    public async Task Another_principals_receipt_does_not_exist_for_an_agent()
    {
        using var agent = await _gate.AgentAsync();
        var foreign = await agent.ReceiptAsync(ForeignReceipt, Cancel);
        var missing = await agent.ReceiptAsync("01941f29-7c00-7000-8000-00000000000f", Cancel);
        Assert.Equal((404, "not_found"), (foreign.Status, foreign.ErrorCode));
        Assert.Equal(missing.Body.GetRawText(), foreign.Body.GetRawText());
    }

    [Fact]
    public async Task Another_principals_approval_does_not_exist_for_an_agent()
    {
        using var agent = await _gate.AgentAsync();
        var poll = await agent.PollAsync(ForeignApproval, Cancel);
        Assert.Equal((404, "action_not_found"), (poll.Status, poll.ErrorCode));
    }

    [Fact]
    public async Task An_approval_whose_time_is_over_cannot_be_decided()
    {
        using var agent = await _gate.AgentAsync();
        using var @operator = _gate.Operator();
        Assert.Equal("expired", (await agent.PollAsync(ExpiredApproval, Cancel)).Text("status"));
        Assert.Equal("expired", (await @operator.ApprovalAsync(ExpiredApproval, Cancel)).Text("status"));
        var pending = await @operator.ApprovalsAsync("pending", 50, Cancel);
        Assert.DoesNotContain(pending.Body.GetProperty("approvals").EnumerateArray(), a => a.GetProperty("approval_id").GetString() == ExpiredApproval);
        var approved = await @operator.ApproveAsync(ExpiredApproval, Cancel);
        Assert.True(approved is { Status: 409, ErrorCode: "approval_expired" } or { Status: 200 } && approved.Text("decision") is null or "already_expired", approved.ErrorText);
        Assert.Empty(_gate.Upstream.Requests);
    }

    [Fact]
    public async Task A_call_that_never_came_to_its_end_is_counted()
    {
        using var @operator = _gate.Operator();
        var status = await @operator.StatusAsync(Cancel);
        Assert.Equal(1, status.Body.GetProperty("unresolved_intents").GetInt32());
        Assert.Equal(Unfinished, Assert.Single(_gate.Verify().Unresolved).GrantId);
    }

    private static async Task WriteAsync(LiveGate gate, Ledger ledger)
    {
        var done = await ledger.RecordIntentAsync(Intent("01941f29-7c00-7000-8000-000000000010"));
        using var key = KeyFile.LoadOrCreateEd25519(gate.Configuration.ReceiptSigningKeyPath, "receipt signing");
        var receipt = SignedReceipt.Sign(
            new ReceiptContent
            {
                ReceiptId = ForeignReceipt,
                Intent = done.Proof!,
                ProviderReference = "builtin:http_api",
                ProviderOutput = Jcs.Canonicalize("""{"ok":true}"""u8, JsonLimits.Evidence),
                Result = new NormalizedResult(ResultKind.Success),
                Verification = new VerificationOutcome(VerificationStatus.UnverifiableDeclared),
                Effects = [],
                Runtime = default,
                FinishedAt = TimeProvider.System.GetUtcNow(),
                Failure = null,
                BuildDigest = Some,
            },
            key);
        var outcome = new AuditEvent { TraceId = "t", EventType = EventTypes.ActionCall, Decision = AuditDecision.Allow, Principal = "agent:other" };
        Assert.True((await ledger.RecordOutcomeAsync(receipt, [outcome])).IsDurable);
        await ledger.RecordIntentAsync(Intent(Unfinished));
        var now = TimeProvider.System.GetUtcNow();
        using var vault = PlanVault.LoadOrCreate(gate.Configuration.ApprovalsKeyPath);
        var bounds = new ApprovalBounds(10, 10);
        Assert.True((await ledger.HoldApprovalAsync(Approval(vault, ForeignApproval, "agent:other", now), outcome, bounds)).IsDurable);
        Assert.True((await ledger.HoldApprovalAsync(Approval(vault, ExpiredApproval, gate.Principal, now - Lifetime), outcome, bounds)).IsDurable);
    }

    private static IntentRecord Intent(string grant) => new()
    {
        GrantId = grant,
        TraceId = AuthorizedCall.NewId(),
        ActionId = "http_fetch",
        ActionVersion = "1.0.0",
        ActionDigest = Some,
        Principal = "agent:other",
        SessionId = "s",
        RequestHash = Some,
        TaskDigest = Some,
        ModuleDigest = Some,
        StartedAt = TimeProvider.System.GetUtcNow(),
    };

    private static StoredApproval Approval(PlanVault vault, string id, string principal, DateTimeOffset created)
    {
        var action = CompiledActions.All.Single(a => a.Id == "http_delete");
        var task = """{"method":"DELETE","url":"http://127.0.0.1/"}"""u8.ToArray();
        var plan = new FrozenPlan
        {
            GrantId = AuthorizedCall.NewId(),
            Subject = new CallSubject("t", principal, "s", "jti", "binding", HasBudget: false, "peercred", null),
            ActionId = action.Id,
            ActionVersion = action.Version,
            ActionDigest = action.Digest,
            ModuleDigest = action.ModuleDigest,
            RequestHash = Some,
            Task = task,
            TaskHash = Sha256Digest.Of(task),
            PolicyVersion = "v1",
            Secrets = [],
            Targets = [],
            Domains = [],
            EgressDigest = Some,
            Verifier = VerifierKind.None,
            Epoch = 0,
        }.ToCanonical();
        var approval = new StoredApproval
        {
            ApprovalId = id,
            TraceId = "t",
            Principal = principal,
            SessionId = "s",
            ActionId = action.Id,
            RequestHash = Some,
            PlanHash = plan.Digest,
            CreatedAt = created,
            ExpiresAt = created + Lifetime,
        };
        return approval with { SealedPlan = vault.Seal(approval, plan) };
    }
}
