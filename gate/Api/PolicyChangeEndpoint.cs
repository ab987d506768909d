using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Identity;
using LatchGate.Json;
using LatchGate.Pipeline;
using LatchGate.Policy;

namespace LatchGate.Api;

/// <summary>
/// Changes of the policy data by an admin: who may run what, and who need not be asked each time (reference/wire.md §7.7). Answered
/// when file, engine and ledger all have the change.
/// </summary>
internal sealed class PolicyChangeEndpoint(OperatorGate door, PolicyDataStore store, PolicyDecisionPoint policy, ActionRegistry actions, Ledger ledger)
{
    internal async ValueTask GrantAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await AdmitAsync(exchange, "POST", "/v1/admin/policy/grant").ConfigureAwait(false) is not { } admitted
            || !TryReadActions(exchange, admitted.Body, out var request))
        {
            return;
        }

        foreach (var action in request.Actions)
        {
            if (!actions.TryFind(action, out var known))
            {
                ErrorAnswer.Write(exchange, new Denial(GateFailure.UnknownAction, $"the gate has no action '{action}'"), actionId: action);
                return;
            }

            if (!PolicyGuard.MayGrant(request.Principal, known))
            {
                ErrorAnswer.Write(exchange, new Denial(
                    GateFailure.InvalidPrincipal, $"'*' may not be granted '{action}': its risk is {known.Risk.ToWire()}, and only named principals may have such an action"));
                return;
            }
        }

        if (await ChangeAsync(exchange, admitted.Operator, new GrantEdit(request.Actions) { Principal = request.Principal }).ConfigureAwait(false) is { } change)
        {
            using var json = Begin(exchange);
            json.WriteString("principal"u8, request.Principal);
            PolicyEndpoint.WriteTexts(json, "granted", request.Actions);
            json.WriteNumber("total_actions"u8, change.Plan.After.Actions.Length);
            PolicyEndpoint.WriteTexts(json, "allowed_sinks", change.Plan.After.Sinks);
            End(json, change);
        }
    }

    internal async ValueTask RevokeAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        // The actions need not exist: what the build lost must be revocable still.
        if (await AdmitAsync(exchange, "POST", "/v1/admin/policy/revoke").ConfigureAwait(false) is not { } admitted
            || !TryReadActions(exchange, admitted.Body, out var request)
            || await ChangeAsync(exchange, admitted.Operator, new RevokeEdit(request.Actions) { Principal = request.Principal }).ConfigureAwait(false) is not { } change)
        {
            return;
        }

        // What "*" gives is not taken away by this, and who revokes must hear so.
        var still = new List<string>();
        foreach (var action in request.Actions)
        {
            if (change.Data.Permits(request.Principal, action) && !still.Contains(action))
            {
                still.Add(action);
            }
        }

        using var json = Begin(exchange);
        json.WriteString("principal"u8, request.Principal);
        PolicyEndpoint.WriteTexts(json, "revoked", request.Actions);
        json.WriteNumber("remaining_actions"u8, change.Plan.After.Actions.Length);
        PolicyEndpoint.WriteTexts(json, "allowed_sinks", change.Plan.After.Sinks);

        // Clients expect the member; an entry is never removed (D-53).
        json.WriteBoolean("principal_removed"u8, false);
        PolicyEndpoint.WriteTexts(json, "still_allowed", still);
        End(json, change);
    }

    internal ValueTask AddStandingAsync(HttpExchange exchange, string id, CancellationToken aborted) => StandingAsync(exchange, "POST");

    internal ValueTask RemoveStandingAsync(HttpExchange exchange, string id, CancellationToken aborted) => StandingAsync(exchange, "DELETE");

    private async ValueTask StandingAsync(HttpExchange exchange, string method)
    {
        if (await AdmitAsync(exchange, method, "/v1/admin/policy/allowlist").ConfigureAwait(false) is not { } admitted)
        {
            return;
        }

        var refusal = PolicyRequest.ReadStanding(admitted.Body, gives: method == "POST", out var request);
        if (refusal is null && method == "POST" && !actions.TryFind(request.ActionId, out _))
        {
            refusal = new Denial(GateFailure.ActionNotFound, $"the gate has no action '{request.ActionId}'");
        }

        if (refusal is not null)
        {
            ErrorAnswer.Write(exchange, refusal, actionId: request.ActionId);
            return;
        }

        PolicyEdit edit = method == "POST"
            ? new StandingEdit(request.ActionId) { Principal = request.Principal }
            : new WithdrawEdit(request.ActionId) { Principal = request.Principal };
        if (await ChangeAsync(exchange, admitted.Operator, edit).ConfigureAwait(false) is { } change)
        {
            using var json = Begin(exchange);
            json.WriteBoolean("ok"u8, true);
            json.WriteString("action_id"u8, request.ActionId);
            json.WriteString("agent_id"u8, request.Principal);
            End(json, change);
        }
    }

    /// <summary>An admin's request with its body; null when it was answered with a refusal.</summary>
    private async ValueTask<Admitted?> AdmitAsync(HttpExchange exchange, string method, string path)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Change(method, path)).ConfigureAwait(false) is not { } @operator
            || await exchange.ReadBodyAsync().ConfigureAwait(false) is not { } body)
        {
            return null;
        }

        if (!LeaseEndpoint.IsJson(exchange))
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.UnsupportedMediaType));
            return null;
        }

        if (!policy.OwnsData)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.PolicyDataExternal));
            return null;
        }

        return new Admitted(@operator, body);
    }

    private static bool TryReadActions(HttpExchange exchange, ReadOnlyMemory<byte> body, out PolicyRequest request)
    {
        if (PolicyRequest.ReadActions(body, out request) is not { } refusal)
        {
            return true;
        }

        ErrorAnswer.Write(exchange, refusal);
        return false;
    }

    /// <summary>Makes the change and its event; null when it was answered with a refusal.</summary>
    private async ValueTask<PolicyDataChange?> ChangeAsync(HttpExchange exchange, VerifiedOperator @operator, PolicyEdit edit)
    {
        var result = await store.ChangeAsync(edit, async change =>
            (await ledger.AppendEventAsync(PolicyEvents.Of(change, @operator)).ConfigureAwait(false)).IsDurable).ConfigureAwait(false);
        if (result.Fault != PolicyDataFault.None)
        {
            ErrorAnswer.Write(exchange, Refusal(in result, edit));
        }

        return result.Change;
    }

    private static Denial Refusal(in PolicyDataResult result, PolicyEdit edit) => result.Fault switch
    {
        PolicyDataFault.NotFound => new Denial(GateFailure.AllowlistEntryNotFound, $"no standing approval for '{edit.Principal}'"),
        PolicyDataFault.Unreadable or PolicyDataFault.Invalid => new Denial(GateFailure.PolicyReadError, PlainText.Clean(result.Detail ?? "")),
        PolicyDataFault.Refused => new Denial(GateFailure.PolicyDataExternal, PlainText.Clean(result.Detail ?? "")),
        PolicyDataFault.Locked or PolicyDataFault.NotWritable =>
            new Denial(GateFailure.PolicyWriteError, PlainText.Clean(result.Detail ?? "")),
        PolicyDataFault.NotRecorded => new Denial(GateFailure.StoreUnavailable, $"the ledger does not take the change's event, {result.Detail ?? "so the change was undone"}"),
        _ => throw new InvalidOperationException($"{result.Fault} is no refusal."),
    };

    private static Utf8JsonWriter Begin(HttpExchange exchange)
    {
        exchange.Response.SetContentType("application/json"u8);
        var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        return json;
    }

    private static void End(Utf8JsonWriter json, PolicyDataChange change)
    {
        json.WriteString("policy_version"u8, change.VersionAfter);
        json.WriteBoolean("changed"u8, change.HasEffect);
        json.WriteEndObject();
    }

    private sealed record Admitted(VerifiedOperator Operator, ReadOnlyMemory<byte> Body);
}
