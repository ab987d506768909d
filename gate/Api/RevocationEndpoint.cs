using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Identity;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>
/// POST <c>/v1/admin/revoke-all</c>, GET <c>/v1/admin/epoch</c> (reference/wire.md §7.9), and POST and DELETE <c>/v1/admin/revoke</c>,
/// which revoke one thing and lift a principal's block. Admin socket only.
/// </summary>
internal sealed class RevocationEndpoint(OperatorGate door, RevocationDesk desk, Revocations revocations, AuditTrail audit)
{
    internal async ValueTask RevokeAllAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Change("POST", "/v1/admin/revoke-all")).ConfigureAwait(false) is not { } @operator)
        {
            return;
        }

        if (await desk.RevokeAllAsync(@operator).ConfigureAwait(false) is not { } change)
        {
            ErrorAnswer.Write(exchange, NotRecorded());
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteNumber("previous_epoch"u8, change.Previous);
        json.WriteNumber("current_epoch"u8, change.Current);
        json.WriteEndObject();
    }

    internal async ValueTask EpochAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read("/v1/admin/epoch")).ConfigureAwait(false) is not { } @operator)
        {
            return;
        }

        await audit.RecordAsync(new AuditEvent
        {
            TraceId = AuthorizedCall.NewId(),
            EventType = EventTypes.AdminEpochRead,
            Decision = AuditDecision.Allow,
            Principal = @operator.Name,
            OperatorAuthnMethod = @operator.AuthnMethod,
            OperatorSenderBinding = @operator.SenderBinding,
        }).ConfigureAwait(false);
        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteNumber("current_epoch"u8, revocations.Epoch);
        json.WriteEndObject();
    }

    internal async ValueTask RevokeAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await AdmitAsync(exchange, "POST").ConfigureAwait(false) is not ({ } @operator, { } request))
        {
            return;
        }

        var outcome = await desk.RevokeAsync(@operator, request.Kind, request.Id, request.Block, request.Reason).ConfigureAwait(false);
        Answer(exchange, request, "revoked"u8, value: true, outcome);
    }

    internal async ValueTask UnblockAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await AdmitAsync(exchange, "DELETE").ConfigureAwait(false) is not ({ } @operator, { } request))
        {
            return;
        }

        if (request.Kind != RevocationKind.Principal)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.BadRequest, "only the block of a principal can be lifted; what was revoked stays so"));
            return;
        }

        var outcome = await desk.UnblockAsync(@operator, request.Id, request.Reason).ConfigureAwait(false);
        Answer(exchange, request, "blocked"u8, value: false, outcome);
    }

    private async ValueTask<(VerifiedOperator? Operator, RevokeRequest? Request)> AdmitAsync(HttpExchange exchange, string method)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Change(method, "/v1/admin/revoke")).ConfigureAwait(false) is not { } @operator
            || await exchange.ReadBodyAsync().ConfigureAwait(false) is not { } body)
        {
            return (null, null);
        }

        if (RevokeRequest.TryParse(body, out var fault) is not { } request)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.BadRequest, fault));
            return (null, null);
        }

        return (@operator, request);
    }

    private static void Answer(HttpExchange exchange, RevokeRequest request, ReadOnlySpan<byte> state, bool value, RevokeOutcome outcome)
    {
        if (outcome == RevokeOutcome.NotRecorded)
        {
            ErrorAnswer.Write(exchange, value ? NotRecorded() : new Denial(GateFailure.StoreUnavailable, "the block stays: that it is lifted could not be recorded"));
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("kind"u8, request.Kind.ToWire());
        json.WriteString("id"u8, request.Id);
        json.WriteBoolean(state, value);
        json.WriteBoolean("already"u8, outcome == RevokeOutcome.Already);
        json.WriteEndObject();
    }

    private static Denial NotRecorded() => new(GateFailure.StoreUnavailable, "in force until the gate stops, but not recorded: repeat it when the ledger takes writes");
}
