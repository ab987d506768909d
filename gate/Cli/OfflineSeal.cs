using LatchGate.Config;
using LatchGate.Evidence;
using LatchGate.Evidence.Segments;
using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Cli;

/// <summary>Seals without a gate: who may write the ledger's file may do it, under its lock.</summary>
internal static class OfflineSeal
{
    /// <summary>Seals until nothing is left that may go.</summary>
    /// <exception cref="CliException">A key or the ledger is missing, or nothing more could be sealed.</exception>
    /// <exception cref="StartupException">A gate runs, or a file is unsafe or damaged.</exception>
    internal static async Task<List<Commands.SealedSegment>> RunAsync(
        GateConfig config, SealRequest request, string? directory, TextWriter error, TimeProvider time, CancellationToken cancellation)
    {
        using var opened = await OfflineKeys.OpenAsync(config, error, time).ConfigureAwait(false);
        var archive = directory ?? config.Retention.ArchiveDir;
        using var sealer = new LedgerSealer(opened.Ledger, opened.PublicKeys, archive, time, MirroredOf(config));
        var segments = new List<Commands.SealedSegment>();
        while (true)
        {
            var result = await sealer.SealAsync(request, Announcement(), cancellation).ConfigureAwait(false);
            switch (result.Outcome)
            {
                case SealOutcome.Sealed:
                    segments.Add(new Commands.SealedSegment(result.Record!.FirstSeq, result.Record.LastSeq, result.Record.File,
                        sealer.ArchiveDirectory));
                    break;
                case SealOutcome.NothingToSeal:
                    return segments;
                default:
                    throw new CliException(
                        result.Outcome == SealOutcome.LedgerBroken ? ExitCode.Broken : ExitCode.Error,
                        "seal_failed",
                        $"No {(segments.Count > 0 ? "further " : "")}event left the ledger: {result.Reason}",
                        result.Outcome == SealOutcome.LedgerBroken ? "Run: latchgate verify"
                            : "Look at the disk of the archive and of the ledger.");
            }
        }
    }

    // A mirror that was configured must have what goes; without its mark nothing is known to be in it.
    private static Func<long>? MirroredOf(GateConfig config) =>
        config.LedgerJsonlPath is { } mirror ? () => LedgerMirror.ReadMark(mirror) : null;

    private static AuditEvent Announcement() => new()
    {
        TraceId = AuthorizedCall.NewId(),
        EventType = EventTypes.LedgerSealed,
        Decision = AuditDecision.Allow,
        Principal = $"local:uid:{Posix.EffectiveUserId()}",
    };
}
