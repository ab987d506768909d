using LatchGate.Crypto;
using LatchGate.Evidence.Segments;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>
/// The gate's evidence: a hash-chained, signed, durable record of what was intended, decided and done (SQLite, WAL). Writes complete when
/// the disk has confirmed their commit; commits are shared. Safe for concurrent use.
/// </summary>
public sealed class Ledger : IDisposable
{
    private readonly FileStream _lock;
    private readonly Database _database;
    private readonly LedgerTables _tables;
    private readonly GroupCommit _writer;
    private readonly LedgerReaderPool _readers;
    private bool _disposed;

    private Ledger(string path, FileStream exclusive, Database database, LedgerTables tables, LedgerOptions options)
    {
        (_lock, _database, _tables) = (exclusive, database, tables);
        LatestAtOpening = tables.Latest;
        Path = path;
        _writer = new GroupCommit(database, tables, options.QueueCapacity, options.Sync);
        _readers = new LedgerReaderPool(path);
        Outbox = new WebhookOutbox(_writer, tables, _database);
    }

    /// <summary>The database file.</summary>
    internal string Path { get; }

    /// <summary>Events on their way to webhooks.</summary>
    internal WebhookOutbox Outbox { get; }

    /// <summary>Whether a commit survives loss of power; false only with <see cref="LedgerOptions.AllowVolatile"/>.</summary>
    public bool IsDurable { get; private init; }

    /// <summary>The file system that holds the ledger.</summary>
    public string FileSystem { get; private init; } = "";

    /// <summary>The time of the last event when the ledger was opened, or that of the opening, where that was later.</summary>
    internal DateTimeOffset LatestAtOpening { get; }

    /// <summary>Why the last write did not reach the disk; null when it did (<c>LedgerWatch</c> tries again every second).</summary>
    public WriteFailure? Failure => _writer.Failure;

    /// <summary>The last failure of a write, over or not; each is an object of its own.</summary>
    internal WriteFailure? LastFailure => _writer.LastFailure;

    /// <summary>Why the write-ahead log cannot be moved to the ledger's file; null when it can. What is committed is durable meanwhile.</summary>
    internal string? CheckpointProblem => _writer.CheckpointProblem;

    /// <summary>Commits since the start: fewer than the writes when they shared.</summary>
    public long Commits => _writer.Commits;

    /// <summary>Writes since the start that were refused for a full queue, or that the disk did not take.</summary>
    public long WriteErrors => _writer.Unwritten;

    /// <summary>Hears how long each commit took; must not throw.</summary>
    internal Action<TimeSpan>? Committed
    {
        set => _writer.Committed = value;
    }

    /// <summary>Opens or makes the ledger at <paramref name="path"/> and takes it for this process alone.</summary>
    /// <exception cref="Pipeline.StartupException"><c>ledger_open_failed</c>: in use, damaged, not a ledger, or not durable.</exception>
    public static Ledger Open(string path, Ed25519Signer receiptSigner, TimeProvider time, LedgerOptions? options = null)
    {
        options ??= new LedgerOptions();
        var opened = LedgerOpening.Open(path, receiptSigner, time, options);
        return new Ledger(opened.Path, opened.Lock, opened.Database, opened.Tables, options)
        {
            IsDurable = opened.IsDurable,
            FileSystem = opened.FileSystem,
        };
    }

    /// <summary>Appends one event, never refused for a full queue: who appends bounds how many wait (the audit trail's batch).</summary>
    /// <returns>Its place in the chain.</returns>
    public ValueTask<Written<long>> AppendEventAsync(AuditEvent e) => _writer.RunAsync(() => _tables.Append(e, default), beyondCapacity: true);

    /// <summary>Appends events in their order, in one commit: all of them, or none.</summary>
    /// <param name="events">One or more; must stay unchanged until the returned task is done.</param>
    /// <returns>The place of the last one in the chain.</returns>
    public ValueTask<Written<long>> AppendEventsAsync(IReadOnlyList<AuditEvent> events)
    {
        ArgumentOutOfRangeException.ThrowIfZero(events.Count);
        return _writer.RunAsync(() =>
        {
            var seq = 0L;
            for (var i = 0; i < events.Count; i++)
            {
                seq = _tables.Append(events[i], default);
            }

            return seq;
        });
    }

