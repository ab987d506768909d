using System.Globalization;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Identity;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>Drain and reload (reference/wire.md §7.9). Admin socket only; bodies are not looked at.</summary>
internal sealed class ControlEndpoint(OperatorGate door, DrainSwitch drain, ReloadDesk reloads, ActionRegistry actions, Ledger ledger, TimeProvider time)
{
    /// <summary>Takes no new calls from now on; those inside go on. There is no way back but a restart.</summary>
    internal async ValueTask DrainAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Change("POST", "/v1/admin/drain")).ConfigureAwait(false) is not { } @operator)
        {
            return;
        }

        // The door first: that the ledger cannot take the event must not keep it open.
        var already = !drain.Close();
        var inFlight = drain.InFlight;
        var written = await ledger.AppendEventAsync(EventOf(@operator) with
        {
            EventType = EventTypes.AdminDrain,
            DenyReason = already ? "already draining" : $"{inFlight} calls in flight",
        }).ConfigureAwait(false);
        if (!written.IsDurable)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.StoreUnavailable, "the gate is draining, and could not record who asked for it"));
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteBoolean("draining"u8, true);
        json.WriteBoolean("already_draining"u8, already);
        json.WriteNumber("in_flight_executions"u8, inFlight);
        json.WriteEndObject();
    }

    /// <summary>Reads policy and data anew; what is refused changes nothing.</summary>
    internal async ValueTask ReloadAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Change("POST", "/v1/admin/reload")).ConfigureAwait(false) is not { } @operator)
        {
            return;
        }

        var (reload, isRecorded) = await reloads.ReloadAsync(EventOf(@operator)).ConfigureAwait(false);
        if (!reload.Reloaded || !isRecorded)
        {
            ErrorAnswer.Write(exchange, reload.Reloaded
                ? new Denial(GateFailure.StoreUnavailable, "what was read is in force, and could not be recorded")
                : new Denial(GateFailure.ReloadFailed, reload.Refusal));
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteBoolean("ok"u8, true);
        json.WriteNumber("actions"u8, actions.Actions.Length);
        json.WriteString("policy_version"u8, reload.PolicyVersion);
        json.WriteString("bundle_revision"u8, reload.Revision);
        json.WriteString("reloaded_at"u8, time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'+00:00'", CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }

    private static AuditEvent EventOf(VerifiedOperator @operator) => new()
    {
        TraceId = AuthorizedCall.NewId(),
        EventType = EventTypes.AdminReload,
        Decision = AuditDecision.Allow,
        Principal = @operator.Name,
        OperatorAuthnMethod = @operator.AuthnMethod,
        OperatorSenderBinding = @operator.SenderBinding,
    };
}
