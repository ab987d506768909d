using LatchGate.Crypto;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Checks the tables that hold state: each row must be what the last event about it says.</summary>
internal sealed class StateCheck(Database database, ChainState state)
{
    /// <summary>Compares the tables with what was remembered; null when they agree.</summary>
    /// <param name="records">What was counted while the events were read.</param>
    internal LedgerDefect? Check(RecordCheck records)
    {
        return CheckApprovals() ?? CheckBudgets() ?? CheckUsage() ?? CheckEgressUsage() ?? CheckLearned() ?? CheckRevocations()
            ?? CheckCount("intents", records.Intents)
            ?? CheckCount("receipts", records.Receipts)
            ?? CheckCount("open_intents", records.Intents - records.Receipts - records.Resolved)
            ?? CheckCount(
                "open_intents WHERE seq IN (SELECT seq FROM intents) AND seq NOT IN (SELECT intent_seq FROM receipts)",
                records.Intents - records.Receipts - records.Resolved);
    }

    private LedgerDefect? CheckApprovals()
    {
        using var writer = new CanonicalWriter();
        using var rows = database.PrepareOnce($"SELECT {ApprovalTable.Columns} FROM approvals");
        while (rows.Step())
        {
            var approval = ApprovalTable.Read(rows);
            if (!state.Approvals.Remove(approval.ApprovalId, out var digest))
            {
                return new LedgerDefect(LedgerDefectKind.RowNotVouched, 0, approval.TraceId, $"approval {approval.ApprovalId}");
            }

            if (approval.ToCanonical(writer).Digest != digest)
            {
                return new LedgerDefect(LedgerDefectKind.ApprovalChanged, 0, approval.TraceId, $"approval {approval.ApprovalId}");
            }
        }

        foreach (var missing in state.Approvals.Keys)
        {
            return new LedgerDefect(LedgerDefectKind.ApprovalChanged, 0, "", $"approval {missing} is missing");
        }

        return LedgerSchema.HasClearPlans(database) ? CheckClearPlans() : null;
    }

    // A file of an earlier build, as it is: a plan's own hash is in its approval.
    private LedgerDefect? CheckClearPlans()
    {
        using var rows = database.PrepareOnce("SELECT approval_id, trace_id, plan, plan_hash FROM main.approvals");
        while (rows.Step())
        {
            if (rows.Digest(3) != Sha256Digest.Of(rows.Bytes(2)))
            {
                return new LedgerDefect(LedgerDefectKind.ApprovalChanged, 0, rows.String(1), $"the plan of approval {rows.String(0)}");
            }
        }

        return null;
    }

    private LedgerDefect? CheckBudgets()
    {
        // A missing row is not a defect: ended sessions are purged, and without a row nothing is allowed.
        using var rows = database.PrepareOnce("SELECT session_id, calls_remaining, created_at, expires_at FROM session_budgets");
        while (rows.Step())
        {
            long? calls = rows.IsNull(1) ? null : rows.Int64(1);
            if (!state.Budgets.TryGetValue(rows.String(0), out var expected))
            {
                return new LedgerDefect(LedgerDefectKind.RowNotVouched, 0, "", $"budget of session {rows.String(0)}");
            }

            if (expected.Calls != calls || expected.CreatedAt != rows.String(2) || expected.ExpiresAt != rows.String(3))
            {
                return new LedgerDefect(LedgerDefectKind.BudgetChanged, expected.Seq, "", $"budget of session {rows.String(0)}");
            }
        }

        return null;
    }

    private LedgerDefect? CheckUsage() => BudgetUsageTable.Difference(database, state.Usage) is { } different
        ? new LedgerDefect(LedgerDefectKind.BudgetChanged, 0, "", different)
        : null;

    private LedgerDefect? CheckEgressUsage() => EgressUsageTable.Difference(database, state.Egress) is { } different
        ? new LedgerDefect(LedgerDefectKind.BudgetChanged, 0, "", different)
        : null;

    private LedgerDefect? CheckLearned() => LearnedTable.Difference(database, state.Learned) is { } different
        ? new LedgerDefect(LedgerDefectKind.LearnedChanged, 0, "", different)
        : null;

    private LedgerDefect? CheckRevocations() => RevocationTable.Holds(database, state.Revocations)
        ? null
        : new LedgerDefect(LedgerDefectKind.RevocationsChanged, 0, "", "what is revoked");

    private LedgerDefect? CheckCount(string table, long expected) => database.Scalar($"SELECT count(*) FROM {table}") == expected
        ? null
        : new LedgerDefect(LedgerDefectKind.RowNotVouched, 0, "", $"{table} holds rows that no event vouches for, or lacks some");
}
