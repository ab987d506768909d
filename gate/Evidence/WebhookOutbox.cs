using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>
/// What becomes of events on their way to webhooks, written by the ledger's one writer: never on the way of a call, and what comes together
/// shares a commit.
/// </summary>
internal sealed class WebhookOutbox(GroupCommit writer, LedgerTables tables, Database database)
{
    /// <summary>Delivered events are kept this long, for operators to look at.</summary>
    internal static readonly TimeSpan DeliveredKept = TimeSpan.FromDays(7);

    /// <summary>Delivered events that are kept at most.</summary>
    internal const int MostDelivered = 10_000;

    /// <summary>Dead letters that are kept for each endpoint at most; the oldest give way.</summary>
    internal const int MostDead = 10_000;

    // So that one commit stays short.
    private const int PurgeBatch = 500;

    /// <summary>
    /// Completes when what was being written when it was called is committed: a reader then sees it. A worker is woken by a write that is not
    /// committed yet.
    /// </summary>
    internal ValueTask<Written<bool>> FenceAsync() => writer.RunAsync(static () => true, beyondCapacity: true);

    /// <summary>Records what attempts have changed, in one commit.</summary>
    /// <param name="changes">Must stay unchanged until the returned task is done.</param>
    internal ValueTask<Written<int>> RecordAsync(IReadOnlyList<DeliveryChange> changes) => writer.RunAsync(
        () =>
        {
            tables.Outbox.Apply(changes);
            return changes.Count;
        },
        beyondCapacity: true);

    /// <summary>Gives up what waits for endpoints that are not configured any more.</summary>
    /// <param name="endpoints">The names of those that are, disabled ones among them.</param>
    /// <returns>How many events.</returns>
    internal ValueTask<Written<int>> AbandonAsync(string[] endpoints) => writer.RunAsync(() =>
    {
        var count = 0;
        foreach (var orphan in PendingEndpoints())
        {
            if (Array.IndexOf(endpoints, orphan) < 0)
            {
                using var update = database.PrepareOnce(
                    "UPDATE webhook_outbox SET state = 'dead', ended_at = ?, error = 'endpoint_removed' WHERE state = 'pending' AND endpoint = ?");
                count += update.Integer(tables.Now.ToUnixTimeMilliseconds()).Text(orphan).Run();
            }
        }

        return count;
    });

    /// <summary>Lets dead letters be sent again, from the first attempt on, with its event. Those that nobody would send stay.</summary>
    /// <param name="id">Which one; null for all.</param>
    /// <param name="endpoint">Only those of this endpoint; null for any.</param>
    /// <param name="configured">The names of the endpoints that are configured, disabled ones among them.</param>
    /// <param name="announcement">Who does it; the count is filled in.</param>
    /// <returns>How many; nothing is recorded when it is none.</returns>
    internal ValueTask<Written<int>> ReplayAsync(long? id, string? endpoint, string[] configured, AuditEvent announcement) => ChangeAsync(
        "UPDATE webhook_outbox SET state = 'pending', attempts = 0, due_at = ?3, ended_at = NULL",
        id,
        endpoint,
        endpoint is null ? configured : Array.FindAll(configured, name => name == endpoint),
        announcement);

    /// <summary>Removes dead letters, with its event.</summary>
    /// <param name="id">Which one; null for all.</param>
    /// <param name="endpoint">Only those of this endpoint; null for any.</param>
    /// <param name="announcement">Who does it; the count is filled in.</param>
    /// <returns>How many; nothing is recorded when it is none.</returns>
    internal ValueTask<Written<int>> PurgeAsync(long? id, string? endpoint, AuditEvent announcement) =>
        ChangeAsync("DELETE FROM webhook_outbox", id, endpoint, [endpoint], announcement);

    /// <summary>Records that an operator tested an endpoint.</summary>
    internal ValueTask<Written<long>> RecordTestAsync(AuditEvent announcement, string endpoint) => writer.RunAsync(() =>
        tables.Append(announcement with { Detail = tables.Writer.Reset().BeginObject().Member("endpoint"u8, endpoint).End().Finish() }, default));

    /// <summary>Removes what was delivered long ago, and the oldest of too many.</summary>
    /// <returns>How many dead letters gave way.</returns>
    internal async ValueTask<Written<int>> SweepAsync()
    {
        Written<int> removed;
        do
        {
            removed = await writer.RunAsync(SweepDelivered).ConfigureAwait(false);
        }
        while (removed is { IsDurable: true, Value: PurgeBatch });

        return removed.IsDurable ? await writer.RunAsync(SweepDead).ConfigureAwait(false) : removed;
    }

    private int SweepDelivered()
    {
        using var delete = database.PrepareOnce(
            """
            DELETE FROM webhook_outbox WHERE id IN (
                SELECT id FROM webhook_outbox WHERE state <> 'pending' AND state = 'delivered' AND (ended_at < ?1 OR id <= ifnull(
                    (SELECT id FROM webhook_outbox WHERE state = 'delivered' ORDER BY id DESC LIMIT 1 OFFSET ?2), -1)) LIMIT ?3)
            """);
        return delete.Integer((tables.Now - DeliveredKept).ToUnixTimeMilliseconds()).Integer(MostDelivered).Integer(PurgeBatch).Run();
    }

    private int SweepDead()
    {
        var count = 0;
        foreach (var letters in OutboxRows.Count(database))
        {
            if (letters.Dead > MostDead)
            {
                using var delete = database.PrepareOnce(
                    "DELETE FROM webhook_outbox WHERE id IN (SELECT id FROM webhook_outbox WHERE state <> 'pending' AND state = 'dead' AND endpoint = ? ORDER BY ended_at, id LIMIT ?)");
                count += delete.Text(letters.Endpoint).Integer(Math.Min(letters.Dead - MostDead, PurgeBatch)).Run();
            }
        }

        return count;
    }

    private List<string> PendingEndpoints()
    {
        var names = new List<string>();
        foreach (var count in OutboxRows.Count(database))
        {
            if (count.Pending > 0)
            {
                names.Add(count.Endpoint);
            }
        }

        return names;
    }

    private ValueTask<Written<int>> ChangeAsync(
        string change, long? id, string? endpoint, string?[] among, AuditEvent announcement) => writer.RunAsync(() =>
    {
        using var statement = database.PrepareOnce(
            change + " WHERE state <> 'pending' AND state = 'dead' AND (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR endpoint = ?2) AND ?3 > 0");
        var count = 0;
        foreach (var name in among)
        {
            count += statement.Integer(id).Text(name).Integer(tables.Now.ToUnixTimeMilliseconds()).Run();
        }

        if (count > 0)
        {
            var json = tables.Writer.Reset().BeginObject().Member("count"u8, count);
            json = id is { } one ? json.Member("delivery"u8, one) : json;
            tables.Append(announcement with { Detail = json.Optional("endpoint"u8, endpoint).End().Finish() }, default);
        }

        return count;
    });
}
