using LatchGate.Storage;

namespace LatchGate.Evidence.Segments;

/// <summary>Verifies the segment files of a ledger, in their order, up to the ledger's base: with the ledger's own check, the whole
/// chain.</summary>
internal static class ArchiveVerifier
{
    /// <param name="ledger">The database file, whose records say which files there are.</param>
    /// <param name="directory">Where they are.</param>
    /// <param name="keys">Public keys of receipts.</param>
    /// <param name="cancellation">Ends the verification.</param>
    /// <exception cref="DatabaseException">The ledger cannot be read.</exception>
    /// <exception cref="IOException">A file cannot be read; that is no verdict.</exception>
    internal static async Task<VerificationReport> VerifyAsync(string ledger, string directory, VerificationKeys keys,
        CancellationToken cancellation)
    {
        List<StoredSegment> segments;
        using (var database = Database.OpenForReading(ledger))
        {
            if (!LedgerSchema.TryRead(database, out var version))
            {
                throw new DatabaseException(SQLitePCL.raw.SQLITE_NOTADB,
                    $"schema version {version}; this build knows 1 to {LedgerSchema.Version}");
            }

            segments = SegmentTable.All(database);
        }

        using var signatures = new SignatureChecks(Environment.ProcessorCount - 1);
        var chain = new ExportCheck(keys, signatures, after: null, complete: true);
        var defect = new SegmentCheck(segments, keys).Defect;
        for (var i = 0; i < segments.Count && defect is null && !chain.IsDecided; i++)
        {
            defect = await CheckAsync(segments, i, directory, chain, cancellation).ConfigureAwait(false);
        }

        var report = chain.Finish();
        return report with { Defect = report.Defect is { } inFile ? Named(segments, inFile) : defect, Segments = segments.Count };
    }

    private static async Task<LedgerDefect?> CheckAsync(
        List<StoredSegment> segments, int index, string directory, ExportCheck chain, CancellationToken cancellation)
    {
        var record = segments[index].Record!;
        var (name, path) = ($"segment {record.Number} ({record.File})", Path.Combine(directory, record.File));
        if (!File.Exists(path))
        {
            return new LedgerDefect(LedgerDefectKind.SegmentMissing, record.FirstSeq, "", $"{name} is not there");
        }

        var digest = SegmentArchive.DigestOf(path);
        if (digest != record.FileDigest && OtherOf(segments, digest) is { } other)
        {
            return new LedgerDefect(LedgerDefectKind.SegmentChanged, record.FirstSeq, "", $"{name} holds segment {other}");
        }

        chain.BeginFile();
        var input = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        await using (input.ConfigureAwait(false))
        {
            await LedgerExport.FeedAsync(input, chain, cancellation).ConfigureAwait(false);
        }

        // What is wrong with a line says more than that something is.
        return chain.IsDecided || (digest == record.FileDigest && chain.Seq == record.LastSeq && chain.Head == record.Head)
            ? null
            : new LedgerDefect(LedgerDefectKind.SegmentChanged, record.FirstSeq, "", $"{name} is not the file that was sealed");
    }

    private static LedgerDefect Named(List<StoredSegment> segments, LedgerDefect defect)
    {
        foreach (var segment in segments)
        {
            // A line too many belongs to the file that it ends.
            if (defect.Seq <= segment.Record!.LastSeq || segment.Number == segments.Count)
            {
                return defect with { Detail = $"segment {segment.Number} ({segment.Record.File}): {defect.Detail}" };
            }
        }

        return defect;
    }

    private static long? OtherOf(List<StoredSegment> segments, Crypto.Sha256Digest digest)
    {
        foreach (var segment in segments)
        {
            if (segment.Record!.FileDigest == digest)
            {
                return segment.Number;
            }
        }

        return null;
    }
}
