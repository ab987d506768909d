using System.Collections.Immutable;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Evidence;
using LatchGate.Pipeline;
using LatchGate.Policy;
using LatchGate.Storage;

namespace LatchGate.Cli;

/// <summary>A recorded call that two policies answer differently.</summary>
/// <param name="Time">When it was made, as the ledger writes times.</param>
/// <param name="TraceId">The request.</param>
/// <param name="Principal">Who called.</param>
/// <param name="ActionId">What was called.</param>
/// <param name="Recorded">How it ended then, as the ledger has it.</param>
/// <param name="Old">What the one policy answers.</param>
/// <param name="New">What the other answers.</param>
internal sealed record ChangedDecision(string Time, string TraceId, string Principal, string ActionId, string Recorded, PolicyDecision Old, PolicyDecision New);

/// <summary>What a replay found.</summary>
/// <param name="Replayed">Calls that both policies were asked about.</param>
/// <param name="NeverAsked">Recorded calls that ended before policy was asked, and were left out.</param>
/// <param name="ActionGone">Recorded calls of actions that this build does not have, and were left out.</param>
/// <param name="OtherVersion">Replayed calls whose action had another version then.</param>
/// <param name="HeldUnrisky">Replayed calls that were held though their risk asks for nobody: for a host that no rule names, most likely.</param>
/// <param name="Changed">The calls that are answered differently, newest first.</param>
internal sealed record ReplayReport(int Replayed, int NeverAsked, int ActionGone, int OtherVersion, int HeldUnrisky, IReadOnlyList<ChangedDecision> Changed);

/// <summary>Asks two policies about the calls that a ledger records. Reads only, so a gate may be running on the ledger.</summary>
internal sealed class PolicyReplay(PolicyDecisionPoint old, PolicyDecisionPoint @new, ActionRegistry actions)
{
    /// <summary>
    /// What the ledger does not record, and what stands for it: the answer of a replay rests on these as much as on the record.
    /// </summary>
    internal static readonly string[] Assumptions =
    [
        "scopes of the lease are not recorded: taken to be those that the action demands",
        "side effects, secrets, destinations and risk are those of the action as this build has it",
        "hosts of the request that no rule names are not recorded: taken to be none",
        "a call without a recorded budget is taken to have no bound",
    ];

    private readonly List<ChangedDecision> _changed = [];
    private int _replayed;
    private int _neverAsked;
    private int _actionGone;
    private int _otherVersion;
    private int _heldUnrisky;

    /// <summary>Replays the newest recorded calls.</summary>
    /// <param name="ledger">Path of the database.</param>
    /// <param name="since">Only calls after this; null for all.</param>
    /// <param name="limit">At most this many calls are asked about, 1 or more.</param>
    /// <exception cref="DatabaseException">The ledger cannot be read.</exception>
    internal async Task<ReplayReport> RunAsync(string ledger, DateTimeOffset? since, int limit)
    {
        using var reader = LedgerReader.OpenFile(ledger);
        long? before = null;
        while (_replayed < limit)
        {
            var page = reader.QueryEvents(new EventQuery { EventType = EventTypes.ActionCall, After = since, BeforeSeq = before, Limit = EventQuery.MaxLimit });
            if (page.Count == 0)
            {
                break;
            }

            for (var i = 0; i < page.Count && _replayed < limit; i++)
            {
                using var document = JsonDocument.Parse(page[i].Json);
                await ReplayAsync(document.RootElement).ConfigureAwait(false);
            }

            before = page[^1].Seq;
        }

        return new ReplayReport(_replayed, _neverAsked, _actionGone, _otherVersion, _heldUnrisky, _changed);
    }

    private async ValueTask ReplayAsync(JsonElement call)
    {
        // The end of an approved call is no decision of its own: its hold was, and is an event too.
        if (Text(call, "approved_by") is not null)
        {
            return;
        }

        if (Text(call, "policy_version") is null)
        {
            _neverAsked++;
            return;
        }

        if (!actions.TryFind(Text(call, "action_id") ?? "", out var action))
        {
            _actionGone++;
            return;
        }

        _replayed++;
        _otherVersion += Text(call, "action_version") == action.Version ? 0 : 1;
        var recorded = Text(call, "decision") ?? "";
        _heldUnrisky += recorded == "pending_approval" && !action.Risk.NeedsHuman() ? 1 : 0;
        var question = Question(call, action);
        var first = await old.DecideAsync(question).ConfigureAwait(false);
        var second = await @new.DecideAsync(question).ConfigureAwait(false);
        if (first.Outcome != second.Outcome)
        {
            _changed.Add(new ChangedDecision(
                Text(call, "timestamp") ?? "", Text(call, "trace_id") ?? "", question.Principal, action.Id, recorded, first, second));
        }
    }

    private static PolicyInput Question(JsonElement call, ActionSpec action) => new()
    {
        Principal = Text(call, "principal") ?? "",
        SessionId = Text(call, "session_id") ?? "",
        Scopes = action.RequiredScopes,
        RequiredScopes = action.RequiredScopes,
        ActionId = action.Id,
        ActionVersion = action.Version,
        ActionRiskLevel = action.Risk,
        // Which path it was is not in the event, as which host it was is not.
        ActionCategory = action.Files is null ? null : "fs",
        FsPath = action.Files is null ? null : "",
        ActionTrustVerdict = Text(call, "action_trust_verdict") == "digest_ok" ? TrustVerdict.DigestOk : TrustVerdict.NotRegistered,
        RequestHash = Text(call, "request_hash") ?? "",
        RequestedSinks = action.SideEffects,
        RequestedSecrets = SecretsOf(action),
        EgressAllowedDomains = EgressPrecheck.DomainsOf(action.Egress),
        CallsRemaining = call.TryGetProperty("budgets_before"u8, out var budget) && budget.ValueKind == JsonValueKind.Object
            && budget.TryGetProperty("calls_remaining"u8, out var calls) && calls.TryGetInt64(out var left)
                ? left
                : long.MaxValue,
    };

    private static ImmutableArray<string> SecretsOf(ActionSpec action)
    {
        var names = ImmutableArray.CreateBuilder<string>(action.Secrets.Length);
        foreach (var secret in action.Secrets)
        {
            names.Add(secret.Name);
        }

        return names.MoveToImmutable();
    }

    private static string? Text(JsonElement call, string member) =>
        call.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
