using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using LatchGate.Config;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Identity;
using LatchGate.Json;
using LatchGate.Pipeline;
using LatchGate.Webhooks;

namespace LatchGate.Api;

/// <summary>
/// GET <c>/v1/admin/webhooks</c> and <c>…/deliveries</c>; POST <c>…/{name}/test</c>, <c>…/replay</c> and <c>…/purge</c>. Admin socket only. No answer
/// holds a secret, a URL's path, or what an event says.
/// </summary>
internal sealed class WebhooksEndpoint(
    OperatorGate door, ImmutableArray<WebhookConfig> configured, WebhookDispatcher dispatcher, Ledger ledger, TimeProvider time)
{
    private const int LargestBody = 1024;
    private const int MostDeliveries = 1000;
    private const int UsualDeliveries = 100;

    internal async ValueTask ListAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read("/v1/admin/webhooks")).ConfigureAwait(false) is null)
        {
            return;
        }

        var counts = ledger.Read(static reader => reader.CountDeliveries());
        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteStartArray("webhooks"u8);
        foreach (var endpoint in configured)
        {
            Write(json, endpoint, counts);
        }

        json.WriteEndArray();
        json.WriteNumber("pending_deliveries"u8, DeliveryCount.PendingOf(counts));
        json.WriteNumber("dead_letters"u8, DeliveryCount.DeadOf(counts));
        json.WriteEndObject();
    }

    internal async ValueTask DeliveriesAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read("/v1/admin/webhooks/deliveries")).ConfigureAwait(false) is null)
        {
            return;
        }

        if (!TryReadQuery(exchange.Query, out var query))
        {
            ErrorAnswer.Write(exchange, new Denial(
                GateFailure.BadRequest, $"state is pending, delivered or dead; before and limit (1 to {MostDeliveries}) are numbers; endpoint is a name"));
            return;
        }

        var deliveries = ledger.Read(reader => reader.ListDeliveries(query));
        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteStartArray("deliveries"u8);
        foreach (var delivery in deliveries)
        {
            Write(json, delivery);
        }

        json.WriteEndArray();
        json.WriteNumber("count"u8, deliveries.Count);
        json.WriteEndObject();
    }

    internal async ValueTask TestAsync(HttpExchange exchange, string name, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Change("POST", $"/v1/admin/webhooks/{name}/test")).ConfigureAwait(false) is not { } @operator)
        {
            return;
        }

        if (Find(name) is not { } config)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.NotFound));
            return;
        }

        // Before it is sent: what leaves the gate in an operator's name is in the chain.
        if (!(await ledger.Outbox.RecordTestAsync(EventOf(@operator, EventTypes.WebhookTested), name).ConfigureAwait(false)).IsDurable)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.StoreUnavailable, "the test could not be recorded, so it was not made"));
            return;
        }

        var started = time.GetTimestamp();
        var attempt = await dispatcher.Sender.SendAsync(new WebhookEndpoint(config), TestOf(config, @operator), aborted).ConfigureAwait(false);
        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("name"u8, config.Name);
        json.WriteBoolean("ok"u8, attempt.Result == AttemptResult.Delivered);
        WriteNumber(json, "status_code"u8, attempt.Status);
        json.WriteNumber("elapsed_ms"u8, (long)time.GetElapsedTime(started).TotalMilliseconds);
        json.WriteString("error"u8, attempt.Error);
        json.WriteEndObject();
    }

    internal ValueTask ReplayAsync(HttpExchange exchange, string id, CancellationToken aborted) => ChangeAsync(exchange, isReplay: true);

    internal ValueTask PurgeAsync(HttpExchange exchange, string id, CancellationToken aborted) => ChangeAsync(exchange, isReplay: false);

    private async ValueTask ChangeAsync(HttpExchange exchange, bool isReplay)
    {
        var path = isReplay ? "/v1/admin/webhooks/replay" : "/v1/admin/webhooks/purge";
        if (await door.AdmitAsync(exchange, OperatorAccess.Change("POST", path)).ConfigureAwait(false) is not { } @operator
            || await exchange.ReadBodyAsync().ConfigureAwait(false) is not { } body)
        {
            return;
        }

        if (!TryReadChoice(body, out var delivery, out var endpoint))
        {
            ErrorAnswer.Write(exchange, new Denial(
                GateFailure.BadRequest, "the body is a JSON object: {\"delivery\": number}, or {\"all\": true} with or without an endpoint's name"));
            return;
        }

        var announcement = EventOf(@operator, isReplay ? EventTypes.WebhookReplayed : EventTypes.WebhookPurged);
        var changed = isReplay
            ? await ledger.Outbox.ReplayAsync(
                delivery, endpoint, Array.ConvertAll([.. configured], static webhook => webhook.Name), announcement).ConfigureAwait(false)
            : await ledger.Outbox.PurgeAsync(delivery, endpoint, announcement).ConfigureAwait(false);
        if (!changed.IsDurable || (changed.Value == 0 && delivery is not null))
        {
            ErrorAnswer.Write(exchange, changed.IsDurable
                ? new Denial(GateFailure.NotFound, isReplay ? "there is no such dead letter of an endpoint that is configured" : "there is no such dead letter")
                : new Denial(GateFailure.StoreUnavailable, "the change could not be recorded"));
            return;
        }

        foreach (var worker in dispatcher.Subscriptions?.Endpoints ?? [])
        {
            worker.Wake();
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteNumber(isReplay ? "replayed"u8 : "purged"u8, changed.Value);
        json.WriteEndObject();
    }

    private void Write(Utf8JsonWriter json, WebhookConfig endpoint, IReadOnlyList<DeliveryCount> counts)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, endpoint.Name);
        json.WriteString("format"u8, endpoint.Format.ToWire());
        json.WriteString("origin"u8, endpoint.Target.Origin);
        json.WriteBoolean("disabled"u8, endpoint.Disabled);
        json.WriteBoolean("signed"u8, endpoint.Secret is not null);
        json.WriteStartArray("events"u8);
        for (var rest = (int)endpoint.Events; rest != 0; rest &= rest - 1)
        {
            json.WriteStringValue(((WebhookEvent)(rest & -rest)).ToWire());
        }

        json.WriteEndArray();
        var (pending, dead) = (0L, 0L);
        for (var i = 0; i < counts.Count; i++)
        {
            (pending, dead) = counts[i].Endpoint == endpoint.Name ? (counts[i].Pending, counts[i].Dead) : (pending, dead);
        }

        json.WriteNumber("pending"u8, pending);
        json.WriteNumber("dead_letters"u8, dead);
        json.WriteNumber("dropped"u8, dispatcher.Subscriptions?.Find(endpoint.Name)?.Dropped ?? 0);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Delivery delivery)
    {
        json.WriteStartObject();
        json.WriteNumber("id"u8, delivery.Id);
        json.WriteString("event_id"u8, delivery.EventId);
        json.WriteString("endpoint"u8, delivery.Endpoint);
        json.WriteString("type"u8, delivery.Type);
        json.WriteString("state"u8, delivery.State.ToWire());
        json.WriteNumber("attempts"u8, delivery.Attempts);
        json.WriteString("created_at"u8, WireTime.Format(delivery.CreatedAt));
        json.WriteString("next_attempt_at"u8, delivery.State == DeliveryState.Pending ? WireTime.Format(delivery.DueAt) : null);
        json.WriteString("ended_at"u8, delivery.EndedAt is { } ended ? WireTime.Format(ended) : null);
        WriteNumber(json, "status_code"u8, delivery.Status);
        json.WriteString("error"u8, delivery.Error);
        json.WriteEndObject();
    }

    private WebhookConfig? Find(string name)
    {
        foreach (var endpoint in configured)
        {
            if (endpoint.Name == name)
            {
                return endpoint;
            }
        }

        return null;
    }

    private Delivery TestOf(WebhookConfig endpoint, VerifiedOperator @operator)
    {
        var now = time.GetUtcNow();
        var id = WebhookEnvelope.NewId(now);
        var text = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(text, JsonOutput.Options))
        {
            WebhookEnvelope.WriteTest(json, new WebhookEnvelope.Head(id, WebhookEvent.Test, now), endpoint.Name, @operator.Name);
        }

        return new Delivery { Id = 0, EventId = id, Endpoint = endpoint.Name, Type = WebhookEvent.Test.ToWire(), Envelope = text.WrittenMemory };
    }

    private static AuditEvent EventOf(VerifiedOperator @operator, string type) => new()
    {
        TraceId = AuthorizedCall.NewId(),
        EventType = type,
        Decision = AuditDecision.Allow,
        Principal = @operator.Name,
        OperatorAuthnMethod = @operator.AuthnMethod,
        OperatorSenderBinding = @operator.SenderBinding,
    };

    private static bool TryReadQuery(ReadOnlySpan<byte> text, out DeliveryQuery query)
    {
        DeliveryState? state = null;
        string? endpoint = null;
        long? before = null;
        var limit = UsualDeliveries;
        query = null!;
        var reader = new QueryReader(text);
        QueryToken token;
        while ((token = reader.Read(out var name, out var value)) == QueryToken.Parameter)
        {
            switch (name)
            {
                case "state" when DeliveryStates.TryParse(value, out var known):
                    state = known;
                    break;
                case "endpoint" when SecretText.IsName(value):
                    endpoint = value;
                    break;
                case "before" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var id):
                    before = id;
                    break;
                case "limit" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most is > 0 and <= MostDeliveries:
                    limit = most;
                    break;
                default:
                    return false;
            }
        }

        query = new DeliveryQuery(state, endpoint, before, limit);
        return token == QueryToken.End;
    }

    private static bool TryReadChoice(ReadOnlyMemory<byte> body, out long? delivery, out string? endpoint)
    {
        (delivery, endpoint) = (null, null);
        if (!StrictJson.TryParse(body, JsonLimits.Payload(LargestBody), out var document, out _))
        {
            return false;
        }

        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            var (isOne, isAll) = (false, false);
            foreach (var member in root.EnumerateObject())
            {
                switch (member.Name)
                {
                    case "delivery" when member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt64(out var id):
                        (delivery, isOne) = (id, true);
                        break;
                    case "all" when member.Value.ValueKind == JsonValueKind.True:
                        isAll = true;
                        break;
                    case "endpoint" when member.Value.ValueKind == JsonValueKind.String && SecretText.IsName(member.Value.GetString()):
                        endpoint = member.Value.GetString();
                        break;
                    default:
                        return false;
                }
            }

            return isOne != isAll && (isAll || endpoint is null);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, int? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
