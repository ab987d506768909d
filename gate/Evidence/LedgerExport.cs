using System.IO.Pipelines;
using LatchGate.Crypto;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>
/// The ledger as JSON Lines, each line canonical JSON and LF. An event's line is the very text that was hashed, so the chain can be
/// checked from the lines alone; lines with a <c>type</c> make the signatures checkable as well.
/// </summary>
/// <remarks>
/// <code>
/// event        {"action_digest":…,"event_id":…,"prev_hash":…,"seq":…}
/// checkpoint   {"count":n,"head":digest,"kid":…,"seq":n,"signature":hex,"time":…,"type":"latchgate-checkpoint-v1"}   after event n
/// intent       {"intent":{…},"type":"latchgate-intent-v1"}                                            after the event that vouches for it
/// receipt      {"kid":…,"receipt":{…},"signature":hex,"type":"latchgate-receipt-v1"}                  likewise
/// approval     {"approval":{…},"type":"latchgate-approval-v1"}                                        after the event that ended it; in segments
/// segment      {"kid":…,"segment":{…},"signature":hex,"type":"latchgate-segment-v1"}                  first, where events before it were sealed
/// </code>
/// </remarks>
public static class LedgerExport
{
    private const int Page = 500;

    /// <summary>Writes the lines of all events from <paramref name="fromSeq"/> on, and nothing else.</summary>
    /// <returns>Events written.</returns>
    public static async Task<long> WriteAsync(Ledger ledger, Stream output, long fromSeq = 1, CancellationToken cancellation = default)
    {
        var next = fromSeq;
        while (ledger.Read(r => r.EventsFrom(next, Page)) is { Count: > 0 } page)
        {
            foreach (var e in page)
            {
                await output.WriteAsync(e.Json, cancellation).ConfigureAwait(false);
                await output.WriteAsync("\n"u8.ToArray(), cancellation).ConfigureAwait(false);
            }

            next = page[^1].Seq + 1;
        }

        await output.FlushAsync(cancellation).ConfigureAwait(false);
        return next - fromSeq;
    }

    /// <summary>Writes a ledger without its gate, or beside it: events and checkpoints, and, if wanted, intents and receipts.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="output">Takes the lines; buffered by the caller.</param>
    /// <param name="records">Whether intents and receipts are written too. Receipts hold what providers answered.</param>
    /// <param name="cancellation">Ends the export between two events.</param>
    /// <returns>Events written.</returns>
    /// <exception cref="DatabaseException">The file cannot be read, is no ledger of a known version, or is not confirmed by the disk.</exception>
    internal static long Write(string path, Stream output, bool records, CancellationToken cancellation = default)
    {
        using var database = Database.OpenForReading(path);
        database.Execute("PRAGMA trusted_schema=OFF; PRAGMA mmap_size=268435456; BEGIN");
        if (!LedgerSchema.TryRead(database, out var version))
        {
            throw new DatabaseException(SQLitePCL.raw.SQLITE_NOTADB, $"its schema has version {version}; this build knows 1 to {LedgerSchema.Version}");
        }

        // What leaves as evidence is to outlive the power.
        WriteAheadLog.Confirm(path);
        using var lines = new ExportWriter(database, output, records);
        return lines.WriteAll(cancellation);
    }

    /// <summary>Checks the chain of an export that begins with the first event. Streams; stops at the first defect.</summary>
    public static Task<VerificationReport> VerifyAsync(Stream input, CancellationToken cancellation = default) =>
        VerifyAsync(input, new VerificationKeys([]), after: null, cancellation);

    /// <summary>Checks an export: the chain, and the signatures and records that are among its lines. Streams; stops at the first defect.</summary>
    /// <param name="input">The lines.</param>
    /// <param name="keys">Public keys that have signed receipts, current and past.</param>
    /// <param name="after">Hash of the event before the first line, for an export that does not begin with the first event; null for one that does.</param>
    /// <param name="cancellation">Ends the verification.</param>
    public static async Task<VerificationReport> VerifyAsync(
        Stream input, VerificationKeys keys, Sha256Digest? after, CancellationToken cancellation = default)
    {
        using var signatures = new SignatureChecks(Environment.ProcessorCount - 1);
        var chain = new ExportCheck(keys, signatures, after);
        await FeedAsync(input, chain, cancellation).ConfigureAwait(false);
        return chain.Finish();
    }

    /// <summary>Gives a file's lines to <paramref name="chain"/>, until its end or a defect.</summary>
    internal static async Task FeedAsync(Stream input, ExportCheck chain, CancellationToken cancellation)
    {
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: 65536, leaveOpen: true));
        while (!chain.IsDecided)
        {
            var read = await reader.ReadAsync(cancellation).ConfigureAwait(false);
            var rest = chain.TakeLines(read.Buffer);
            if (read.IsCompleted && !chain.IsDecided && !rest.IsEmpty)
            {
                chain.RefuseLine("is cut off");
            }

            reader.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        await reader.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Whether a file looks like an export and not like a database: its first byte begins a JSON object.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static bool IsExport(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return file.ReadByte() == '{';
    }
}
