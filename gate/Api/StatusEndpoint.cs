using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Egress.Proxy;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Json;
using LatchGate.Pipeline;
using LatchGate.Policy;
using LatchGate.Telemetry;

namespace LatchGate.Api;

/// <summary>Health, readiness, status, metrics and the receipt keys (reference/wire.md §8, §7.9).</summary>
internal sealed class StatusEndpoint(
    OperatorGate door, ActionRegistry actions, PolicyDecisionPoint policy, Ledger ledger, KeyDesk keys, Identity.Revocations revocations, DrainSwitch drain,
    AuditTrail audit, GateMetrics metrics, BuildIdentity build, Config.PostureConfig posture, Secrets.SecretStore secrets, EgressProxyService egressProxy,
    Webhooks.WebhookDispatcher webhooks, LedgerMirror? mirror = null)
{
    internal ValueTask HealthAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        exchange.Response.SetContentType("application/json"u8);
        System.Buffers.BuffersExtensions.Write(exchange.Response.Body, "{\"status\":\"ok\"}"u8);
        return ValueTask.CompletedTask;
    }

    internal async ValueTask ReadyAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        var ledgerAnswers = LedgerAnswers();
        var policyAnswers = await policy.IsHealthyAsync().ConfigureAwait(false);
        var proxy = egressProxy.State;
        var ready = ledgerAnswers && policyAnswers && !drain.Closed && !actions.Actions.IsEmpty && !proxy.IsOpen;
        CountFaults(ledgerAnswers, policyAnswers, proxy);
        exchange.Response.Status = ready ? 200 : 503;
        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("status"u8, !ready ? "not_ready"u8 : proxy.IsDegraded ? "degraded"u8 : "ready"u8);

        // Budgets and replays are inside this process: they are there when it is.
        json.WriteBoolean("redis"u8, true);
        json.WriteBoolean("opa"u8, policyAnswers);
        json.WriteBoolean("ledger"u8, ledgerAnswers);
        json.WriteBoolean("approval_store"u8, ledgerAnswers);
        WriteProxy(json, proxy, ledger.Failure);

        // Whether the file as it is now is the one in force. One that is refused leaves the earlier values, so the gate goes on.
        WriteOptional(json, "secrets"u8, secrets.IsConfigured ? secrets.Last.Problem is null : null);
        json.WriteBoolean("draining"u8, drain.Closed);
        json.WriteNumber("actions_registered"u8, actions.Actions.Length);
        json.WriteEndObject();
    }

    private void CountFaults(bool ledgerAnswers, bool policyAnswers, EgressProxyState proxy)
    {
        if (!ledgerAnswers)
        {
            metrics.NotReady("ledger");
        }

        if (!policyAnswers)
        {
            metrics.NotReady("policy");
        }

        if (drain.Closed)
        {
            metrics.NotReady("draining");
        }

        if (actions.Actions.IsEmpty)
        {
            metrics.NotReady("no_actions");
        }

        if (proxy.IsOpen || proxy.IsDegraded)
        {
            metrics.NotReady("egress_proxy");
        }
    }

    /// <summary>Whether the proxy answers, whether it has proved to deny by default, and what is wrong: words of closed sets.</summary>
    private static void WriteProxy(Utf8JsonWriter json, EgressProxyState proxy, Storage.WriteFailure? ledgerFailure = null)
    {
        if (proxy.IsConfigured)
        {
            json.WriteBoolean("egress_proxy"u8, proxy.Fault.IsReachable());
            json.WriteBoolean("egress_proxy_attested"u8, proxy.IsAttested);
        }
        else
        {
            json.WriteNull("egress_proxy"u8);
            json.WriteNull("egress_proxy_attested"u8);
        }

        json.WriteStartArray("reasons"u8);
        if (ledgerFailure is not null)
        {
            json.WriteStringValue(LedgerWatch.Label(ledgerFailure));
        }

        if (proxy.IsConfigured && !proxy.IsAttested)
        {
            json.WriteStringValue(proxy.Fault.Label());
        }

        if (proxy.List.IsFault())
        {
            json.WriteStringValue(proxy.List.Label());
        }

        json.WriteEndArray();
    }

    internal async ValueTask StatusAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read("/v1/admin/status")).ConfigureAwait(false) is null)
        {
            return;
        }

        var policyAnswers = await policy.IsHealthyAsync().ConfigureAwait(false);
        var counts = CountLedger();
        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("status"u8, drain.Closed ? "draining"u8 : "ok"u8);
        json.WriteString("version"u8, build.Version);
        json.WriteString("manifest_set_digest"u8, build.ManifestSetDigest.ToString());
        json.WriteNumber("uptime_seconds"u8, (long)metrics.Uptime.TotalSeconds);
        json.WriteNumber("actions_registered"u8, actions.Actions.Length);
        json.WriteNumber("pending_approvals"u8, ledger.OpenApprovals);
        WriteOptional(json, "unresolved_intents"u8, counts.UnresolvedIntents);
        json.WriteNumber("revocation_epoch"u8, revocations.Epoch);
        json.WriteBoolean("draining"u8, drain.Closed);
        json.WriteNumber("in_flight_executions"u8, drain.InFlight);
        json.WriteBoolean("ledger_durable"u8, ledger.IsDurable);
        json.WriteString("ledger_problem"u8, ledger.Failure is { } failure ? $"{LedgerWatch.Label(failure)}: {failure.Reason}" : counts.Problem);
        WriteMirror(json);
        json.WriteStartObject("posture"u8);
        json.WriteBoolean("dev_mode"u8, posture.IsRelaxed);
        json.WriteBoolean("operator_auth_insecure"u8, posture.OperatorAuthInsecure);
        json.WriteEndObject();
        json.WriteStartObject("dependencies"u8);
        json.WriteBoolean("redis"u8, true);
        json.WriteBoolean("opa"u8, policyAnswers);
        json.WriteEndObject();
        WriteProxyStatus(json, egressProxy.State);
        json.WriteStartObject("secrets"u8);
        json.WriteBoolean("configured"u8, secrets.IsConfigured);
        json.WriteNumber("count"u8, secrets.Names.Count);
        json.WriteString("file_digest"u8, secrets.Last.FileDigest?.ToString());
        json.WriteString("problem"u8, secrets.Last.Problem?.Code);
        json.WriteEndObject();
        json.WriteStartObject("webhooks"u8);
        json.WriteBoolean("active"u8, webhooks.Subscriptions is not null);
        WriteOptional(json, "pending_deliveries"u8, counts.Deliveries is { } waiting ? DeliveryCount.PendingOf(waiting) : null);
        WriteOptional(json, "dead_letters"u8, counts.Deliveries is { } dead ? DeliveryCount.DeadOf(dead) : null);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteProxyStatus(Utf8JsonWriter json, EgressProxyState proxy)
    {
        json.WriteStartObject("egress"u8);
        WriteProxy(json, proxy);
        if (proxy.ProbedAt is { } at)
        {
            json.WriteString("probed_at"u8, WireTime.Format(at));
        }
        else
        {
            json.WriteNull("probed_at"u8);
        }

        json.WriteString("list"u8, proxy.List.Label());
        json.WriteString("list_digest"u8, proxy.Digest);
        json.WriteNumber("list_entries"u8, proxy.Entries);
        json.WriteString("list_fault"u8, proxy.Detail);
        json.WriteEndObject();
    }

    internal async ValueTask MetricsAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read("/metrics") with { Throttle = OperatorThrottle.None }).ConfigureAwait(false) is null)
        {
            return;
        }

        WriteMetrics(exchange);
    }

    /// <summary>The same for whoever may connect to the socket for collectors: the file's mode lets in the gate's own user alone.</summary>
    internal ValueTask ScrapeAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        WriteMetrics(exchange);
        return ValueTask.CompletedTask;
    }

    private void WriteMetrics(HttpExchange exchange)
    {
        var counts = CountLedger();
        exchange.Response.SetContentType("application/openmetrics-text; version=1.0.0; charset=utf-8"u8);
        System.Buffers.BuffersExtensions.Write(
            exchange.Response.Body, Encoding.UTF8.GetBytes(metrics.Render(drain.InFlight, counts, audit.Lost, egressProxy, mirror?.Status)));
    }

    internal async ValueTask ReceiptKeysAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read("/v1/receipt-keys")).ConfigureAwait(false) is { } @operator)
        {
            exchange.Response.SetContentType("application/json"u8);
            keys.History.WriteTo(exchange.Response.Body);
            await audit.RecordAsync(new AuditEvent
            {
                TraceId = AuthorizedCall.NewId(),
                EventType = EventTypes.AdminReceiptKeysRead,
                Decision = AuditDecision.Allow,
                Principal = @operator.Name,
                OperatorAuthnMethod = @operator.AuthnMethod,
                OperatorSenderBinding = @operator.SenderBinding,
            }).ConfigureAwait(false);
        }
    }

    private void WriteMirror(Utf8JsonWriter json)
    {
        if (mirror?.Status is not { } status)
        {
            json.WriteNull("ledger_jsonl"u8);
            return;
        }

        json.WriteStartObject("ledger_jsonl"u8);
        json.WriteBoolean("ok"u8, status.Error is null);
        json.WriteString("path"u8, status.Path);
        json.WriteNumber("last_seq"u8, status.LastSeq);
        json.WriteNumber("behind"u8, status.Behind);
        json.WriteString("error"u8, status.Error);
        json.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter json, ReadOnlySpan<byte> name, bool? value)
    {
        if (value is { } known)
        {
            json.WriteBoolean(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteOptional(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } known)
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    // Whoever asks wants to know what is wrong, above all when the ledger is: the rest is told without it.
    private LedgerCounts CountLedger()
    {
        try
        {
            return ledger.Read(static reader => new LedgerCounts
            {
                UnresolvedIntents = reader.CountUnresolvedIntents(),
                OldestPending = reader.OldestPendingApproval(),
                Deliveries = reader.CountDeliveries(),
            });
        }
        catch (Storage.DatabaseException e)
        {
            return new LedgerCounts { Problem = $"ledger_unreadable: {e.Message}" };
        }
    }

    private bool LedgerAnswers()
    {
        try
        {
            return ledger.Failure is null && ledger.Read(static reader => reader.CountEvents()) >= 0;
        }
        catch (Storage.DatabaseException)
        {
            // That it cannot be read is the answer; the probe's status carries it.
            return false;
        }
    }
}
