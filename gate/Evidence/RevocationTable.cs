using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>What operators revoked (reference/kernel.md D-35, D-36). Read once, when the gate starts; checked in memory.</summary>
internal sealed class RevocationTable(Database database)
{
    private const string Columns = "kind, id, epoch, blocked, expires_at";

    private readonly Statement _setEpoch = database.Prepare("UPDATE revocation_epoch SET epoch = ?, floor = ?");

    private readonly Statement _set = database.Prepare($"INSERT OR REPLACE INTO revocations({Columns}) VALUES(?, ?, ?, ?, ?)");

    private readonly Statement _purge = database.Prepare("DELETE FROM revocations WHERE blocked = 0 AND expires_at <= ?");

    internal void Write(RevocationChange change)
    {
        _setEpoch.Integer(change.Epoch).Integer(change.Floor).Run();
        if (change.Entry is { } entry)
        {
            _set.Text(entry.Kind.ToWire()).Text(entry.Id).Integer(entry.Epoch).Integer(entry.Blocked ? 1 : 0).Text(WireTime.Format(entry.ExpiresAt)).Run();
        }
    }

    internal int Purge(DateTimeOffset now) => _purge.Text(WireTime.Format(now)).Run();

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

    private static DatabaseException Foreign() => new(SQLitePCL.raw.SQLITE_CORRUPT, "The revocations hold values that no gate writes.");
}
