using System.Buffers;
using System.Text.Json;
using LatchGate.Json;
using LatchGate.Storage;
using LatchGate.Webhooks;

namespace LatchGate.Evidence;

/// <summary>
/// Events on their way to webhooks, as the ledger's writer sees them: each is stored in the transaction of the ledger's event that caused
/// it, so neither can be there without the other. No part of the evidence: the chain does not vouch for these rows.
/// </summary>
internal sealed class OutboxTable
{
    private readonly WebhookSubscriptions? _subscriptions;
    private readonly ArrayBufferWriter<byte> _text = new(1024);
    private readonly Utf8JsonWriter _json;
    private readonly Statement _count;
    private readonly Statement _insert;
    private readonly Statement _update;

    internal OutboxTable(Database database, WebhookSubscriptions? subscriptions)
    {
        _subscriptions = subscriptions;
        _json = new Utf8JsonWriter(_text, JsonOutput.Options);
        _count = database.Prepare("SELECT count(*) FROM webhook_outbox WHERE state = 'pending' AND endpoint = ?");
        _insert = database.Prepare(
            """
            INSERT INTO webhook_outbox(event_id, endpoint, type, state, created_at, due_at, attempts, envelope)
            VALUES(?, ?, ?, 'pending', ?, ?, 0, ?)
            """);

        // What an operator decided meanwhile stands.
        _update = database.Prepare(
            "UPDATE webhook_outbox SET state = ?, attempts = ?, due_at = ?, ended_at = ?, status = ?, error = ? WHERE id = ? AND state = 'pending'");
    }

    /// <summary>Stores what an event of the ledger means to the endpoints. Nothing at all where nobody subscribed to it.</summary>
    /// <param name="e">The event, as it was appended.</param>
    /// <param name="seq">Its place in the chain.</param>
    /// <param name="tables">The ledger, with the records that the event vouches for.</param>
    /// <param name="isNewApproval">Whether the event changed an approval's record.</param>
    internal void Append(AuditEvent e, long seq, LedgerTables tables, bool isNewApproval)
    {
        if (_subscriptions is not { } subscriptions)
        {
            return;
        }

        var wanted = WebhookEnvelope.TypesOf(e, isNewApproval) & subscriptions.Wanted;
        for (var rest = (int)wanted; rest != 0; rest &= rest - 1)
        {
            var type = (WebhookEvent)(rest & -rest);
            var id = WebhookEnvelope.NewId(tables.Now);
            _text.ResetWrittenCount();
            _json.Reset(_text);
            WebhookEnvelope.Write(_json, new WebhookEnvelope.Head(id, type, tables.Now), e, seq, ApprovalOf(type, e, tables));
            _json.Flush();
            foreach (var endpoint in subscriptions.Endpoints)
            {
                if ((endpoint.Config.Events & type) != 0)
                {
                    Insert(endpoint, id, type, tables.Now.ToUnixTimeMilliseconds());
                }
            }
        }
    }

    /// <summary>Stores what attempts have changed.</summary>
    internal void Apply(IReadOnlyList<DeliveryChange> changes)
    {
        for (var i = 0; i < changes.Count; i++)
        {
            var change = changes[i];
            var at = change.At.ToUnixTimeMilliseconds();
            _update.Text(change.State.ToWire()).Integer(change.Attempts).Integer(at)
                .Integer(change.State == DeliveryState.Pending ? (long?)null : at).Integer(change.Status).Text(change.Error).Integer(change.Id).Run();
        }
    }

    /// <summary>Remembers what endpoints have counted, before one piece of work.</summary>
    internal void Mark() => Each(static endpoint => endpoint.Mark());

    /// <summary>Forgets what was counted since: the work is undone.</summary>
    internal void ReturnToMark() => Each(static endpoint => endpoint.ReturnToMark());

    /// <summary>Forgets what was counted since the last commit: all of it is undone.</summary>
    internal void Reload() => Each(static endpoint => endpoint.Reload());

    /// <summary>What was counted since the last commit stands.</summary>
    internal void Committed() => Each(static endpoint => endpoint.Committed());

    private void Each(Action<WebhookEndpoint> act)
    {
        if (_subscriptions is { } subscriptions)
        {
            foreach (var endpoint in subscriptions.Endpoints)
            {
                act(endpoint);
            }
        }
    }

    private void Insert(WebhookEndpoint endpoint, string id, WebhookEvent type, long now)
    {
        if (!endpoint.HasRoomFor(type) && (endpoint.StaysFullFor(type) || !endpoint.TakeRoomFor(type, CountPending(endpoint.Name))))
        {
            return;
        }

        _insert.Text(id).Text(endpoint.Name).Text(type.ToWire()).Integer(now).Integer(now).Blob(_text.WrittenSpan).Run();
        endpoint.Stored();
    }

    private long CountPending(string endpoint)
    {
        try
        {
            return _count.Text(endpoint).Step() ? _count.Int64(0) : 0;
        }
        finally
        {
            _count.Reset();
        }
    }

    private static StoredApproval? ApprovalOf(WebhookEvent type, AuditEvent e, LedgerTables tables) =>
        type is WebhookEvent.ApprovalPending or WebhookEvent.ApprovalExpired && e.ApprovalId is { } id ? tables.Approvals.Find(id) : null;
}
