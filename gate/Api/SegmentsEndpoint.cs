using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Evidence.Segments;
using LatchGate.Http;
using LatchGate.Identity;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>
/// POST <c>/v1/admin/ledger/seal</c>: <c>{"before":time}</c>, <c>{"keep_events":n}</c> or both. Seals one segment, into the configured
/// archive and nowhere else. Admin socket only.
/// </summary>
internal sealed class SegmentsEndpoint(OperatorGate door, RetentionDesk desk)
{
    private const int LargestBody = 1024;

    internal async ValueTask SealAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        var access = OperatorAccess.Change("POST", "/v1/admin/ledger/seal");
        if (await door.AdmitAsync(exchange, access).ConfigureAwait(false) is not { } @operator
            || await exchange.ReadBodyAsync().ConfigureAwait(false) is not { } body)
        {
            return;
        }

        if (Read(body) is not { } request)
        {
            ErrorAnswer.Write(exchange, new Denial(
                GateFailure.BadRequest, "the body is a JSON object with before (a time, RFC 3339), keep_events (0 or more), or both"));
            return;
        }

        var result = await desk.SealAsync(request, Announcement(@operator), aborted).ConfigureAwait(false);
        if (result.Outcome is not (SealOutcome.Sealed or SealOutcome.NothingToSeal))
        {
            var failure = result.Outcome == SealOutcome.NotRecorded ? GateFailure.StoreUnavailable : GateFailure.SealFailed;
            ErrorAnswer.Write(exchange, new Denial(failure, PlainText.Clean(result.Reason ?? "", 400)));
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteBoolean("sealed"u8, result.Record is not null);
        if (result.Record is { } record)
        {
            json.WriteNumber("segment"u8, record.Number);
            json.WriteString("file"u8, record.File);
            json.WriteNumber("first_seq"u8, record.FirstSeq);
            json.WriteNumber("last_seq"u8, record.LastSeq);
            json.WriteString("file_sha256"u8, record.FileDigest.ToString());
        }

        json.WriteEndObject();
    }

    private static AuditEvent Announcement(VerifiedOperator @operator) => new()
    {
        TraceId = AuthorizedCall.NewId(),
        EventType = EventTypes.LedgerSealed,
        Decision = AuditDecision.Allow,
        Principal = @operator.Name,
        OperatorAuthnMethod = @operator.AuthnMethod,
        OperatorSenderBinding = @operator.SenderBinding,
    };

    private static SealRequest? Read(ReadOnlyMemory<byte> body)
    {
        if (!StrictJson.TryParse(body, JsonLimits.Payload(LargestBody), out var document, out _))
        {
            return null;
        }

        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            DateTimeOffset? limit = null;
            var (events, known) = (0L, 0);
            if (root.TryGetProperty("before"u8, out var before))
            {
                if (before.ValueKind != JsonValueKind.String || !AuditQuery.TryReadTime(before.GetString()!, out var time))
                {
                    return null;
                }

                (limit, known) = (time, 1);
            }

            if (root.TryGetProperty("keep_events"u8, out var keep))
            {
                if (keep.ValueKind != JsonValueKind.Number || !keep.TryGetInt64(out events) || events < 0)
                {
                    return null;
                }

                known++;
            }

            return known > 0 && root.GetPropertyCount() == known ? new SealRequest(limit, events) : null;
        }
    }
}
