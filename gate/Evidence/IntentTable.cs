using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Intents and the grants they consume.</summary>
internal sealed class IntentTable(Database database)
{
    private readonly Statement _isConsumed = database.Prepare("SELECT 1 FROM consumed_grants WHERE grant_id = ?");
    private readonly Statement _consume = database.Prepare(
        "INSERT INTO consumed_grants(grant_id, action_id, principal, consumed_at) VALUES(?, ?, ?, ?)");

    private readonly Statement _insert = database.Prepare(
        "INSERT INTO intents(grant_id, trace_id, started_at, seq, body) VALUES(?, ?, ?, ?, ?)");

    private readonly Statement _resolve = database.Prepare(
        "UPDATE intents SET receipt_id = ? WHERE grant_id = ? AND receipt_id IS NULL");

    internal bool IsConsumed(string grantId)
    {
        try
        {
            return _isConsumed.Text(grantId).Step();
        }
        finally
        {
            _isConsumed.Reset();
        }
    }

    internal void Insert(IntentRecord intent, CanonicalBytes canonical, long seq)
    {
        var startedAt = WireTime.Format(intent.StartedAt);
        _consume.Text(intent.GrantId).Text(intent.ActionId).Text(intent.Principal).Text(startedAt).Run();
        _insert.Text(intent.GrantId).Text(intent.TraceId).Text(startedAt).Integer(seq).Blob(canonical.Span).Run();
    }

    /// <summary>Gives an unresolved intent its receipt; false when it has one already.</summary>
    internal bool TryResolve(string grantId, string receiptId) => _resolve.Text(receiptId).Text(grantId).Run() == 1;
}
