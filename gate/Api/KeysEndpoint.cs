using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>POST <c>/v1/admin/keys/rotate</c>: <c>{"key":"receipt"|"grant"}</c>. Admin socket only.</summary>
internal sealed class KeysEndpoint(OperatorGate door, KeyDesk desk)
{
    private const int LargestBody = 1024;

    internal async ValueTask RotateAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Change("POST", "/v1/admin/keys/rotate")).ConfigureAwait(false) is not { } @operator
            || await exchange.ReadBodyAsync().ConfigureAwait(false) is not { } body)
        {
            return;
        }

        if (!TryRead(body, out var kind))
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.BadRequest, "the body is a JSON object with key: receipt or grant"));
            return;
        }

        var rotation = await desk.RotateAsync(kind, new AuditEvent
        {
            TraceId = AuthorizedCall.NewId(),
            EventType = EventTypes.ReceiptKeyRotated,
            Decision = AuditDecision.Allow,
            Principal = @operator.Name,
            OperatorAuthnMethod = @operator.AuthnMethod,
            OperatorSenderBinding = @operator.SenderBinding,
        }).ConfigureAwait(false);
        if (rotation.Outcome != KeyRotationOutcome.Done)
        {
            ErrorAnswer.Write(exchange, rotation.Outcome == KeyRotationOutcome.NotRecorded
                ? new Denial(GateFailure.StoreUnavailable, "the key is the old one: a new one could not be recorded")
                : new Denial(GateFailure.KeyRotationFailed));
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("key"u8, kind.ToWire());
        json.WriteString("kid"u8, rotation.KeyId);
        json.WriteString("previous_kid"u8, rotation.PreviousKeyId);
        json.WriteEndObject();
    }

    private static bool TryRead(ReadOnlyMemory<byte> body, out SigningKeyKind kind)
    {
        kind = default;
        if (!StrictJson.TryParse(body, JsonLimits.Payload(LargestBody), out var document, out _))
        {
            return false;
        }

        using (document)
        {
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.GetPropertyCount() == 1
                && root.TryGetProperty("key"u8, out var word) && word.ValueKind == JsonValueKind.String
                && SigningKeyKinds.TryParse(word.GetString(), out kind);
        }
    }
}
