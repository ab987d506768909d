using LatchGate.Actions;
using LatchGate.Evidence;
using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Learned;

/// <summary>
/// The destinations that operators added to actions while the gate runs: stored in the ledger, each change with its event in the
/// same commit, and kept in memory as one snapshot that is swapped whole (reference/kernel.md §15). Safe for concurrent use.
/// </summary>
internal sealed class LearnedStore
{
    private const int MaxActionId = 253;

    private readonly Ledger _ledger;
    private readonly ActionRegistry _actions;
    private readonly Action<LearnedEntry> _ignored;
    private readonly Lock _reading = new();
    private volatile LearnedSnapshot _current = LearnedSnapshot.Empty;

    // What is stored could not be read after the last change: nothing learned is in force until it can.
    private volatile bool _unread;

    /// <summary>Reads what was learned before.</summary>
    /// <param name="ledger">Where it is kept.</param>
    /// <param name="actions">The actions of this gate.</param>
    /// <param name="ignored">Told of stored entries that open nothing because a rule refuses them today.</param>
    /// <exception cref="DatabaseException">The ledger cannot be read.</exception>
    internal LearnedStore(Ledger ledger, ActionRegistry actions, Action<LearnedEntry> ignored)
    {
        (_ledger, _actions, _ignored) = (ledger, actions, ignored);
        Refresh();
    }

    /// <summary>Told after every change that is in force, however it came about. Handlers must not block.</summary>
    internal event Action? Changed;

    /// <summary>What is in force now. A request reads it once.</summary>
    internal LearnedSnapshot Current => _current;

    /// <summary>Adds a host to an action whose manifest permits learning.</summary>
    /// <param name="actionId">The action.</param>
    /// <param name="domain">As the operator wrote it; see <see cref="LearnedDomain"/>.</param>
    /// <param name="by">Who.</param>
    /// <param name="source">How.</param>
    /// <param name="approvalId">The approval, when there was one.</param>
    /// <param name="wide">Takes a wildcard under a name of two labels.</param>
    internal ValueTask<LearnResult> AddDomainAsync(
        string actionId, string domain, Learner by, LearnSource source, string? approvalId = null, bool wide = false) =>
        LearnedDomain.TryParse(domain, wide, out var parsed, out var fault)
            ? AddAsync(LearnedKind.Domain, actionId, parsed.Text, by, source, approvalId)
            : ValueTask.FromResult(Invalid(actionId, domain, fault));

    /// <summary>Adds a glob to an action's paths. A path that was asked for is escaped first: <see cref="PathGlob.Escape"/>.</summary>
    /// <inheritdoc cref="AddDomainAsync"/>
    internal ValueTask<LearnResult> AddPathAsync(string actionId, string glob, Learner by, LearnSource source, string? approvalId = null) =>
        LearnedPath.TryParse(glob, out var parsed, out var fault)
            ? AddAsync(LearnedKind.Path, actionId, parsed.Text, by, source, approvalId)
            : ValueTask.FromResult(Invalid(actionId, glob, fault));

    /// <summary>Takes one away, whatever spelling it is named in (D-107). The action may be one that the gate no longer has.</summary>
    internal async ValueTask<LearnResult> RemoveAsync(LearnedKind kind, string actionId, string value, Learner by)
    {
        if (!IsActionId(actionId))
        {
            return InvalidActionId(value);
        }

        // What no rule lets in today may have been let in by an earlier one, and can be taken away as it is stored.
        var stored = kind == LearnedKind.Domain
            ? LearnedDomain.TryParse(value, wide: true, out var domain, out _) ? domain.Text : value
            : value.Trim();
        var written = await _ledger.RemoveLearnedAsync(kind, actionId, stored, EventOf(by)).ConfigureAwait(false);
        return Ended(written.IsDurable, written.Value, stored);
    }

    /// <summary>Takes all of an action away.</summary>
    internal async ValueTask<LearnResult> ClearAsync(LearnedKind kind, string actionId, Learner by)
    {
        if (!IsActionId(actionId))
        {
            return InvalidActionId("");
        }

        var written = await _ledger.ClearLearnedAsync(kind, actionId, EventOf(by)).ConfigureAwait(false);
        return Ended(written.IsDurable, written.Value > 0 ? LearnedWrite.Changed : LearnedWrite.Unchanged, "") with { Count = written.Value };
    }