    /// <summary>Commit 1: consumes the grant, debits the budget, moves the approval to executing, and writes the intent.</summary>
    public async ValueTask<IntentResult> RecordIntentAsync(IntentRecord intent, IntentConditions conditions = default)
    {
        var written = await _writer.RunAsync(() => RecordedIntent.Write(_tables, intent, conditions)).ConfigureAwait(false);
        return written.Fault switch
        {
            WriteFault.None => written.Value,
            WriteFault.Busy => new IntentResult(IntentOutcome.LedgerBusy, null),
            _ => new IntentResult(IntentOutcome.LedgerUnavailable, null),
        };
    }

    /// <summary>Commit 2: stores the receipt and its events, resolves the intent, and ends the approval.</summary>
    /// <param name="receipt">Names the recorded intent. A dispatched intent gets a receipt however it ended (D-24).</param>
    /// <param name="events">The outcome's event, which is given the receipt's id and digest; then any others.</param>
    /// <param name="approval">How the approval ends; null on the automatic path.</param>
    /// <exception cref="InvalidOperationException">The intent has an outcome already, or the approval is not held.</exception>
    public ValueTask<Written<DurableEvidence>> RecordOutcomeAsync(
        SignedReceipt receipt, IReadOnlyList<AuditEvent> events, ApprovalCompletion? approval = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(events.Count);

        // Each has an intent that was let in, so there are no more of them than executions under way; to refuse one would lose it.
        return _writer.RunAsync(() => DurableEvidence.Write(_tables, receipt, events, approval), beyondCapacity: true);
    }

