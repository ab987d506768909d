using LatchGate.Budgets;
using LatchGate.Evidence.Segments;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>Reads committed evidence over a connection of its own, so that readers never wait for the writer.</summary>
public sealed class LedgerReader : IDisposable
{
    private readonly Database _database;
    private readonly Statement _receipt;
    private readonly Statement _budget;
    private readonly Statement _usage;
    private readonly Statement _approval;
    private readonly Statement _eventsFrom;

    internal LedgerReader(string path) : this(Database.Open(path, DatabaseAccess.ReadOnly))
    {
    }

    private LedgerReader(Database database)
    {
        _database = database;
        _database.Execute("PRAGMA cache_size=-8000");
        _receipt = _database.Prepare("SELECT receipt_id, principal, session_id, body, signature, kid FROM receipts WHERE receipt_id = ?");
        _budget = _database.Prepare("SELECT calls_remaining, expires_at FROM session_budgets WHERE session_id = ?");
        _usage = _database.Prepare(BudgetUsageTable.Select);
        _approval = _database.Prepare($"SELECT {ApprovalTable.Columns} FROM approvals WHERE approval_id = ?");
        _eventsFrom = _database.Prepare("SELECT seq, body, hash FROM events WHERE seq >= ? ORDER BY seq LIMIT ?");
    }

