using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>A session's budget.</summary>
/// <param name="CallsRemaining">Calls left; null when the session has no bound.</param>
/// <param name="ExpiresAt">When the session's record ends.</param>
public readonly record struct BudgetSnapshot(long? CallsRemaining, DateTimeOffset ExpiresAt);

/// <summary>Budgets of sessions (reference/kernel.md §7). Calls only; null is unlimited (D-31).</summary>
internal sealed class BudgetTable(Database database)
{
    private readonly Statement _insert = database.Prepare(
        "INSERT INTO session_budgets(session_id, calls_remaining, created_at, expires_at) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING");

    private readonly Statement _select = database.Prepare("SELECT calls_remaining, expires_at FROM session_budgets WHERE session_id = ?");

    private readonly Statement _debit = database.Prepare(
        "UPDATE session_budgets SET calls_remaining = calls_remaining - 1 WHERE session_id = ? AND calls_remaining > 0");

    private readonly Statement _purge = database.Prepare("DELETE FROM session_budgets WHERE expires_at <= ?");

    internal bool TryInsert(string sessionId, long? calls, DateTimeOffset now, DateTimeOffset expiresAt) =>
        _insert.Text(sessionId).Integer(calls).Text(WireTime.Format(now)).Text(WireTime.Format(expiresAt)).Run() == 1;

    internal bool TryGet(string sessionId, out BudgetSnapshot snapshot) => TryGet(_select, sessionId, out snapshot);

    internal static bool TryGet(Statement select, string sessionId, out BudgetSnapshot snapshot)
    {
        snapshot = default;
        try
        {
            if (!select.Text(sessionId).Step() || !WireTime.TryParse(select.String(1), out var expiresAt))
            {
                return false;
            }

            snapshot = new BudgetSnapshot(select.IsNull(0) ? null : select.Int64(0), expiresAt);
            return true;
        }
        finally
        {
            select.Reset();
        }
    }

    /// <summary>Takes one call.</summary>
    /// <returns><see cref="IntentOutcome.Recorded"/>, or why there is none to take.</returns>
    internal IntentOutcome TryDebit(string sessionId, DateTimeOffset now, out BudgetDebit debit)
    {
        debit = default;
        if (!TryGet(sessionId, out var budget) || budget.ExpiresAt <= now)
        {
            return IntentOutcome.BudgetSessionNotFound;
        }

        if (budget.CallsRemaining is not { } before)
        {
            return IntentOutcome.Recorded;
        }

        if (_debit.Text(sessionId).Run() == 0)
        {
            return IntentOutcome.BudgetExhausted;
        }

        debit = new BudgetDebit(before, before - 1);
        return IntentOutcome.Recorded;
    }

    internal int Purge(DateTimeOffset now) => _purge.Text(WireTime.Format(now)).Run();
}
