using System.Text;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Reads the outbox of webhooks.</summary>
internal static class OutboxRows
{
    private const string Columns = "id, event_id, endpoint, type, state, created_at, due_at, attempts, ended_at, status, error";

    /// <summary>What is due now; where that is nothing, what is due after <paramref name="horizon"/>, where no delay ends: the clock was set back.</summary>
    internal static List<Delivery> Due(Database database, string endpoint, DateTimeOffset now, DateTimeOffset horizon, int limit) =>
        Due(database, "due_at <= ?", endpoint, now, limit) is { Count: > 0 } due ? due : Due(database, "due_at > ?", endpoint, horizon, limit);

    internal static DateTimeOffset? NextDue(Database database, string endpoint)
    {
        using var rows = database.PrepareOnce("SELECT min(due_at) FROM webhook_outbox WHERE state = 'pending' AND endpoint = ?");
        return rows.Text(endpoint).Step() && !rows.IsNull(0) ? DateTimeOffset.FromUnixTimeMilliseconds(rows.Int64(0)) : null;
    }

    private static List<Delivery> Due(Database database, string condition, string endpoint, DateTimeOffset time, int limit)
    {
        using var rows = database.PrepareOnce(
            $"SELECT {Columns}, envelope FROM webhook_outbox WHERE state = 'pending' AND endpoint = ? AND {condition} ORDER BY due_at, id LIMIT ?");
        return Collect(rows.Text(endpoint).Integer(time.ToUnixTimeMilliseconds()).Integer(limit), withEnvelope: true);
    }

    internal static List<Delivery> List(Database database, DeliveryQuery query)
    {
        var sql = new StringBuilder($"SELECT {Columns} FROM webhook_outbox WHERE 1")
            .Append(query.State is null ? "" : " AND state = ?")
            .Append(query.Endpoint is null ? "" : " AND endpoint = ?")
            .Append(query.Before is null ? "" : " AND id < ?")
            .Append(" ORDER BY id DESC LIMIT ?");
        using var rows = database.PrepareOnce(sql.ToString());
        _ = query.State is { } state ? rows.Text(state.ToWire()) : rows;
        _ = query.Endpoint is { } endpoint ? rows.Text(endpoint) : rows;
        _ = query.Before is { } before ? rows.Integer(before) : rows;
        return Collect(rows.Integer(query.Limit), withEnvelope: false);
    }

    internal static List<DeliveryCount> Count(Database database)
    {
        using var rows = database.PrepareOnce(
            """
            SELECT endpoint, sum(state = 'pending'), sum(state = 'dead') FROM
                (SELECT endpoint, state FROM webhook_outbox WHERE state = 'pending'
                 UNION ALL SELECT endpoint, state FROM webhook_outbox WHERE state <> 'pending' AND state = 'dead')
            GROUP BY endpoint ORDER BY endpoint
            """);
        var counts = new List<DeliveryCount>();
        while (rows.Step())
        {
            counts.Add(new DeliveryCount(rows.String(0), rows.Int64(1), rows.Int64(2)));
        }

        return counts;
    }

    private static List<Delivery> Collect(Statement rows, bool withEnvelope)
    {
        var deliveries = new List<Delivery>();
        while (rows.Step())
        {
            _ = DeliveryStates.TryParse(rows.String(4), out var state);
            deliveries.Add(new Delivery
            {
                Id = rows.Int64(0),
                EventId = rows.String(1),
                Endpoint = rows.String(2),
                Type = rows.String(3),
                State = state,
                CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(rows.Int64(5)),
                DueAt = DateTimeOffset.FromUnixTimeMilliseconds(rows.Int64(6)),
                Attempts = (int)rows.Int64(7),
                EndedAt = rows.IsNull(8) ? null : DateTimeOffset.FromUnixTimeMilliseconds(rows.Int64(8)),
                Status = rows.IsNull(9) ? null : (int)rows.Int64(9),
                Error = rows.StringOrNull(10),
                Envelope = withEnvelope ? rows.Bytes(11).ToArray() : default,
            });
        }

        return deliveries;
    }
}