    /// <summary>Sets a session's budget; false when it has one.</summary>
    /// <param name="sessionId">The lease's session.</param>
    /// <param name="calls">Calls that may be made, 0 or more; null for no bound.</param>
    /// <param name="expiresAt">When the session ends.</param>
    /// <param name="principal">Whose session it is.</param>
    /// <param name="traceId">The request that set it.</param>
    public ValueTask<Written<bool>> InitBudgetAsync(string sessionId, long? calls, DateTimeOffset expiresAt, string principal, string traceId)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(calls ?? 0);
        return _writer.RunAsync(() =>
        {
            var added = _tables.Budgets.TryInsert(sessionId, calls, _tables.Now, expiresAt);
            if (added)
            {
                _tables.Append(
                    new AuditEvent
                    {
                        TraceId = traceId,
                        EventType = EventTypes.BudgetSet,
                        Decision = AuditDecision.Allow,
                        Principal = principal,
                        SessionId = sessionId,
                        CallsAfter = calls,
                        Detail = _tables.Writer.Reset().BeginObject().Member("expires_at"u8, WireTime.Format(expiresAt)).End().Finish(),
                    },
                    default);
            }

            return added;
        });
    }

    /// <summary>Calls left to a session that has a budget; null when it has none or has ended.</summary>
    public long? CallsRemaining(string sessionId) => Read(reader => reader.FindBudget(sessionId, _tables.ReadClock()))?.CallsRemaining;

    /// <summary>Removes the budgets of sessions that have ended.</summary>
    /// <returns>How many.</returns>
    public ValueTask<Written<int>> PurgeBudgetsAsync() => _writer.RunAsync(() => _tables.Budgets.Purge(_tables.Now));

    /// <summary>Adds to what was used under a rule's caps, with its event; never refused for a full queue, for it belongs to a call under way.</summary>
    internal ValueTask<Written<long>> AddEgressUsageAsync(Egress.Caps.CapKey key, Egress.Caps.DayUsage change, string traceId) => _writer.RunAsync(
        () =>
        {
            var used = _tables.EgressUsage.Add(key, change);
            return _tables.Append(
                new AuditEvent
                {
                    TraceId = traceId,
                    EventType = EventTypes.EgressUsage,
                    Decision = AuditDecision.Allow,
                    Principal = key.Principal,
                    ActionId = key.Action,
                    Detail = EgressUsageTable.Describe(_tables.Writer, key, used),
                },
                default);
        },
        beyondCapacity: true);

    /// <summary>Approvals that have not ended.</summary>
    public int OpenApprovals => _tables.Approvals.Open.Total;

    /// <summary>Stores a pending approval, or joins the one of the same request (<see cref="StoredApproval.SameKey"/>) that has not ended.</summary>
    /// <param name="approval">Pending, under an id that is new.</param>
    /// <param name="announcement">The event of the request, either way.</param>
    /// <param name="bounds">How many may wait.</param>
    /// <param name="isRevoked">Whether an operator revoked the call's lease, session, principal or grant; asked in the transaction. Null asks nothing.</param>
    /// <exception cref="ArgumentException">The approval is not pending.</exception>
    /// <exception cref="InvalidOperationException">The id is taken.</exception>
    public ValueTask<Written<HeldCall>> HoldApprovalAsync(
        StoredApproval approval, AuditEvent announcement, ApprovalBounds bounds, Func<bool>? isRevoked = null)
    {
        if (approval.State != ApprovalState.Pending)
        {
            throw new ArgumentException("A new approval is pending.", nameof(approval));
        }

        return _writer.RunAsync(() => ApprovalTransitions.Hold(_tables, approval, announcement, bounds, isRevoked));
    }

    /// <summary>Gives a claim up before anything was done; false when the approval is not held under the token.</summary>
    public ValueTask<Written<bool>> ReleaseApprovalAsync(string approvalId, string token, AuditEvent announcement) =>
        _writer.RunAsync(() => ApprovalTransitions.Release(_tables, approvalId, token, announcement));

    /// <summary>Takes an approval to decide it. A claim lasts 120 s, and for good once its intent is recorded.</summary>
    public async ValueTask<ClaimResult> ClaimApprovalAsync(string approvalId, string @operator, AuditEvent announcement)
    {
        var written = await _writer.RunAsync(() => ApprovalTransitions.Claim(_tables, approvalId, @operator, announcement)).ConfigureAwait(false);
        return written.IsDurable ? written.Value : new ClaimResult(ClaimOutcome.LedgerUnavailable, null, null);
    }

    /// <summary>Ends an approval without an execution: denied, or failed before dispatch.</summary>
    public async ValueTask<CompletionOutcome> CompleteApprovalAsync(ApprovalCompletion completion, AuditEvent announcement)
    {
        var written = await _writer.RunAsync(() =>
        {
            var outcome = ApprovalTransitions.TryComplete(_tables, completion, null, out var digest);
            if (outcome == CompletionOutcome.Completed)
            {
                _tables.Append(announcement with { ApprovalId = completion.ApprovalId }, new RecordDigests(Approval: digest));
            }

            return outcome;
        }).ConfigureAwait(false);
        return written.IsDurable ? written.Value : CompletionOutcome.LedgerUnavailable;
    }

    /// <summary>
    /// Ends approvals that an earlier run left executing. To be called before calls are served: afterwards they may be this run's.
    /// </summary>
    /// <returns>Approvals ended; call again while it is <paramref name="limit"/>.</returns>
    public ValueTask<Written<int>> EndInterruptedApprovalsAsync(int limit = 200) =>
        _writer.RunAsync(() => ApprovalTransitions.EndInterrupted(_tables, limit));

    /// <summary>Ends approvals that nobody decided in time.</summary>
    /// <param name="limit">At most this many, so that one commit stays short.</param>
    public ValueTask<Written<List<StoredApproval>>> ExpireApprovalsAsync(int limit = 200) =>
        _writer.RunAsync(() => ApprovalTransitions.Expire(_tables, limit));

    /// <summary>Adds a learned destination and its event; <see cref="LearnedEntry.AddedAt"/> is set here.</summary>
    /// <param name="entry">In its stored spelling.</param>
    /// <param name="announcement">Who does it; the rest is filled in.</param>
    internal ValueTask<Written<LearnedWrite>> AddLearnedAsync(LearnedEntry entry, AuditEvent announcement) =>
        _writer.RunAsync(() => LearnedChanges.Add(_tables, entry, announcement));

    /// <summary>Removes a learned destination, with its event.</summary>
    internal ValueTask<Written<LearnedWrite>> RemoveLearnedAsync(LearnedKind kind, string actionId, string value, AuditEvent announcement) =>
        _writer.RunAsync(() => LearnedChanges.Remove(_tables, kind, actionId, value, announcement));

    /// <summary>Removes all learned destinations of an action, with one event; returns how many.</summary>
    internal ValueTask<Written<int>> ClearLearnedAsync(LearnedKind kind, string actionId, AuditEvent announcement) =>
        _writer.RunAsync(() => LearnedChanges.Clear(_tables, kind, actionId, announcement));

    /// <summary>Revokes, ends the approvals that this concerns, and says so, all in one commit, which also removes revocations that can refuse nothing any more; never refused for a full queue.</summary>
    /// <returns>Approvals ended.</returns>
    public ValueTask<Written<int>> RecordRevocationAsync(RevocationChange change, AuditEvent announcement) => _writer.RunAsync(
        () =>
        {
            _tables.Append(announcement, new RecordDigests(Revocations: _tables.Revocations.Write(change, _tables.Now)));
            return ApprovalTransitions.Revoke(_tables, change);
        },
        beyondCapacity: true);

    /// <summary>Appends the event of a change of keys and signs it at once, with the key in use: who trusts that one can trust the next.</summary>
    /// <returns>Its place in the chain.</returns>
    internal ValueTask<Written<long>> RecordKeyChangeAsync(AuditEvent e) => _writer.RunAsync(() =>
    {
        var seq = _tables.Append(e, default);
        _tables.WriteCheckpoint();
        return seq;
    });

    /// <summary>Signs checkpoints with another key from now on; its owner keeps it until the ledger is closed.</summary>
    internal ValueTask<Written<bool>> UseSignerAsync(Ed25519Signer signer) => _writer.RunAsync(
        () =>
        {
            _tables.UseSigner(signer);
            return true;
        },
        beyondCapacity: true);

    /// <summary>Signs the head, unless it is signed already.</summary>
    /// <returns>Events in the chain.</returns>
    internal ValueTask<Written<long>> SignHeadAsync() => _writer.RunAsync(() =>
    {
        _tables.WriteCheckpoint();
        return _tables.Count;
    });

    /// <summary>Takes the events that <paramref name="file"/> holds out of the ledger, with the event and the signed record that say
    /// so.</summary>
    /// <returns>The record; null when the ledger is not what the file was written from, and nothing is changed.</returns>
    internal ValueTask<Written<SegmentRecord?>> RecordSegmentAsync(SealedFile file, AuditEvent announcement,
        Action<SealStep>? reached = null) =>
        _writer.RunAsync(() => SegmentCut.Apply(_tables, _database, file, announcement, reached));

    /// <summary>Resolves an intent that has no receipt, by an operator's note, which is signed at once.</summary>
    /// <param name="grantId">Whose intent.</param>
    /// <param name="outcome">What the operator found out.</param>
    /// <param name="note">How, in words.</param>
    /// <param name="longest">The longest that a call is under way.</param>
    /// <param name="announcement">Who says so; the rest is filled in.</param>
    internal ValueTask<Written<ResolutionOutcome>> ResolveIntentAsync(
        string grantId, ResolvedAs outcome, string note, TimeSpan longest, AuditEvent announcement) =>
        _writer.RunAsync(() => IntentResolutions.Resolve(_tables, grantId, outcome, note, longest, announcement));

    /// <summary>
    /// Reads; see <see cref="LedgerReader"/>. Returns what was committed before the call, and may see a commit that the disk has yet to
    /// confirm: what leaves the gate as evidence is read with <see cref="ReadConfirmedAsync"/>. Never waits for the disk's writes.
    /// </summary>
    /// <exception cref="DatabaseException">The file cannot be read.</exception>
    public T Read<T>(Func<LedgerReader, T> query) => _readers.Run(query);

    /// <summary>Reads, and waits until the disk has confirmed all that could be seen.</summary>
    /// <returns>
    /// The answer, and whether it was confirmed: after a failed sync it is not, for it may be gone after loss of power, and is no evidence
    /// until the next start has made it durable.
    /// </returns>
    /// <exception cref="DatabaseException">The file cannot be read.</exception>
    internal async ValueTask<(bool IsConfirmed, T Answer)> ReadConfirmedAsync<T>(Func<LedgerReader, T> query)
    {
        var answer = _readers.Run(query);
        await _writer.AwaitDurableAsync().ConfigureAwait(false);
        return (_writer.Failure is not { IsFinal: true }, answer);
    }

    /// <summary>Commits what was accepted, signs the head, and closes the ledger.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _writer.Dispose();

        // The writer's connection last: SQLite removes the write-ahead log with the last one.
        _readers.Dispose();
        LedgerOpening.Close(_database, _tables, _writer.Failure);
        _tables.Writer.Dispose();
        _lock.Dispose();
    }
}
