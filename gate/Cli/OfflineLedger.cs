using System.Buffers;
using LatchGate.Actions;
using LatchGate.Evidence;
using LatchGate.Evidence.Segments;
using LatchGate.Learned;
using LatchGate.Storage;

namespace LatchGate.Cli;

/// <summary>What the command line reads from a ledger without a gate.</summary>
internal static class OfflineLedger
{
    /// <summary>Checks the whole ledger.</summary>
    internal static LedgerReport Verify(string ledger, IReadOnlyDictionary<string, byte[]> publicKeys)
    {
        VerificationReport report;
        try
        {
            report = LedgerVerifier.Verify(ledger, KeysOf(publicKeys));
        }
        catch (DatabaseException e)
        {
            throw Unreadable(ledger, e);
        }

        return Of(report);
    }

    /// <summary>Checks a ledger's segment files.</summary>
    /// <param name="ledger">The ledger, which says which files there are.</param>
    /// <param name="directory">Where they are.</param>
    /// <param name="publicKeys">Ed25519 public keys of receipts by <c>kid</c>.</param>
    /// <param name="cancellation">Ends the verification.</param>
    internal static async Task<LedgerReport> VerifySegmentsAsync(
        string ledger, string directory, IReadOnlyDictionary<string, byte[]> publicKeys, CancellationToken cancellation)
    {
        try
        {
            return Of(await ArchiveVerifier.VerifyAsync(ledger, directory, KeysOf(publicKeys), cancellation).ConfigureAwait(false));
        }
        catch (DatabaseException e)
        {
            throw Unreadable(ledger, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Error, "segments_unreadable", $"A segment file cannot be read: {e.Message}",
                "Run this as who may read it.", e);
        }
    }

    /// <summary>Checks an export, alone.</summary>
    /// <param name="file">JSON Lines.</param>
    /// <param name="publicKeys">Ed25519 public keys of receipts by <c>kid</c>.</param>
    /// <param name="after">Hash of the event before the first line; null for an export that begins with the first event.</param>
    /// <param name="cancellation">Ends the verification.</param>
    internal static async Task<LedgerReport> VerifyExportAsync(
        string file, IReadOnlyDictionary<string, byte[]> publicKeys, Crypto.Sha256Digest? after, CancellationToken cancellation)
    {
        var input = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: false);
        await using (input.ConfigureAwait(false))
        {
            return Of(await LedgerExport.VerifyAsync(input, KeysOf(publicKeys), after, cancellation).ConfigureAwait(false));
        }
    }

    internal static CliException Unreadable(string ledger, DatabaseException e) => new(
        ExitCode.Error,
        "ledger_unreadable",
        $"{ledger} cannot be read: {e.Message}",
        "Run this as who may read it and write to its directory, or copy it with its -wal to a directory of your own and name the copy with --ledger.",
        e);

    private static LedgerReport Of(VerificationReport report) => new(
        report.Defect?.ToString(),
        report.Defect?.TraceId,
        report.Events,
        report.VerifiedLinks,
        report.Receipts,
        report.Checkpoints,
        report.SignedThrough,
        report.Head,
        report.Unresolved.Count)
    {
        SealedThrough = report.SealedThrough,
        Segments = report.Segments,
    };

    /// <summary>One receipt with the state of its signature, or null.</summary>
    internal static ReadOnlyMemory<byte>? Receipt(string ledger, string receiptId, IReadOnlyDictionary<string, byte[]> publicKeys)
    {
        try
        {
            using var reader = LedgerReader.OpenFile(ledger);
            if (reader.FindReceipt(receiptId) is not { } receipt)
            {
                RequireUnsealed(ledger, receiptId);
                return null;
            }

            var json = new ArrayBufferWriter<byte>();
            receipt.WriteJson(json, KeysOf(publicKeys));
            return json.WrittenMemory;
        }
        catch (DatabaseException e)
        {
            throw new CliException(ExitCode.Error, "ledger_unreadable", $"{ledger} cannot be read: {e.Message}", "Name the gate's ledger with --ledger.", e);
        }
    }

    /// <exception cref="CliException">A record with this id would be in a segment file.</exception>
    private static void RequireUnsealed(string ledger, string id)
    {
        using var database = Database.OpenForReading(ledger);
        if (LedgerSchema.TryRead(database, out _) && SegmentTable.Of(database, id) is { } segment)
        {
            throw new CliException(
                ExitCode.Error, "receipt_sealed", $"Receipts of that time are in segment {segment.Number}, {segment.File}.",
                    $"Search the file: grep {id} {segment.File}");
        }
    }

    /// <summary>The destinations that operators opened, as a gate with these actions would take them.</summary>
    /// <exception cref="DatabaseException">The ledger cannot be read.</exception>
    internal static LearnedSnapshot Learned(string ledger, ActionRegistry actions)
    {
        using var reader = LedgerReader.OpenFile(ledger);
        return LearnedSnapshot.Of(reader.ListLearned(LearnedKind.Domain), reader.ListLearned(LearnedKind.Path), actions, static _ => { });
    }

    internal static VerificationKeys KeysOf(IReadOnlyDictionary<string, byte[]> publicKeys) =>
        new(Array.ConvertAll([.. publicKeys.Values], static key => (ReadOnlyMemory<byte>)key));
}
