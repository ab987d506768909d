using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Which approvals to list.</summary>
/// <param name="Now">What is pending and past its deadline at this time counts as expired.</param>
/// <param name="State">Only those in this state; null for all.</param>
/// <param name="Limit">At most this many, 1 or more.</param>
/// <param name="Principal">Only those of this principal that have not ended; then <paramref name="State"/> is not looked at.</param>
/// <param name="Before">Only those before this id, which is the last one of the page before; null for the first page.</param>
public sealed record ApprovalQuery(DateTimeOffset Now, ApprovalState? State, int Limit, string? Principal = null, string? Before = null);

/// <summary>
/// Lists approvals, newest first: identifiers are UUIDv7, so their order is that of time. Each question is one range of one index,
/// however many approvals there are.
/// </summary>
internal static class ApprovalList
{
    // Greater than any identifier: 'g' follows the hexadecimal digits.
    private const string End = "g";

    internal static List<StoredApproval> Read(Database database, ApprovalQuery query)
    {
        using var rows = database.PrepareOnce(SqlOf(query));
        if (query.Principal is { } principal)
        {
            rows.Text(principal);
        }
        else if (query.State is { } state)
        {
            rows.Text(state.ToWire());
        }

        rows.Text(query.Before ?? End);
        if (query.Principal is not null || query.State == ApprovalState.Pending)
        {
            rows.Text(WireTime.Format(query.Now));
        }

        var approvals = ApprovalTable.Collect(rows.Integer(query.Limit));
        if (query is { State: ApprovalState.Expired, Principal: null })
        {
            AddUnswept(database, query, approvals);
        }

        return approvals;
    }

    /// <summary>The statement of a question.</summary>
    internal static string SqlOf(ApprovalQuery query)
    {
        const string Select = $"SELECT {ApprovalTable.ColumnsWithoutPlan} FROM approvals";
        const string NewestFirst = "ORDER BY approval_id DESC LIMIT ?";
        return query switch
        {
            { Principal: not null } =>
                $"{Select} WHERE principal = ? AND {ApprovalTable.NotEnded} AND approval_id < ? AND (state <> 'pending' OR expires_at > ?) {NewestFirst}",
            { State: ApprovalState.Pending } => $"{Select} WHERE state = ? AND approval_id < ? AND expires_at > ? {NewestFirst}",
            { State: not null } => $"{Select} WHERE state = ? AND approval_id < ? {NewestFirst}",
            _ => $"{Select} WHERE approval_id < ? {NewestFirst}",
        };
    }

    // The sweep comes every few seconds; what it has not reached yet is expired all the same.
    private static void AddUnswept(Database database, ApprovalQuery query, List<StoredApproval> approvals)
    {
        using var rows = database.PrepareOnce(
            $"""
            SELECT {ApprovalTable.ColumnsWithoutPlan} FROM approvals INDEXED BY approvals_due
            WHERE {ApprovalTable.NotEnded} AND state = 'pending' AND expires_at <= ? AND approval_id < ? ORDER BY expires_at DESC LIMIT ?
            """);
        approvals.AddRange(ApprovalTable.Collect(rows.Text(WireTime.Format(query.Now)).Text(query.Before ?? End).Integer(query.Limit)));
        approvals.Sort(static (a, b) => string.CompareOrdinal(b.ApprovalId, a.ApprovalId));
        if (approvals.Count > query.Limit)
        {
            approvals.RemoveRange(query.Limit, approvals.Count - query.Limit);
        }
    }
}