    /// <summary>Reads a file without its gate, or beside it: of any version, also where nothing may be written beside it.</summary>
    /// <exception cref="DatabaseException">The file cannot be read, or is no ledger of a known version.</exception>
    internal static LedgerReader OpenFile(string path)
    {
        var database = Database.OpenForReading(path);
        try
        {
            return LedgerSchema.TryRead(database, out var version)
                ? new LedgerReader(database)
                : throw new DatabaseException(
                    SQLitePCL.raw.SQLITE_NOTADB, $"its schema has version {version}; this build knows 1 to {LedgerSchema.Version}");
        }
        catch (DatabaseException)
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Events in the chain.</summary>
    public long CountEvents() => _database.Scalar("SELECT ifnull(max(seq), 0) FROM events");

    /// <summary>Events up to this one are in segment files; 0 when none are.</summary>
    public long SealedThrough() => SegmentTable.Last(_database)?.Record?.LastSeq ?? 0;

    /// <summary>The segment that a record with this id is in, if there is such a record; null when it would be in the ledger.</summary>
    internal SegmentRecord? SegmentOf(string id) => SegmentTable.Of(_database, id);

    /// <summary>A receipt, or null. With <paramref name="principal"/>, also null when it is another principal's (D-29).</summary>
    public StoredReceipt? FindReceipt(string receiptId, string? principal = null)
    {
        try
        {
            return _receipt.Text(receiptId).Step() && (principal is null || _receipt.String(1) == principal)
                ? new StoredReceipt(
                    _receipt.String(0), _receipt.String(1), _receipt.String(2), _receipt.Bytes(3).ToArray(), _receipt.Bytes(4).ToArray(), _receipt.String(5))
                : null;
        }
        finally
        {
            _receipt.Reset();
        }
    }

    /// <summary>A session's budget; null when it has none or has ended at <paramref name="now"/>.</summary>
    public BudgetSnapshot? FindBudget(string sessionId, DateTimeOffset now) =>
        BudgetTable.TryGet(_budget, sessionId, out var snapshot) && snapshot.ExpiresAt > now ? snapshot : null;

    /// <summary>What a principal has spent when it last made a call; null when nothing was counted.</summary>
    internal PrincipalUsage? FindUsage(string principal) => BudgetUsageTable.Find(_usage, principal);

    /// <summary>What was used under a rule's caps on the last day that anything was; null when nothing ever was.</summary>
    internal Egress.Caps.DayUsage? FindEgressUsage(Egress.Caps.CapKey key) => EgressUsageTable.Find(_database, key);

    /// <summary>Principals of which calls were counted, sorted.</summary>
    /// <param name="limit">At most this many.</param>
    internal IReadOnlyList<string> CountedPrincipals(int limit)
    {
        using var rows = _database.PrepareOnce("SELECT principal FROM principal_budgets ORDER BY principal LIMIT ?");
        rows.Integer(limit);
        var principals = new List<string>();
        while (rows.Step())
        {
            principals.Add(rows.String(0));
        }

        return principals;
    }

    /// <summary>All revocations.</summary>
    public RevocationState ReadRevocations() => RevocationTable.Read(_database);

    /// <summary>An approval, or null.</summary>
    public StoredApproval? FindApproval(string approvalId)
    {
        try
        {
            return _approval.Text(approvalId).Step() ? ApprovalTable.Read(_approval) : null;
        }
        finally
        {
            _approval.Reset();
        }
    }

    /// <summary>Approvals without their plans, newest first.</summary>
    /// <param name="query">Which.</param>
    public IReadOnlyList<StoredApproval> ListApprovals(ApprovalQuery query) => ApprovalList.Read(_database, query);

    /// <summary>Learned destinations of a kind, sorted by action, then by time.</summary>
    /// <param name="kind">Hosts or paths.</param>
    /// <param name="actionId">Only of this action; null for all.</param>
    public IReadOnlyList<LearnedEntry> ListLearned(LearnedKind kind, string? actionId = null)
    {
        using var rows = _database.PrepareOnce(
            $"SELECT {LearnedTable.Columns} FROM learned_destinations WHERE kind = ? {(actionId is null ? "" : "AND action_id = ?")} ORDER BY action_id, added_at, value");
        rows.Text(kind.ToWire());
        _ = actionId is null ? rows : rows.Text(actionId);
        var entries = new List<LearnedEntry>();
        while (rows.Step())
        {
            entries.Add(LearnedTable.Read(rows));
        }

        return entries;
    }

    /// <summary>When the approval that waits longest for a decision was asked for; null when none waits.</summary>
    public DateTimeOffset? OldestPendingApproval()
    {
        using var rows = _database.PrepareOnce("SELECT min(created_at) FROM approvals WHERE state IN ('pending', 'claimed')");
        return rows.Step() && WireTime.TryParse(rows.String(0), out var since) ? since : null;
    }

    /// <summary>How many intents have no outcome.</summary>
    public long CountUnresolvedIntents() => _database.Scalar("SELECT count(*) FROM open_intents");

    /// <summary>Intents that have no outcome, oldest first.</summary>
    public IReadOnlyList<UnresolvedIntent> UnresolvedIntents() => UnresolvedIntents(_database);

    internal static IReadOnlyList<UnresolvedIntent> UnresolvedIntents(Database database)
    {
        using var rows = database.PrepareOnce("SELECT grant_id, trace_id, started_at, body FROM open_intents JOIN intents USING (seq) ORDER BY seq");
        var intents = new List<UnresolvedIntent>();
        while (rows.Step())
        {
            intents.Add(new UnresolvedIntent(rows.String(0), rows.String(1), rows.String(2), rows.Bytes(3).ToArray()));
        }

        return intents;
    }

    /// <summary>Events on their way to webhooks, newest first, without their envelopes.</summary>
    internal IReadOnlyList<Delivery> ListDeliveries(DeliveryQuery query) => OutboxRows.List(_database, query);

    /// <summary>Events for an endpoint that are due, in the order in which they are to be sent.</summary>
    internal IReadOnlyList<Delivery> DueDeliveries(string endpoint, DateTimeOffset now, DateTimeOffset horizon, int limit) =>
        OutboxRows.Due(_database, endpoint, now, horizon, limit);

    /// <summary>When an event for an endpoint is due next; null when none waits.</summary>
    internal DateTimeOffset? NextDelivery(string endpoint) => OutboxRows.NextDue(_database, endpoint);

    /// <summary>How many events wait, and how many were given up, by endpoint.</summary>
    internal IReadOnlyList<DeliveryCount> CountDeliveries() => OutboxRows.Count(_database);

    /// <summary>Events that match, newest first.</summary>
    public IReadOnlyList<StoredEvent> QueryEvents(EventQuery query) => EventRows.Query(_database, query);

    /// <summary>Up to <paramref name="limit"/> events from a place in the chain on, in order: for export and streaming.</summary>
    public IReadOnlyList<StoredEvent> EventsFrom(long seq, int limit)
    {
        try
        {
            return EventRows.Collect(_eventsFrom.Integer(seq).Integer(limit));
        }
        finally
        {
            _eventsFrom.Reset();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();
}
