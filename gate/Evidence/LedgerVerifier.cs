using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>
/// Verifies a ledger offline, from the file and the public keys alone (D-77): the chain, every signature, every record against the
/// event that vouches for it, and every column against its record. Streams; stops at the first defect.
/// </summary>
/// <remarks>
/// What it cannot see: that events after the last checkpoint were cut off together with their records, and that the whole file
/// was replaced by an earlier copy of itself. Noting <see cref="VerificationReport.Head"/> elsewhere closes both.
/// </remarks>
public static class LedgerVerifier
{
    /// <summary>Verifies the ledger at <paramref name="path"/>; a gate may be running on it.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="keys">Public keys that have signed receipts, current and past.</param>
    /// <param name="cancellation">Ends the verification between two events.</param>
    /// <exception cref="DatabaseException">The file cannot be read (<see cref="DatabaseException.IsAccess"/>); that is no verdict.</exception>
    public static VerificationReport Verify(string path, VerificationKeys keys, CancellationToken cancellation = default) =>
        Verify(path, keys, Environment.ProcessorCount - 1, cancellation);

    /// <summary>As the other, with <paramref name="helpers"/> more threads for signatures: 0 leaves the other processors to a gate.</summary>
    public static VerificationReport Verify(string path, VerificationKeys keys, int helpers, CancellationToken cancellation = default)
    {
        Database? database = null;
        try
        {
            database = Database.OpenForReading(path);
            return Verify(database, keys, helpers, cancellation);
        }
        catch (DatabaseException failure) when (!failure.IsAccess)
        {
            return Unreadable(failure.Message);
        }
        finally
        {
            database?.Dispose();
        }
    }

    private static VerificationReport Verify(Database database, VerificationKeys keys, int helpers, CancellationToken cancellation)
    {
        // One snapshot, also beside a running gate.
        database.Execute("PRAGMA trusted_schema=OFF; PRAGMA cache_size=-32000; PRAGMA mmap_size=268435456; BEGIN");
        if (!LedgerSchema.TryRead(database, out var version))
        {
            return Unreadable($"schema version {version}; this build knows 1 to {LedgerSchema.Version}");
        }

        if (database.Scalar($"SELECT count(*) FROM ledger_metadata WHERE key = 'chain_hash_format' AND value = '{LedgerSchema.ChainHashFormat}'") != 1)
        {
            return Unreadable($"its metadata does not say that the chain is {LedgerSchema.ChainHashFormat}");
        }

        using var signatures = new SignatureChecks(helpers);
        using var walk = new LedgerWalk(database, keys, signatures);
        while (walk.Next(out _))
        {
            cancellation.ThrowIfCancellationRequested();
        }

        return walk.End();
    }

    private static VerificationReport Unreadable(string reason) => new()
    {
        Defect = new LedgerDefect(LedgerDefectKind.Unreadable, 0, "", reason),
        Events = 0,
        Receipts = 0,
        Checkpoints = 0,
        SignedThrough = 0,
        Head = "",
        Unresolved = [],
    };
}
