using System.Security.Cryptography;
using LatchGate.Crypto;
using LatchGate.Storage;

namespace LatchGate.Evidence.Segments;

/// <summary>Writes segment files, and checks them.</summary>
/// <param name="directory">Where they are.</param>
/// <param name="keys">Public keys of receipts.</param>
internal sealed class SegmentArchive(string directory, VerificationKeys keys)
{
    /// <summary>Hears of each step that is done.</summary>
    internal Action<SealStep>? Reached { get; init; }

    /// <summary>Writes the events after the ledger's base up to <paramref name="lastSeq"/> to a file of their own.</summary>
    /// <param name="database">The ledger, in a read transaction.</param>
    /// <param name="lastSeq">An event that a checkpoint signs.</param>
    /// <param name="cancellation">Ends it between two events; what is half written is not given its name.</param>
    /// <returns>The proof, or what is wrong with the ledger or with what was written.</returns>
    /// <exception cref="IOException">The file cannot be written, or another of its name is there.</exception>
    /// <exception cref="DatabaseException">The ledger cannot be read.</exception>
    internal async Task<(SealedFile? File, LedgerDefect? Defect)> WriteAsync(Database database, long lastSeq,
        CancellationToken cancellation)
    {
        using var signatures = new SignatureChecks(helpers: 0);
        using var walk = new LedgerWalk(database, keys, signatures);
        var (number, firstSeq) = ((walk.Base?.Number ?? 0) + 1, walk.Seq + 1);
        var name = SegmentRecord.NameOf(number, firstSeq, lastSeq);
        var (path, unfinished) = (Path.Combine(directory, name), Path.Combine(directory, name + ".tmp"));
        var approvals = new List<string>();
        Clean(number);
        var lastTime = WriteEvents(database, walk, lastSeq, unfinished, approvals, cancellation);
        Reached?.Invoke(SealStep.Written);
        var defect = walk.EndEarly() ?? (walk.Seq == lastSeq && walk.SignedThrough == lastSeq
            ? null
            : new LedgerDefect(LedgerDefectKind.CheckpointMissing, lastSeq, "",
                "no checkpoint signs the last event that was to be sealed"));
        if (defect is not null)
        {
            File.Delete(unfinished);
            return (null, defect);
        }

        Publish(unfinished, path);
        Reached?.Invoke(SealStep.Named);
        defect = await ReadBackAsync(path, walk, firstSeq, approvals.Count, cancellation).ConfigureAwait(false);
        if (defect is not null)
        {
            return (null, defect);
        }

        Reached?.Invoke(SealStep.Checked);
        return (ProofOf(database, walk, path, firstSeq, lastTime, number, approvals), null);
    }

    /// <summary>SHA-256 of a file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static Sha256Digest DigestOf(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        Span<byte> hash = stackalloc byte[Sha256Digest.Size];
        SHA256.HashData(file, hash);
        return Sha256Digest.FromBytes(hash);
    }

    // What a crash left half written; this number is nobody else's.
    private void Clean(long number)
    {
        foreach (var left in Directory.EnumerateFiles(directory, $"segment-{number:d6}-*.jsonl.tmp"))
        {
            File.Delete(left);
        }
    }

    private static string WriteEvents(
        Database database, LedgerWalk walk, long lastSeq, string path, List<string> approvals, CancellationToken cancellation)
    {
        var lastTime = "";
        using var output = PrivateFile.CreateNew(path);
        using var lines = new ExportWriter(database, output, records: true);
        while (walk.Seq < lastSeq && walk.Next(out _))
        {
            cancellation.ThrowIfCancellationRequested();
            lines.Write(walk.Seq, walk.Body, approvals);
            lastTime = walk.Timestamp;
        }

        output.Flush(flushToDisk: true);
        return lastTime;
    }

    // A crash after this leaves a file that no record names. The next attempt at the same events finds its own bytes and goes on;
    // a file that holds anything else is never overwritten.
    private static void Publish(string unfinished, string path)
    {
        if (!File.Exists(path))
        {
            AtomicFile.MoveNew(unfinished, path);
            return;
        }

        if (DigestOf(path) != DigestOf(unfinished))
        {
            throw new IOException($"{path} is there already, and holds something else: an archive belongs to one ledger");
        }

        // Whoever gave it its name may have died before that was durable.
        AtomicFile.SyncDirectoryOf(path);
        File.Delete(unfinished);
    }

    private async Task<LedgerDefect?> ReadBackAsync(string path, LedgerWalk walk, long firstSeq, int approvals,
        CancellationToken cancellation)
    {
        using var signatures = new SignatureChecks(helpers: 0);
        var chain = new ExportCheck(keys, signatures, walk.Base?.Head, complete: true);
        var input = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        await using (input.ConfigureAwait(false))
        {
            await LedgerExport.FeedAsync(input, chain, cancellation).ConfigureAwait(false);
        }

        var report = chain.Finish();
        return report.Defect ?? (chain.FirstSeq == firstSeq && chain.Seq == walk.Seq && chain.Head == walk.Head
            && report.SignedThrough == walk.Seq
            && report.Receipts == walk.Records.Receipts && chain.Approvals == approvals
            ? null
            : new LedgerDefect(LedgerDefectKind.SegmentChanged, 0, "", $"{path} does not hold what was written to it"));
    }

    private static SealedFile ProofOf(
        Database database, LedgerWalk walk, string path, long firstSeq, string lastTime, long number, List<string> approvals)
    {
        foreach (var approval in approvals)
        {
            walk.State.Approvals.Remove(approval);
        }

        using var budget = database.PrepareOnce("SELECT 1 FROM session_budgets WHERE session_id = ?");
        foreach (var session in walk.State.Budgets.Keys)
        {
            // Of a session that ended nothing is left to vouch for. (A dictionary may lose keys while it is walked.)
            if (!budget.Text(session).Step())
            {
                walk.State.Budgets.Remove(session);
            }

            budget.Reset();
        }

        var open = new List<long>(walk.State.OpenIntents.Count);
        foreach (var intent in walk.State.OpenIntents.Values)
        {
            open.Add(intent.Seq);
        }

        return new SealedFile
        {
            Number = number,
            Name = Path.GetFileName(path),
            Bytes = new FileInfo(path).Length,
            FileDigest = DigestOf(path),
            FirstSeq = firstSeq,
            LastSeq = walk.Seq,
            PrevHead = walk.Base?.Head,
            Head = walk.Head!.Value,
            LastTime = lastTime,
            Receipts = walk.Records.Receipts,
            Intents = walk.Records.Intents - open.Count,
            OpenIntents = open,
            Approvals = approvals,
            State = walk.State.ToCanonical(),
        };
    }
}
