using LatchGate.Crypto;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>
/// Learned destinations. The event of each change holds the digest of everything that its action has afterwards, so that rows which
/// no operator added, and rows that are gone, are found by the verifier (D-108).
/// </summary>
internal sealed class LearnedTable(Database database, CanonicalWriter writer)
{
    /// <summary>Entries of one kind that an action may have.</summary>
    internal const int MaxPerAction = 50;

    internal const string Columns = "kind, action_id, value, added_by, added_at, source, approval_id";

    private readonly Statement _insert = database.Prepare(
        $"INSERT INTO learned_destinations({Columns}) VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");

    private readonly Statement _delete = database.Prepare("DELETE FROM learned_destinations WHERE kind = ? AND action_id = ? AND value = ?");

    private readonly Statement _clear = database.Prepare("DELETE FROM learned_destinations WHERE kind = ? AND action_id = ?");

    private readonly Statement _count = database.Prepare(
        "SELECT count(*), ifnull(sum(value = ?), 0) FROM learned_destinations WHERE kind = ? AND action_id = ?");

    private readonly Statement _select = database.Prepare(
        $"SELECT {Columns} FROM learned_destinations WHERE kind = ? AND action_id = ? ORDER BY value");

    internal LearnedWrite Add(LearnedEntry entry)
    {
        try
        {
            // What is there already may be added again, however many there are.
            _count.Text(entry.Value).Text(entry.Kind.ToWire()).Text(entry.ActionId).Step();
            if (_count.Int64(1) != 0)
            {
                return LearnedWrite.Unchanged;
            }

            if (_count.Int64(0) >= MaxPerAction)
            {
                return LearnedWrite.Full;
            }
        }
        finally
        {
            _count.Reset();
        }

        _insert.Text(entry.Kind.ToWire()).Text(entry.ActionId).Text(entry.Value).Text(entry.AddedBy).Text(entry.AddedAt).Text(entry.Source)
            .Text(entry.ApprovalId).Run();
        return LearnedWrite.Changed;
    }

    internal int Remove(LearnedKind kind, string actionId, string value) => _delete.Text(kind.ToWire()).Text(actionId).Text(value).Run();

    internal int Clear(LearnedKind kind, string actionId) => _clear.Text(kind.ToWire()).Text(actionId).Run();

    /// <summary>Digest of all entries of a kind that an action has.</summary>
    internal Sha256Digest DigestOf(LearnedKind kind, string actionId)
    {
        try
        {
            return DigestOf(writer, _select.Text(kind.ToWire()).Text(actionId), kind.ToWire(), actionId, out _);
        }
        finally
        {
            _select.Reset();
        }
    }

    /// <summary>Reads a row of <see cref="Columns"/>.</summary>
    internal static LearnedEntry Read(Statement row) => new(
        row.String(0) == "path" ? LearnedKind.Path : LearnedKind.Domain,
        row.String(1), row.String(2), row.String(3), row.String(4), row.String(5), row.StringOrNull(6));

    /// <summary>
    /// Digest of the rows of one kind and action, from the present or next row on. <paramref name="rows"/> is sorted by them, then by value.
    /// </summary>
    /// <param name="writer">Writes the text that is hashed.</param>
    /// <param name="rows">Rows of <see cref="Columns"/>, before the first one.</param>
    /// <param name="kind">Rows of this kind.</param>
    /// <param name="actionId">Rows of this action.</param>
    /// <param name="count">How many there were.</param>
    private static Sha256Digest DigestOf(CanonicalWriter writer, Statement rows, string kind, string actionId, out int count)
    {
        writer.Reset().BeginObject().Member("action_id"u8, actionId).Name("entries"u8).BeginArray();
        for (count = 0; rows.Step(); count++)
        {
            writer.BeginObject()
                .Member("added_at"u8, rows.String(4))
                .Member("added_by"u8, rows.String(3))
                .Member("approval_id"u8, rows.StringOrNull(6))
                .Member("source"u8, rows.String(5))
                .Member("value"u8, rows.String(2))
                .End();
        }

        return writer.End().Member("kind"u8, kind).End().Finish().Digest;
    }

    /// <summary>Compares the table with what events said last; null when they agree, else what differs.</summary>
    /// <param name="database">The ledger.</param>
    /// <param name="expected">For each "kind action" of which an event speaks, the digest in the last one.</param>
    internal static string? Difference(Database database, Dictionary<string, Sha256Digest> expected)
    {
        using var writer = new CanonicalWriter();
        using var select = database.PrepareOnce($"SELECT {Columns} FROM learned_destinations WHERE kind = ? AND action_id = ? ORDER BY value");
        long vouched = 0;
        foreach (var (name, digest) in expected)
        {
            var blank = name.IndexOf(' ', StringComparison.Ordinal);
            var (kind, action) = (name[..blank], name[(blank + 1)..]);
            var actual = DigestOf(writer, select.Text(kind).Text(action), kind, action, out var count);
            select.Reset();
            vouched += count;
            if (actual != digest)
            {
                return $"learned {kind}s of {action}";
            }
        }

        return database.Scalar("SELECT count(*) FROM learned_destinations") == vouched ? null : "learned destinations of an action that no event names";
    }
}
