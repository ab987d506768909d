using System.Collections.Immutable;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Json;

namespace LatchGate.Tests.Evidence;

/// <summary>A ledger in a fresh directory, and records to put into it.</summary>
internal sealed class TempLedger : IDisposable
{
    internal static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private int _next;

    internal TempLedger(bool open = true)
    {
        Signer = new Ed25519Signer(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());
        if (open)
        {
            Reopen();
        }
    }

    internal string Folder { get; } = Directory.CreateTempSubdirectory("latchgate-ledger-").FullName;

    internal string Path => System.IO.Path.Combine(Folder, "ledger.db");

    internal Ed25519Signer Signer { get; }

    internal VerificationKeys Keys => VerificationKeys.Of(Signer);

    internal ManualTime Time { get; } = new(Start);

    internal Ledger Ledger { get; private set; } = null!;

    internal static ApprovalBounds Bounds { get; } = new(10_000, 1000);

    internal static LedgerOptions Options { get; } = new() { AllowVolatile = true };

    internal void Reopen()
    {
        Close();
        Ledger = Ledger.Open(Path, Signer, Time, Options);
    }

    internal void Close()
    {
        Ledger?.Dispose();
        Ledger = null!;
    }

    internal string NextId() => $"01941f29-7c00-7000-8000-{Interlocked.Increment(ref _next):d12}";

    internal static AuditEvent Event(string trace = "t", string type = EventTypes.ActionCall, string principal = "agent:demo") => new()
    {
        TraceId = trace,
        EventType = type,
        Decision = AuditDecision.Allow,
        Principal = principal,
        SessionId = "s1",
        ActionId = "demo_get",
    };

    internal IntentRecord Intent(string? grant = null, string session = "s1", string? approval = null) => new()
    {
        GrantId = grant ?? NextId(),
        TraceId = NextId(),
        ActionId = "demo_get",
        ActionVersion = "1.0.0",
        ActionDigest = Sha256Digest.Of("manifest"u8),
        Principal = "agent:demo",
        SessionId = session,
        RequestHash = Sha256Digest.Of("{}"u8),
        TaskDigest = Sha256Digest.Of("task"u8),
        ModuleDigest = Sha256Digest.Of("module"u8),
        ApprovalId = approval,
        StartedAt = Start,
    };

    internal SignedReceipt Receipt(RecordedIntent intent, string output = """{"ok":true}""") => SignedReceipt.Sign(
        new ReceiptContent
        {
            ReceiptId = NextId(),
            Intent = intent,
            ProviderReference = "builtin:http_api",
            ProviderOutput = Jcs.Canonicalize(System.Text.Encoding.UTF8.GetBytes(output), JsonLimits.Evidence),
            Result = new NormalizedResult(ResultKind.Success),
            Verification = new VerificationOutcome(VerificationStatus.Verified, Jcs.Canonicalize("""{"http_status":200}"""u8, JsonLimits.Evidence)),
            Effects =
            [
                new EffectEvidence
                {
                    Kind = "http",
                    Method = "GET",
                    Target = "https://api.example.com",
                    Status = 200,
                    ResponseBodyHash = Sha256Digest.Of("body"u8),
                },
            ],
            Runtime = new ReceiptRuntime(12, 3456, 1),
            FinishedAt = Start.AddMilliseconds(1250),
            Failure = null,
            BuildDigest = Sha256Digest.Of("build"u8),
        },
        Signer);

    /// <summary>One whole call: intent and outcome.</summary>
    internal async Task<DurableEvidence> CallAsync(string session = "s1", bool debit = false)
    {
        var intent = await Ledger.RecordIntentAsync(Intent(session: session), new IntentConditions(debit));
        Assert.Equal(IntentOutcome.Recorded, intent.Outcome);
        var outcome = await Ledger.RecordOutcomeAsync(Receipt(intent.Proof!), [Event(intent.Proof!.Intent.TraceId)]);
        Assert.True(outcome.IsDurable);
        return outcome.Value!;
    }

    internal StoredApproval Approval(string? id = null) => new()
    {
        ApprovalId = id ?? NextId(),
        TraceId = NextId(),
        Principal = "agent:demo",
        SessionId = "s1",
        ActionId = "demo_get",
        RequestHash = Sha256Digest.Of("{}"u8),
        SealedPlan = "sealed"u8.ToArray(),
        PlanHash = Sha256Digest.Of("{}"u8),
        CreatedAt = Time.GetUtcNow(),
        ExpiresAt = Time.GetUtcNow().AddSeconds(300),
    };

    public void Dispose()
    {
        Close();
        Signer.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>A clock that moves when told to.</summary>
internal sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private long _ticks = start.UtcTicks;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    internal void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
