using LatchGate.Budgets;
using LatchGate.Crypto;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>What principals have spent (reference/kernel.md D-33). Kept for as long as the ledger: a new lease or a restart gives nothing back.</summary>
internal sealed class BudgetUsageTable(Database database, CanonicalWriter writer)
{
    internal const string Select = "SELECT state FROM principal_budgets WHERE principal = ?";

    private readonly Statement _select = database.Prepare(Select);

    private readonly Statement _store = database.Prepare(
        "INSERT INTO principal_budgets(principal, state) VALUES(?, ?) ON CONFLICT(principal) DO UPDATE SET state = excluded.state");

    internal PrincipalUsage Find(string principal) => Find(_select, principal) ?? new PrincipalUsage();

    /// <summary>Stores what is spent now.</summary>
    /// <returns>Digest of the stored text, for the event.</returns>
    internal Sha256Digest Store(string principal, PrincipalUsage usage)
    {
        var text = usage.ToCanonical(writer);
        _store.Text(principal).Blob(text.Span).Run();
        return text.Digest;
    }

    /// <exception cref="DatabaseException">The row does not hold what this code wrote; nothing is let through on it.</exception>
    internal static PrincipalUsage? Find(Statement select, string principal)
    {
        try
        {
            if (!select.Text(principal).Step())
            {
                return null;
            }

            return PrincipalUsage.TryRead(select.Bytes(0), out var usage)
                ? usage
                : throw new DatabaseException(SQLitePCL.raw.SQLITE_CORRUPT, "A budget holds values that no gate writes.");
        }
        finally
        {
            select.Reset();
        }
    }

    /// <summary>Compares the table with what events said last; null when they agree, else what differs.</summary>
    /// <param name="database">The ledger.</param>
    /// <param name="expected">For each principal of which an event speaks, the digest in the last one.</param>
    internal static string? Difference(Database database, Dictionary<string, Sha256Digest> expected)
    {
        using var rows = database.PrepareOnce("SELECT principal, state FROM principal_budgets");
        var seen = 0;
        for (; rows.Step(); seen++)
        {
            if (!expected.TryGetValue(rows.String(0), out var digest) || Sha256Digest.Of(rows.Bytes(1)) != digest)
            {
                return $"budget of principal {rows.String(0)}";
            }
        }

        return seen == expected.Count ? null : "budgets of principals are missing";
    }
}
