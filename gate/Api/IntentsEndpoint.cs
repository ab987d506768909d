using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>
/// GET <c>/v1/admin/intents</c>: calls that began and have no receipt. POST <c>/v1/admin/intents/{grant_id}/resolve</c>: what an operator
/// found out about one. Admin socket only.
/// </summary>
/// <param name="door">Admits operators.</param>
/// <param name="ledger">Holds the intents.</param>
/// <param name="longest">The longest that a call may be under way; a younger intent of this run may yet have its receipt.</param>
internal sealed class IntentsEndpoint(OperatorGate door, Ledger ledger, TimeSpan longest)
{
    private const int LargestBody = 16 * 1024;
    private const int LongestNote = 2000;

    internal async ValueTask ListAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read("/v1/admin/intents")).ConfigureAwait(false) is null)
        {
            return;
        }

        var intents = ledger.Read(static reader => reader.UnresolvedIntents());
        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteStartArray("intents"u8);
        foreach (var intent in intents)
        {
            json.WriteRawValue(intent.Json.Span, skipInputValidation: true);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    internal async ValueTask ResolveAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Change("POST", $"/v1/admin/intents/{id}/resolve")).ConfigureAwait(false) is not { } @operator
            || await exchange.ReadBodyAsync().ConfigureAwait(false) is not { } body)
        {
            return;
        }

        if (!TryRead(body, out var outcome, out var note))
        {
            ErrorAnswer.Write(exchange, new Denial(
                GateFailure.BadRequest, $"the body is a JSON object with outcome (happened, not_happened, unknown) and note (1 to {LongestNote} characters)"));
            return;
        }

        var written = await ledger.ResolveIntentAsync(id, outcome, PlainText.Clean(note, 4 * LongestNote), longest, new AuditEvent
        {
            TraceId = "",
            EventType = EventTypes.IntentResolved,
            Decision = AuditDecision.Allow,
            Principal = @operator.Name,
            OperatorAuthnMethod = @operator.AuthnMethod,
            OperatorSenderBinding = @operator.SenderBinding,
        }).ConfigureAwait(false);
        if (!written.IsDurable || written.Value != ResolutionOutcome.Resolved)
        {
            ErrorAnswer.Write(exchange, Refusal(written.IsDurable, written.Value));
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("grant_id"u8, id);
        json.WriteString("outcome"u8, outcome.ToWire());
        json.WriteNumber("unresolved_intents"u8, ledger.Read(static reader => reader.CountUnresolvedIntents()));
        json.WriteEndObject();
    }

    private static Denial Refusal(bool isDurable, ResolutionOutcome outcome) => !isDurable
        ? new Denial(GateFailure.StoreUnavailable, "the note could not be recorded")
        : outcome switch
        {
            ResolutionOutcome.NotFound => new Denial(GateFailure.NotFound),
            ResolutionOutcome.InFlight => new Denial(GateFailure.IntentInFlight),
            _ => new Denial(GateFailure.IntentAlreadyResolved),
        };

    private static bool TryRead(ReadOnlyMemory<byte> body, out ResolvedAs outcome, out string note)
    {
        (outcome, note) = (default, "");
        if (!StrictJson.TryParse(body, JsonLimits.Payload(LargestBody), out var document, out _))
        {
            return false;
        }

        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || root.GetPropertyCount() != 2
                || !root.TryGetProperty("outcome"u8, out var word) || word.ValueKind != JsonValueKind.String
                || !root.TryGetProperty("note"u8, out var text) || text.ValueKind != JsonValueKind.String)
            {
                return false;
            }

            note = text.GetString() ?? "";
            return !string.IsNullOrWhiteSpace(note) && note.Length <= LongestNote && ResolvedAsWords.TryParse(word.GetString(), out outcome);
        }
    }
}
