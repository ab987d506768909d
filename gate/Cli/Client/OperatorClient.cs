using System.Text;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Identity;

namespace LatchGate.Cli.Client;

/// <summary>An operator at the admin socket: an API key bound to a P-256 key (reference/wire.md §6).</summary>
/// <param name="socket">Path of the gate's admin socket.</param>
/// <param name="publicBaseUrl">The gate's <c>public_base_url</c>, which proofs name.</param>
/// <param name="apiKey">The API key; disposed with the client.</param>
/// <param name="proofs">Makes proofs with the operator's key; disposed with the client.</param>
internal sealed class OperatorClient(string socket, string publicBaseUrl, SecureMemory apiKey, DpopProofFactory proofs) : IDisposable
{
    private static readonly TimeSpan ShortTimeout = TimeSpan.FromSeconds(30);

    // Approving executes the action, which may take 300 seconds.
    private static readonly TimeSpan ApproveTimeout = TimeSpan.FromSeconds(330);

    // A webhook's own time-out is 60 seconds at most.
    private static readonly TimeSpan TestTimeout = TimeSpan.FromSeconds(70);

    private readonly GateHttp _http = new(socket);
    private readonly string _base = publicBaseUrl.TrimEnd('/');

    /// <summary>GET <c>/v1/approvals</c>; <paramref name="status"/> null lists all, <paramref name="before"/> is the last id of the page before.</summary>
    internal Task<GateResponse> ApprovalsAsync(string? status, int limit, CancellationToken cancellation, string? before = null)
    {
        var query = (status is null ? $"?limit={limit}" : $"?status={status}&limit={limit}") + (before is null ? "" : $"&before={ResourceId.Checked(before)}");
        return SendAsync(HttpMethod.Get, "/v1/approvals", query, null, ShortTimeout, cancellation);
    }

    /// <summary>GET <c>/v1/approvals/ID</c>.</summary>
    internal Task<GateResponse> ApprovalAsync(string id, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, $"/v1/approvals/{ResourceId.Checked(id)}", "", null, ShortTimeout, cancellation);

    /// <summary>POST <c>/v1/approvals/ID/approve</c>: executes the action, and remembers what is given when it succeeded.</summary>
    internal Task<GateResponse> ApproveAsync(string id, CancellationToken cancellation, string? learnDomain = null, string? learnPath = null)
    {
        var query = (learnDomain is null ? "" : $"&learn_domain={Uri.EscapeDataString(learnDomain)}") + (learnPath is null ? "" : $"&learn_path={Uri.EscapeDataString(learnPath)}");
        return SendAsync(HttpMethod.Post, $"/v1/approvals/{ResourceId.Checked(id)}/approve", query.Length == 0 ? "" : "?" + query[1..], null, ApproveTimeout, cancellation);
    }

    /// <summary>POST <c>/v1/approvals/ID/deny</c>.</summary>
    internal Task<GateResponse> DenyAsync(string id, string? reason, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte>? body = reason is null ? null : GateHttp.Json(json => json.WriteString("reason", reason));
        return SendAsync(HttpMethod.Post, $"/v1/approvals/{ResourceId.Checked(id)}/deny", "", body, ShortTimeout, cancellation);
    }

    /// <summary>GET <c>/v1/audit/events</c>.</summary>
    /// <param name="query">With its question mark, or empty.</param>
    /// <param name="cancellation">Stops it earlier.</param>
    internal Task<GateResponse> EventsAsync(string query, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, "/v1/audit/events", query, null, ShortTimeout, cancellation);

    /// <summary>POST <c>/v1/admin/keys/rotate</c>.</summary>
    internal Task<GateResponse> RotateKeyAsync(string key, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, "/v1/admin/keys/rotate", "", GateHttp.Json(json => json.WriteString("key", key)), ShortTimeout, cancellation);

    /// <summary>POST <c>/v1/admin/ledger/seal</c>: one segment.</summary>
    internal Task<GateResponse> SealAsync(string? before, long? keepEvents, CancellationToken cancellation)
    {
        var body = GateHttp.Json(json =>
        {
            if (before is not null)
            {
                json.WriteString("before", before);
            }

            if (keepEvents is { } keep)
            {
                json.WriteNumber("keep_events", keep);
            }
        });
        return SendAsync(HttpMethod.Post, "/v1/admin/ledger/seal", "", body, ApproveTimeout, cancellation);
    }

