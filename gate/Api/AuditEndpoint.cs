using System.Buffers;
using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>The ledger's events, and its verification (reference/wire.md §7.8, §10.5). Admin socket only.</summary>
internal sealed class AuditEndpoint(OperatorGate door, Ledger ledger, string ledgerPath, VerificationKeys keys)
{
    private const int RecentLimit = 25;

    private readonly Lock _verifying = new();
    private Task<VerificationReport>? _verification;

    internal ValueTask EventsAsync(HttpExchange exchange, string id, CancellationToken aborted) =>
        ListAsync(exchange, "/v1/audit/events", new EventQuery());

    internal ValueTask RecentAsync(HttpExchange exchange, string id, CancellationToken aborted) =>
        ListAsync(exchange, "/v1/audit/recent", new EventQuery { Limit = RecentLimit });

    internal ValueTask AuditAsync(HttpExchange exchange, string id, CancellationToken aborted) =>
        ListAsync(exchange, "/v1/audit", new EventQuery());

    /// <summary>Verifies the whole ledger beside the writer. Who asks while one runs shares its answer.</summary>
    internal async ValueTask VerifyAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read("/v1/audit/verify")).ConfigureAwait(false) is null)
        {
            return;
        }

        var report = await Verification().ConfigureAwait(false);
        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteBoolean("intact"u8, report.Intact);
        json.WriteNumber("total_events"u8, report.Events);
        json.WriteNumber("verified_links"u8, report.VerifiedLinks);
        json.WriteString("broken_at"u8, report.Defect is { TraceId.Length: > 0 } defect ? defect.TraceId : null);
        json.WriteString("defect"u8, report.Defect is { } found ? PlainText.Clean(found.ToString()) : null);
        json.WriteString("head_hash"u8, report.Head);
        json.WriteNumber("signed_through"u8, report.SignedThrough);
        json.WriteNumber("receipts"u8, report.Receipts);
        json.WriteNumber("unresolved_intents"u8, report.Unresolved.Count);
        json.WriteNumber("sealed_through"u8, report.SealedThrough);
        json.WriteEndObject();
    }

    private Task<VerificationReport> Verification()
    {
        lock (_verifying)
        {
            return _verification is { IsCompleted: false } running
                ? running
                : _verification = Task.Run(() => LedgerVerifier.Verify(ledgerPath, keys, helpers: 0));
        }
    }

    private async ValueTask ListAsync(HttpExchange exchange, string path, EventQuery usual)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read(path)).ConfigureAwait(false) is null)
        {
            return;
        }

        if (AuditQuery.Read(exchange.Query, usual, out var query) is { } refusal)
        {
            ErrorAnswer.Write(exchange, refusal);
            return;
        }

        // Also what was never confirmed: to operators the events say what went wrong.
        var (_, events) = await ledger.ReadConfirmedAsync(reader => reader.QueryEvents(query)).ConfigureAwait(false);
        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteStartArray("events"u8);
        foreach (var e in events)
        {
            Write(json, e.Json.Span);
        }

        json.WriteEndArray();
        json.WriteNumber("sealed_through"u8, ledger.Read(static reader => reader.SealedThrough()));
        json.WriteEndObject();
    }

    // The stored text, which is canonical JSON of the gate's own, and its reason under the name that existing clients look for.
    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> stored)
    {
        var reason = "null"u8;
        var reader = new Utf8JsonReader(stored);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isReason = reader.ValueTextEquals("deny_reason"u8);
            reader.Read();
            if (isReason)
            {
                reason = stored[(int)reader.TokenStartIndex..(int)reader.BytesConsumed];
                break;
            }

            reader.Skip();
        }

        var buffer = ArrayPool<byte>.Shared.Rent(stored.Length + reason.Length + 16);
        var name = ",\"reason\":"u8;
        stored[..^1].CopyTo(buffer);
        var length = stored.Length - 1;
        name.CopyTo(buffer.AsSpan(length));
        length += name.Length;
        reason.CopyTo(buffer.AsSpan(length));
        length += reason.Length;
        buffer[length++] = (byte)'}';
        json.WriteRawValue(buffer.AsSpan(0, length), skipInputValidation: true);
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
