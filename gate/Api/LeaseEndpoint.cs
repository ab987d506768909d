using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Identity;
using LatchGate.Json;
using LatchGate.Pipeline;
using LatchGate.RateLimits;
using LatchGate.Telemetry;

namespace LatchGate.Api;

/// <summary>POST <c>/v1/leases</c> and the issuer's keys (reference/wire.md §3).</summary>
internal sealed class LeaseEndpoint(
    IdentityProvider identities, Revocations revocations, LeaseIssuer issuer, FsRoots fsRoots, RateLimiter limits, Ledger ledger, AuditTrail audit,
    GateMetrics metrics, DrainSwitch drain, bool ignoreCostCaps, TimeSpan approvalLifetime)
{
    /// <summary>
    /// A session's budget outlives its lease by this much: a call at the last second may wait for an operator, and the budget is
    /// debited when it is made.
    /// </summary>
    internal static TimeSpan BudgetGrace(TimeSpan approvalLifetime) => approvalLifetime + TimeSpan.FromSeconds(60);

    internal ValueTask JwksAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        exchange.Response.SetContentType("application/json"u8);
        System.Buffers.BuffersExtensions.Write(exchange.Response.Body, issuer.Jwks.Span);
        return ValueTask.CompletedTask;
    }

    internal async ValueTask IssueAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await exchange.ReadBodyAsync().ConfigureAwait(false) is not { } body)
        {
            return;
        }

        var traceId = AuthorizedCall.NewId();
        if (!limits.TakeLease(exchange.Peer.UserId))
        {
            await ThrottleAsync(exchange, traceId, null).ConfigureAwait(false);
            return;
        }

        if (drain.Closed)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.Draining), traceId);
            return;
        }

        if (!identities.TryIdentify(exchange.Peer.UserId, out var identity, out var fault))
        {
            var denial = new Denial(fault == IdentityFault.Forbidden ? GateFailure.IdentityForbidden : GateFailure.IdentityUnauthenticated);
            await RefuseAsync(exchange, traceId, null, denial).ConfigureAwait(false);
            return;
        }

        if (!limits.TakeLease(identity.Principal))
        {
            await ThrottleAsync(exchange, traceId, identity).ConfigureAwait(false);
            return;
        }

        if (Refusal(exchange, body, identity, out var permitted, out var fsRoot) is { } refusal)
        {
            await RefuseAsync(exchange, traceId, identity, refusal).ConfigureAwait(false);
            return;
        }

        await IssueAsync(exchange, traceId, permitted!, fsRoot).ConfigureAwait(false);
    }

    private async ValueTask IssueAsync(HttpExchange exchange, string traceId, PermittedLease permitted, string? fsRoot)
    {
        var lease = issuer.Issue(permitted, fsRoot);
        if (permitted.Request.MaxCalls is { } calls)
        {
            var stored = await ledger
                .InitBudgetAsync(lease.SessionId, calls, lease.ExpiresAt + BudgetGrace(approvalLifetime), permitted.Identity.Principal, traceId).ConfigureAwait(false);
            if (!stored.IsDurable)
            {
                ErrorAnswer.Write(exchange, new Denial(GateFailure.StoreUnavailable), traceId);
                return;
            }
        }

        await audit.RecordAsync(new AuditEvent
        {
            TraceId = traceId,
            EventType = EventTypes.LeaseIssued,
            Decision = AuditDecision.Allow,
            Principal = permitted.Identity.Principal,
            SessionId = lease.SessionId,
            LeaseJti = lease.Jti,
            IdentityMethod = permitted.Identity.Method,
            Owner = permitted.Identity.Owner,
            CallsAfter = permitted.Request.MaxCalls,
        }).ConfigureAwait(false);
        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("lease_jwt"u8, lease.Jwt);
        json.WriteString("session_id"u8, lease.SessionId);
        json.WriteString("lease_jti"u8, lease.Jti);
        json.WriteString("expires_at"u8, lease.ExpiresAtText);
        if (fsRoot is not null)
        {
            json.WriteString("fs_root"u8, fsRoot);
        }

        json.WriteEndObject();
    }

    private Denial? Refusal(HttpExchange exchange, ReadOnlyMemory<byte> body, CallerIdentity identity, out PermittedLease? permitted, out string? fsRoot)
    {
        (permitted, fsRoot) = (null, null);
        if (revocations.Blocks(identity.Principal))
        {
            return new Denial(GateFailure.IdentityForbidden, "an operator blocked the principal");
        }

        if (!IsJson(exchange))
        {
            return new Denial(GateFailure.UnsupportedMediaType);
        }

        if (!LeaseRequest.TryParse(body.Span, out var request, out var rejection) || !PermittedLease.TryPermit(request, identity, out permitted, out rejection))
        {
            var failure = rejection.Fault switch
            {
                LeaseRequestFault.NotJson => GateFailure.BadRequest,
                LeaseRequestFault.ScopeNotPermitted => GateFailure.ScopeNotPermitted,
                _ => GateFailure.InvalidRequest,
            };
            return new Denial(failure, rejection.Message) { Status = rejection.Status };
        }

        // A bound that is taken and not kept would be worse than none.
        if (request.MaxCostUsdCents is not null && !ignoreCostCaps)
        {
            return new Denial(
                GateFailure.InvalidRequest,
                "budgets.max_cost_usd_cents cannot be kept: no action of this gate has a price; leave it out, or use budgets.max_calls");
        }

        fsRoot = request.FsRoot;
        return fsRoot is null ? null : fsRoots.Admit(ref fsRoot) switch
        {
            FsRootFault.None => null,
            FsRootFault.Denied => new Denial(GateFailure.FsRootDenied, "fs_root is not below a permitted directory"),
            _ => new Denial(GateFailure.InvalidFsRoot, "fs_root is not the absolute path of a readable directory"),
        };
    }

    /// <summary>Whether the request says that it sends JSON (<c>application/json</c>, <c>application/*+json</c>).</summary>
    internal static bool IsJson(HttpExchange exchange)
    {
        if (!exchange.TryGetHeader("content-type"u8, out var value))
        {
            return false;
        }

        var end = value.IndexOf((byte)';');
        var type = System.Text.Encoding.ASCII.GetString(end < 0 ? value : value[..end]).Trim();
        return type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (type.StartsWith("application/", StringComparison.OrdinalIgnoreCase) && type.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
    }

    private async ValueTask ThrottleAsync(HttpExchange exchange, string traceId, CallerIdentity? identity)
    {
        metrics.Throttled(GateFailure.RateLimitExceeded);
        if (limits.Announces(exchange.Peer.UserId))
        {
            var denial = new Denial(GateFailure.RateLimitExceeded, $"uid {exchange.Peer.UserId}; one such event a second is recorded");
            await RefuseAsync(exchange, traceId, identity, denial).ConfigureAwait(false);
        }

        ThrottledAnswer.WriteCommon(exchange);
    }

    private async ValueTask RefuseAsync(HttpExchange exchange, string traceId, CallerIdentity? identity, Denial denial)
    {
        await audit.RecordAsync(new AuditEvent
        {
            TraceId = traceId,
            EventType = EventTypes.LeaseIssued,
            Decision = AuditDecision.Deny,
            Principal = identity?.Principal ?? "",
            IdentityMethod = identity?.Method,
            DenyReason = $"{GateFailures.Describe(denial.Failure).Code}{(denial.Reason is null ? "" : ": " + PlainText.Clean(denial.Reason))}",
        }).ConfigureAwait(false);
        ErrorAnswer.Write(exchange, denial, traceId);
    }
}
