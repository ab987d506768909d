using System.Text;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Runs an <see cref="EventQuery"/> on a ledger's connection.</summary>
internal static class EventRows
{
    /// <summary>Events that match, newest first.</summary>
    internal static List<StoredEvent> Query(Database database, EventQuery query)
    {
        var sql = new StringBuilder("SELECT seq, body, hash FROM events WHERE 1");
        Span<(string Condition, string? Value)> filters =
        [
            (" AND trace_id = ?", query.TraceId),
            (" AND event_type = ?", query.EventType),
            (" AND action_id = ?", query.ActionId),
            (" AND principal = ?", query.Principal),
            (" AND session_id = ?", query.SessionId),
            (" AND decision = ?", query.Decision),
            (" AND timestamp > ?", query.After is { } after ? WireTime.Format(after) : null),
            (" AND timestamp < ?", query.Before is { } before ? WireTime.Format(before) : null),
        ];
        foreach (var (condition, value) in filters)
        {
            sql.Append(value is null ? "" : condition);
        }

        sql.Append(query.BeforeSeq is null ? "" : " AND seq < ?").Append(query.AfterSeq is null ? "" : " AND seq > ?").Append(" ORDER BY seq DESC LIMIT ?");
        using var rows = database.PrepareOnce(sql.ToString());
        foreach (var (_, value) in filters)
        {
            _ = value is null ? rows : rows.Text(value);
        }

        _ = query.BeforeSeq is { } last ? rows.Integer(last) : rows;
        _ = query.AfterSeq is { } first ? rows.Integer(first) : rows;
        rows.Integer(Math.Clamp(query.Limit, 1, EventQuery.MaxLimit));
        return Collect(rows);
    }

    /// <summary>The rows of a statement that selects <c>seq, body, hash</c>.</summary>
    internal static List<StoredEvent> Collect(Statement rows)
    {
        var events = new List<StoredEvent>();
        while (rows.Step())
        {
            events.Add(new StoredEvent(rows.Int64(0), rows.Bytes(1).ToArray(), rows.Digest(2)));
        }

        return events;
    }
}
