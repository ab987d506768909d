using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Intents. An intent's row is also the consumption of its grant: there is no second one for a grant.</summary>
internal sealed class IntentTable(Database database)
{
    private readonly Statement _isConsumed = database.Prepare("SELECT 1 FROM intents WHERE grant_id = ?");
    private readonly Statement _find = database.Prepare("SELECT seq, trace_id, started_at FROM intents WHERE grant_id = ?");
    private readonly Statement _insert = database.Prepare("INSERT INTO intents(seq, grant_id, trace_id, started_at, body) VALUES(?, ?, ?, ?, ?)");
    private readonly Statement _open = database.Prepare("INSERT INTO open_intents(seq) VALUES(?)");
    private readonly Statement _close = database.Prepare("DELETE FROM open_intents WHERE seq = ?");

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

    /// <summary>The intent of a grant, if there is one.</summary>
    internal bool TryFind(string grantId, out long seq, out string traceId, out string startedAt)
    {
        try
        {
            var found = _find.Text(grantId).Step();
            (seq, traceId, startedAt) = found ? (_find.Int64(0), _find.String(1), _find.String(2)) : (0, "", "");
            return found;
        }
        finally
        {
            _find.Reset();
        }
    }

    internal void Insert(IntentRecord intent, CanonicalBytes canonical, long seq)
    {
        _insert.Integer(seq).Text(intent.GrantId).Text(intent.TraceId).Text(WireTime.Format(intent.StartedAt)).Blob(canonical.Span).Run();
        _open.Integer(seq).Run();
    }

    /// <summary>Takes an intent off those that wait for their outcome; false when it has one already.</summary>
    internal bool TryResolve(long seq) => _close.Integer(seq).Run() == 1;
}