    /// <summary>GET <c>/v1/admin/intents</c>: those without an outcome.</summary>
    internal Task<GateResponse> IntentsAsync(CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, "/v1/admin/intents", "", null, ShortTimeout, cancellation);

    /// <summary>POST <c>/v1/admin/intents/GRANT/resolve</c>.</summary>
    internal Task<GateResponse> ResolveIntentAsync(string grantId, string outcome, string note, CancellationToken cancellation)
    {
        var body = GateHttp.Json(json =>
        {
            json.WriteString("outcome", outcome);
            json.WriteString("note", note);
        });
        return SendAsync(HttpMethod.Post, $"/v1/admin/intents/{ResourceId.Checked(grantId)}/resolve", "", body, ShortTimeout, cancellation);
    }

    /// <summary>GET <c>/v1/admin/webhooks</c>.</summary>
    internal Task<GateResponse> WebhooksAsync(CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, "/v1/admin/webhooks", "", null, ShortTimeout, cancellation);

    /// <summary>GET <c>/v1/admin/webhooks/deliveries</c>; null means any.</summary>
    internal Task<GateResponse> DeliveriesAsync(string? state, string? endpoint, int limit, CancellationToken cancellation) => SendAsync(
        HttpMethod.Get,
        "/v1/admin/webhooks/deliveries",
        $"?limit={limit}{(state is null ? "" : "&state=" + state)}{(endpoint is null ? "" : "&endpoint=" + ResourceId.Checked(endpoint))}",
        null,
        ShortTimeout,
        cancellation);

    /// <summary>POST <c>/v1/admin/webhooks/NAME/test</c>.</summary>
    internal Task<GateResponse> TestWebhookAsync(string name, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, $"/v1/admin/webhooks/{ResourceId.Checked(name)}/test", "", null, TestTimeout, cancellation);

    /// <summary>POST <c>/v1/admin/webhooks/replay</c>, or <c>purge</c>: one dead letter, or all.</summary>
    internal Task<GateResponse> ChangeDeadLettersAsync(string change, long? delivery, string? endpoint, CancellationToken cancellation)
    {
        var body = GateHttp.Json(json =>
        {
            if (delivery is { } one)
            {
                json.WriteNumber("delivery", one);
                return;
            }

            json.WriteBoolean("all", true);
            if (endpoint is not null)
            {
                json.WriteString("endpoint", endpoint);
            }
        });
        return SendAsync(HttpMethod.Post, "/v1/admin/webhooks/" + change, "", body, ShortTimeout, cancellation);
    }

    /// <summary>GET <c>/v1/admin/status</c>.</summary>
    internal Task<GateResponse> StatusAsync(CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, "/v1/admin/status", "", null, ShortTimeout, cancellation);

    /// <summary>GET <c>/v1/admin/policy</c>: the policy data in force.</summary>
    internal Task<GateResponse> PolicyAsync(CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, "/v1/admin/policy", "", null, ShortTimeout, cancellation);

    /// <summary>POST <c>/v1/admin/policy/grant</c>, or <c>revoke</c>.</summary>
    internal Task<GateResponse> ChangeGrantAsync(bool grant, string principal, IReadOnlyList<string> actions, CancellationToken cancellation)
    {
        var body = GateHttp.Json(json =>
        {
            json.WriteString("principal", principal);
            json.WriteStartArray("actions");
            foreach (var action in actions)
            {
                json.WriteStringValue(action);
            }

            json.WriteEndArray();
        });
        return SendAsync(HttpMethod.Post, grant ? "/v1/admin/policy/grant" : "/v1/admin/policy/revoke", "", body, ShortTimeout, cancellation);
    }

    /// <summary>POST or DELETE <c>/v1/admin/policy/allowlist</c>: gives a standing approval, or takes it back.</summary>
    internal Task<GateResponse> ChangeStandingAsync(bool add, string action, string principal, CancellationToken cancellation)
    {
        var body = GateHttp.Json(json =>
        {
            json.WriteString("action_id", action);
            json.WriteString("agent_id", principal);
        });
        return SendAsync(add ? HttpMethod.Post : HttpMethod.Delete, "/v1/admin/policy/allowlist", "", body, ShortTimeout, cancellation);
    }

    /// <summary>GET <c>/v1/admin/domains</c>, or <c>paths</c>.</summary>
    internal Task<GateResponse> LearnedAsync(LearnedKind kind, string? action, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, PathOf(kind), action is null ? "" : $"?action={Uri.EscapeDataString(action)}", null, ShortTimeout, cancellation);

