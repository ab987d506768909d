using LatchGate.Crypto;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>
/// What operators revoked (reference/kernel.md D-35, D-36). Read once, when the gate starts; checked in memory. The event of each
/// change holds the digest of everything that is revoked afterwards, so that a row that was changed or is gone is found by the verifier.
/// </summary>
internal sealed class RevocationTable(Database database, CanonicalWriter writer)
{
    private const string Columns = "kind, id, epoch, blocked, expires_at";
    private const string SelectInOrder = $"SELECT {Columns} FROM revocations ORDER BY kind, id";

    private readonly Statement _setEpoch = database.Prepare("UPDATE revocation_epoch SET epoch = ?, floor = ?");

    private readonly Statement _set = database.Prepare($"INSERT OR REPLACE INTO revocations({Columns}) VALUES(?, ?, ?, ?, ?)");

    private readonly Statement _purge = database.Prepare("DELETE FROM revocations WHERE blocked = 0 AND expires_at <= ?");

    private readonly Statement _select = database.Prepare(SelectInOrder);

    /// <summary>
    /// Stores a change, and forgets what can refuse nothing any more: only here, since nothing leaves the table without an event that
    /// says what is left.
    /// </summary>
    /// <returns>Digest of everything that is revoked now.</returns>
    internal Sha256Digest Write(RevocationChange change, DateTimeOffset now)
    {
        _setEpoch.Integer(change.Epoch).Integer(change.Floor).Run();
        _purge.Text(WireTime.Format(now)).Run();
        if (change.Entry is { } entry)
        {
            _set.Text(entry.Kind.ToWire()).Text(entry.Id).Integer(entry.Epoch).Integer(entry.Blocked ? 1 : 0).Text(WireTime.Format(entry.ExpiresAt)).Run();
        }

        try
        {
            return DigestOf(writer, _select, change.Epoch, change.Floor);
        }
        finally
        {
            _select.Reset();
        }
    }

    /// <exception cref="DatabaseException">A row does not hold what this code wrote: the file was changed by someone else.</exception>
    internal static RevocationState Read(Database database)
    {
        var entries = new List<Revocation>();
        using (var rows = database.PrepareOnce($"SELECT {Columns} FROM revocations"))
        {
            while (rows.Step())
            {
                if (!RevocationKinds.TryParse(rows.String(0), out var kind) || !WireTime.TryParse(rows.String(4), out var expiresAt))
                {
                    throw Foreign();
                }

                entries.Add(new Revocation(kind, rows.String(1), rows.Int64(2), rows.Int64(3) != 0, expiresAt));
            }
        }

        using var row = database.PrepareOnce("SELECT epoch, floor FROM revocation_epoch");
        return row.Step() && row.Int64(0) >= row.Int64(1) && row.Int64(1) >= 0
            ? new RevocationState(row.Int64(0), row.Int64(1), entries)
            : throw Foreign();
    }

    /// <summary>Whether the tables are what the last event about them says.</summary>
    /// <param name="database">The ledger.</param>
    /// <param name="expected">The digest in that event; null when there is none, and nothing can be revoked.</param>
    internal static bool Holds(Database database, Sha256Digest? expected)
    {
        using var epochs = database.PrepareOnce("SELECT epoch, floor FROM revocation_epoch");
        if (!epochs.Step())
        {
            return false;
        }

        var (epoch, floor) = (epochs.Int64(0), epochs.Int64(1));
        if (epochs.Step())
        {
            return false;
        }

        if (expected is null)
        {
            return (epoch, floor) == (0, 0) && database.Scalar("SELECT count(*) FROM revocations") == 0;
        }

        using var writer = new CanonicalWriter();
        using var rows = database.PrepareOnce(SelectInOrder);
        return DigestOf(writer, rows, epoch, floor) == expected;
    }

    // Numbers as text: a row that somebody else wrote may hold one that canonical JSON has no form for.
    private static Sha256Digest DigestOf(CanonicalWriter writer, Statement rows, long epoch, long floor)
    {
        writer.Reset().BeginObject().Name("entries"u8).BeginArray();
        while (rows.Step())
        {
            writer.BeginObject()
                .Member("blocked"u8, rows.String(3))
                .Member("epoch"u8, rows.String(2))
                .Member("expires_at"u8, rows.String(4))
                .Member("id"u8, rows.String(1))
                .Member("kind"u8, rows.String(0))
                .End();
        }

        return writer.End().Member("epoch"u8, Text(epoch)).Member("floor"u8, Text(floor)).End().Finish().Digest;
    }

    private static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static DatabaseException Foreign() => new(SQLitePCL.raw.SQLITE_CORRUPT, "The revocations hold values that no gate writes.");
}
