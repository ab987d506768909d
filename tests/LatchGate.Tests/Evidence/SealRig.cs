using LatchGate.Evidence;
using LatchGate.Evidence.Segments;

namespace LatchGate.Tests.Evidence;

/// <summary>A ledger and its archive.</summary>
internal sealed class SealRig : IDisposable
{
    internal static AuditEvent Announcement => new()
    {
        TraceId = "t-seal",
        EventType = EventTypes.LedgerSealed,
        Decision = AuditDecision.Allow,
        Principal = "ops",
    };

    internal TempLedger Temp { get; private init; } = new();

    internal string Archive => Path.Combine(Temp.Folder, "segments");

    /// <summary>The ledger of the tamper table, an hour later and open.</summary>
    internal static async Task<SealRig> FilledAsync()
    {
        var rig = new SealRig { Temp = await TamperTests.FilledAsync() };
        rig.Temp.Time.Advance(TimeSpan.FromMinutes(30));
        rig.Temp.Reopen();
        return rig;
    }

    /// <summary>Two segments, 1–11 and 12–14, and in the ledger the event of the second sealing (15) and a call (16, 17).</summary>
    internal static async Task<SealRig> SealedAsync()
    {
        var rig = await FilledAsync();
        Assert.Equal(SealOutcome.Sealed, (await rig.SealAsync()).Outcome);
        await rig.Temp.CallAsync();
        rig.Temp.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(SealOutcome.Sealed, (await rig.SealAsync()).Outcome);
        await rig.Temp.CallAsync();
        rig.Temp.Close();
        return rig;
    }

    internal async Task<SealResult> SealAsync(long keep = 0, DateTimeOffset? before = null, Func<long>? mirrored = null,
        Action<SealStep>? reached = null)
    {
        using var sealer = new LedgerSealer(Temp.Ledger, Temp.Keys, Archive, Temp.Time, mirrored, reached);
        return await sealer.SealAsync(new SealRequest(before, keep), Announcement, TestContext.Current.CancellationToken);
    }

    internal VerificationReport Verify() => LedgerVerifier.Verify(Temp.Path, Temp.Keys);

    internal Task<VerificationReport> VerifyFilesAsync() =>
        ArchiveVerifier.VerifyAsync(Temp.Path, Archive, Temp.Keys, TestContext.Current.CancellationToken);

    internal string[] Files() => Directory.Exists(Archive)
        ? [.. Directory.GetFiles(Archive).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)] : [];

    public void Dispose() => Temp.Dispose();
}