    /// <summary>What is stored, by action, then by time; also of actions that the gate no longer has.</summary>
    /// <param name="kind">Hosts or paths.</param>
    /// <param name="actionId">Only of this action; null for all.</param>
    internal IReadOnlyList<LearnedEntry> List(LearnedKind kind, string? actionId) => _ledger.Read(reader => reader.ListLearned(kind, actionId));

    /// <summary>Whether a text can be an action's id in this interface (reference/wire.md §7.6).</summary>
    internal static bool IsActionId(string text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-'))
            {
                return false;
            }
        }

        return text.Length is > 0 and <= MaxActionId;
    }

    private async ValueTask<LearnResult> AddAsync(
        LearnedKind kind, string actionId, string value, Learner by, LearnSource source, string? approvalId)
    {
        if (!IsActionId(actionId))
        {
            return InvalidActionId(value);
        }

        if (!_actions.TryFind(actionId, out var action))
        {
            return new LearnResult(LearnOutcome.UnknownAction, value, $"this gate has no action '{actionId}'");
        }

        if (!(kind == LearnedKind.Domain ? action.Egress.AllowLearning : action.Files is { AllowLearning: true }))
        {
            return new LearnResult(LearnOutcome.NotPermitted, value, $"the manifest of {actionId} does not say allow_learning");
        }

        var entry = new LearnedEntry(kind, actionId, value, by.Name, "", source.ToWire(), approvalId);
        var written = await _ledger.AddLearnedAsync(entry, EventOf(by)).ConfigureAwait(false);
        return Ended(written.IsDurable, written.Value, value);
    }

    private LearnResult Ended(bool durable, LearnedWrite written, string value)
    {
        if (!durable)
        {
            return new LearnResult(LearnOutcome.StoreUnavailable, value);
        }

        if ((written == LearnedWrite.Changed || _unread) && !TryRefresh())
        {
            return new LearnResult(LearnOutcome.StoreUnavailable, value);
        }

        return written switch
        {
            LearnedWrite.Changed => new LearnResult(LearnOutcome.Changed, value),
            LearnedWrite.Unchanged => new LearnResult(LearnOutcome.Unchanged, value),
            _ => new LearnResult(LearnOutcome.Full, value, $"the action has {LearnedTable.MaxPerAction} already; remove some"),
        };
    }

    // The change is stored whatever becomes of this, and whoever made it, perhaps with a call that succeeded, is to be told so.
    private bool TryRefresh()
    {
        var isRead = true;
        try
        {
            Refresh();
        }
        catch (DatabaseException)
        {
            isRead = false;
        }

        Changed?.Invoke();
        return isRead;
    }

    // Read after the commit and under a lock, so the last swap shows every change that was committed before it.
    private void Refresh()
    {
        lock (_reading)
        {
            try
            {
                _current = LearnedSnapshot.Of(List(LearnedKind.Domain, null), List(LearnedKind.Path, null), _actions, _ignored);
                _unread = false;
            }
            catch (DatabaseException)
            {
                // What was taken away must not stay open because it could not be read: the manifests alone are in force.
                (_current, _unread) = (LearnedSnapshot.Empty, true);
                throw;
            }
        }
    }

    private static LearnResult Invalid(string actionId, string value, string fault) =>
        IsActionId(actionId) ? new LearnResult(LearnOutcome.Invalid, value, fault) : InvalidActionId(value);

    private static LearnResult InvalidActionId(string value) =>
        new(LearnOutcome.InvalidActionId, value, "action_id is 1 to 253 letters, digits, hyphens and underscores");

    private static AuditEvent EventOf(Learner by) => new()
    {
        TraceId = AuthorizedCall.NewId(),
        EventType = EventTypes.DomainAdd,
        Decision = AuditDecision.Allow,
        Principal = by.Name,
        OperatorAuthnMethod = by.AuthnMethod,
        OperatorSenderBinding = by.SenderBinding,
    };
}