    /// <summary>POST or DELETE <c>/v1/admin/domains</c>, or <c>paths</c>.</summary>
    internal Task<GateResponse> ChangeLearnedAsync(LearnedKind kind, bool add, string action, string value, bool force, CancellationToken cancellation)
    {
        var body = GateHttp.Json(json =>
        {
            json.WriteString("action_id", action);
            json.WriteString(kind == LearnedKind.Domain ? "domain" : "path_glob", value);
            json.WriteString("source", "cli");
            json.WriteBoolean("force", force);
        });
        return SendAsync(add ? HttpMethod.Post : HttpMethod.Delete, PathOf(kind), "", body, ShortTimeout, cancellation);
    }

    /// <summary>DELETE <c>/v1/admin/domains/clear</c>, or <c>paths/clear</c>.</summary>
    internal Task<GateResponse> ClearLearnedAsync(LearnedKind kind, string action, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Delete, PathOf(kind) + "/clear", $"?action={Uri.EscapeDataString(action)}", null, ShortTimeout, cancellation);

    /// <summary>GET <c>/v1/admin/budgets</c>.</summary>
    internal Task<GateResponse> BudgetsAsync(string? principal, CancellationToken cancellation) =>
        SendAsync(
            HttpMethod.Get, "/v1/admin/budgets", principal is null ? "" : $"?principal={Uri.EscapeDataString(principal)}", null, ShortTimeout, cancellation);

    /// <summary>GET <c>/v1/audit/events</c>.</summary>
    /// <param name="query">Begins with <c>?</c>; values are percent-encoded.</param>
    /// <param name="cancellation">Gives up.</param>
    internal Task<GateResponse> AuditEventsAsync(string query, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, "/v1/audit/events", query, null, ShortTimeout, cancellation);

    /// <summary>GET <c>/metrics</c>; the text is the answer's content.</summary>
    internal Task<GateResponse> MetricsAsync(CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, "/metrics", "", null, ShortTimeout, cancellation);

    /// <summary>POST <c>/v1/admin/drain</c>.</summary>
    internal Task<GateResponse> DrainAsync(CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, "/v1/admin/drain", "", null, ShortTimeout, cancellation);

    /// <summary>POST <c>/v1/admin/reload</c>.</summary>
    internal Task<GateResponse> ReloadAsync(CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, "/v1/admin/reload", "", null, ShortTimeout, cancellation);

    /// <summary>POST <c>/v1/admin/revoke-all</c>.</summary>
    internal Task<GateResponse> RevokeAllAsync(CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, "/v1/admin/revoke-all", "", null, ShortTimeout, cancellation);

    /// <summary>GET <c>/v1/admin/epoch</c>.</summary>
    internal Task<GateResponse> EpochAsync(CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, "/v1/admin/epoch", "", null, ShortTimeout, cancellation);

    /// <summary>POST <c>/v1/admin/revoke</c>.</summary>
    internal Task<GateResponse> RevokeAsync(string kind, string id, bool block, string? reason, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, "/v1/admin/revoke", "", RevocationBody(kind, id, block, reason), ShortTimeout, cancellation);

    /// <summary>DELETE <c>/v1/admin/revoke</c>: lifts a principal's block.</summary>
    internal Task<GateResponse> UnblockAsync(string principal, string? reason, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Delete, "/v1/admin/revoke", "", RevocationBody("principal", principal, block: false, reason), ShortTimeout, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        proofs.Dispose();
        apiKey.Dispose();
    }

    private static string PathOf(LearnedKind kind) => kind == LearnedKind.Domain ? "/v1/admin/domains" : "/v1/admin/paths";

    private static ReadOnlyMemory<byte> RevocationBody(string kind, string id, bool block, string? reason) => GateHttp.Json(json =>
    {
        json.WriteString("kind", kind);
        json.WriteString("id", id);
        if (block)
        {
            json.WriteBoolean("block", true);
        }

        if (reason is not null)
        {
            json.WriteString("reason", reason);
        }
    });

    private Task<GateResponse> SendAsync(HttpMethod method, string path, string query, ReadOnlyMemory<byte>? body, TimeSpan timeout, CancellationToken cancellation)
    {
        var proof = proofs.Create(method.Method, _base + path, apiKey.Span);
        // The base library takes header values as strings only, so a copy of the key lives for the request.
        var token = Encoding.ASCII.GetString(apiKey.Span);
        return _http.SendAsync(method, path + query, new DpopAuthorization(token, proof), body, timeout, cancellation);
    }
}
