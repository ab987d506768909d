using LatchGate.Crypto;
using LatchGate.Evidence.Segments;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>
/// The ledger as its one writer sees it: prepared statements and the head of the chain. Used only inside a transaction.
/// </summary>
internal sealed class LedgerTables : ITransactionState
{
    private readonly Database _database;
    private readonly TimeProvider _time;
    private readonly CheckpointTable _checkpoints;
    private readonly Statement _insertEvent;
    private readonly Statement _selectHead;
    private ChainHead _head;
    private ChainHead _mark;
    private DateTimeOffset _latest;

    internal LedgerTables(Database database, Ed25519Signer signer, TimeProvider time, Webhooks.WebhookSubscriptions? webhooks = null)
    {
        (_database, _time) = (database, time);
        _checkpoints = new CheckpointTable(database, signer);
        Intents = new IntentTable(database);
        Receipts = new ReceiptTable(database);
        Budgets = new BudgetTable(database);
        Approvals = new ApprovalTable(database, Writer, new OpenApprovals(database));
        Learned = new LearnedTable(database, Writer);
        Usage = new BudgetUsageTable(database, Writer);
        Revocations = new RevocationTable(database, Writer);
        EgressUsage = new EgressUsageTable(database);
        Segments = new SegmentTable(database);
        Outbox = new OutboxTable(database, webhooks);
        _insertEvent = database.Prepare(
            """
            INSERT INTO events(seq, event_id, trace_id, timestamp, event_type, principal, session_id, action_id, decision, prev_hash, hash, body)
            VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, x''), ?, ?)
            """);
        _selectHead = database.Prepare("SELECT seq, hash, timestamp FROM events ORDER BY seq DESC LIMIT 1");
        Reload();
        OpenedAt = _head.Seq;
    }

    /// <summary>Events that were in the chain when this run opened it.</summary>
    internal long OpenedAt { get; }

    internal IntentTable Intents { get; }

    internal ReceiptTable Receipts { get; }

    internal BudgetTable Budgets { get; }

    internal ApprovalTable Approvals { get; }

    internal LearnedTable Learned { get; }

    internal BudgetUsageTable Usage { get; }

    internal RevocationTable Revocations { get; }

    internal EgressUsageTable EgressUsage { get; }

    internal SegmentTable Segments { get; }

    /// <summary>The key that signs checkpoints and segments.</summary>
    internal string KeyId => _checkpoints.KeyId;
    internal OutboxTable Outbox { get; }

    /// <summary>Marks every event: a relaxed posture is in force.</summary>
    internal bool DevMode { get; init; }

    /// <summary>One writer for all records, since one record is written at a time.</summary>
    internal CanonicalWriter Writer { get; } = new();

    /// <summary>The time of the present piece of work: one time for its event and its records.</summary>
    internal DateTimeOffset Now { get; private set; }

    /// <summary>
    /// The latest time that the chain is known to hold, or <see cref="Now"/> where that is later. What ends at a time is judged by this:
    /// a clock that was set back gives nothing more time, and brings nothing back.
    /// </summary>
    internal DateTimeOffset Latest => Now > _latest ? Now : _latest;

    /// <summary>The clock, for readers: <see cref="Now"/> is the writer's.</summary>
    internal DateTimeOffset ReadClock() => _time.GetUtcNow();

    /// <summary>Events in the chain.</summary>
    internal long Count => _head.Seq;

    /// <summary>Appends an event with the digests of the records that it vouches for.</summary>
    /// <returns>Its place in the chain.</returns>
    internal long Append(AuditEvent e, RecordDigests records)
    {
        var now = Now;
        var timestamp = WireTime.Format(now);
        var eventId = Uuid7.New(now);
        var seq = _head.Seq + 1;
        ChainedEvent.Write(Writer, DevMode ? e with { DevMode = true } : e, new ChainPlace(seq, eventId, timestamp, _head.Hash, records));
        var hash = Sha256Digest.Of(Writer.Complete);
        _insertEvent.Integer(seq).Text(eventId).Text(e.TraceId).Text(timestamp).Text(e.EventType).Text(e.Principal).Text(e.SessionId)
            .Text(e.ActionId).Text(e.Decision.ToWire()).Blob(_head.Hash is { } previous ? previous.Bytes : []).Blob(hash.Bytes)
            .Blob(Writer.Complete).Run();
        _head = new ChainHead(seq, hash, _head.CheckpointSeq);
        _latest = Latest;
        Outbox.Append(e, seq, this, records.Approval is not null);
        if (seq - _head.CheckpointSeq >= CheckpointTable.Interval)
        {
            WriteCheckpoint();
        }

        return seq;
    }

    /// <summary>Signs checkpoints with another key from now on.</summary>
    internal void UseSigner(Ed25519Signer signer) => _checkpoints.UseSigner(signer);

    /// <summary>Signs the record of a segment.</summary>
    internal byte[] Sign(Sha256Digest digest) => _checkpoints.Sign(digest);

    /// <summary>Signs the head, unless it is signed already.</summary>
    internal void WriteCheckpoint()
    {
        if (_head.Hash is { } hash && _head.CheckpointSeq != _head.Seq)
        {
            _checkpoints.Insert(_head.Seq, hash, WireTime.Format(Now));
            _head = _head with { CheckpointSeq = _head.Seq };
        }
    }

    /// <inheritdoc/>
    public void Mark()
    {
        (_mark, Now) = (_head, _time.GetUtcNow());
        Approvals.Open.Mark();
        Outbox.Mark();
    }

    /// <inheritdoc/>
    public void ReturnToMark()
    {
        _head = _mark;
        Approvals.Open.ReturnToMark();
        Outbox.ReturnToMark();
    }

    /// <inheritdoc/>
    public void Committed() => Outbox.Committed();

    /// <inheritdoc/>
    public void Reload()
    {
        Outbox.Reload();
        Approvals.Open.Reload();
        try
        {
            _head = _selectHead.Step()
                ? new ChainHead(_selectHead.Int64(0), _selectHead.Digest(1), _database.Scalar("SELECT max(seq) FROM checkpoints"))
                : default;
            if (_head.Hash is not null && WireTime.TryParse(_selectHead.String(2), out var time) && time > _latest)
            {
                _latest = time;
            }
        }
        finally
        {
            _selectHead.Reset();
        }
    }

    /// <summary>The last event, and the last event that is signed.</summary>
    private readonly record struct ChainHead(long Seq, Sha256Digest? Hash, long CheckpointSeq);
}
