using System.Text;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Identity;
using LatchGate.Pipeline;
using LatchGate.RateLimits;
using LatchGate.Telemetry;

namespace LatchGate.Api;

/// <summary>Authenticates requests at the door: what a route demands before it looks at anything else.</summary>
internal sealed class AgentGate(AgentAuthenticator agents, AuthRefusals refusals)
{
    /// <summary>The verified agent; null when the request was answered with a refusal.</summary>
    internal async ValueTask<VerifiedCaller?> AdmitAsync(HttpExchange exchange, string method, string path)
    {
        var outcome = await AuthenticateAsync(exchange, method, path).ConfigureAwait(false);
        if (outcome.Verified is null)
        {
            await refusals.AnswerAsync(exchange, outcome.Rejection).ConfigureAwait(false);
        }

        return outcome.Verified;
    }

    /// <summary>Verifies lease, proof and freshness. A repeated header is refused as if it were malformed.</summary>
    internal ValueTask<AuthOutcome<VerifiedCaller>> AuthenticateAsync(HttpExchange exchange, string method, string path) =>
        agents.AuthenticateAsync(
            Headers.Single(exchange, "authorization"u8), Headers.Single(exchange, "dpop"u8), method, path, exchange.Peer.UserId);
}

/// <summary>Authenticates operators, and lets none of them in too often.</summary>
internal sealed class OperatorGate(OperatorAuthenticator operators, RateLimiter limits, AuthRefusals refusals)
{
    /// <summary>The verified operator; null when the request was answered with a refusal.</summary>
    internal async ValueTask<VerifiedOperator?> AdmitAsync(HttpExchange exchange, OperatorAccess access)
    {
        // Whoever guesses is slowed down before it costs anything. Who has an operator's key is not locked out by others who fail.
        var uid = exchange.Peer.UserId;
        if (limits.FailsTooOften(uid) && !operators.KnowsKey(Headers.Single(exchange, "authorization"u8)))
        {
            await ThrottleAsync(exchange, access, null).ConfigureAwait(false);
            return null;
        }

        var outcome = await AuthenticateAsync(exchange, access.Method, access.Path).ConfigureAwait(false);
        if (outcome.Rejection.Dpop == DpopFault.Htu && exchange.Path.Contains((byte)'%'))
        {
            // RFC 9449 has a proof name the target as it is sent; existing clients name it decoded. Either is this route and no other.
            outcome = await AuthenticateAsync(exchange, access.Method, Encoding.ASCII.GetString(exchange.Path)).ConfigureAwait(false);
        }

        if (outcome.Verified is not { } @operator)
        {
            limits.CountFailure(uid);
            await refusals.AnswerAsync(exchange, outcome.Rejection).ConfigureAwait(false);
            return null;
        }

        if (!MayAsk(@operator, access.Throttle))
        {
            await ThrottleAsync(exchange, access, @operator).ConfigureAwait(false);
            return null;
        }

        if (@operator.Role < access.Role)
        {
            await refusals.AnswerAsync(exchange, @operator, access).ConfigureAwait(false);
            return null;
        }

        return @operator;
    }

    private ValueTask<AuthOutcome<VerifiedOperator>> AuthenticateAsync(HttpExchange exchange, string method, string path) =>
        operators.AuthenticateAsync(Headers.Single(exchange, "authorization"u8), Headers.Single(exchange, "dpop"u8), method, path);

    private bool MayAsk(VerifiedOperator @operator, OperatorThrottle throttle) => throttle switch
    {
        OperatorThrottle.None => true,
        OperatorThrottle.Read or OperatorThrottle.ReadDetail => limits.TakeRead(@operator.Name),
        _ => limits.TakeWrite(@operator.Name),
    };

    private async ValueTask ThrottleAsync(HttpExchange exchange, OperatorAccess access, VerifiedOperator? @operator)
    {
        var failure = ThrottledAnswer.WriteOperator(exchange, access.Throttle);
        await refusals.RecordAsync(failure, exchange.Peer.UserId, @operator, limits.Announces(exchange.Peer.UserId)).ConfigureAwait(false);
    }
}

/// <summary>What both doors do with somebody they do not let in: count, record, answer.</summary>
internal sealed class AuthRefusals(RateLimiter limits, AuditTrail audit, GateMetrics metrics)
{
    internal ValueTask AnswerAsync(HttpExchange exchange, AuthRejection rejection)
    {
        var denial = AuthDenials.Of(rejection);
        metrics.AuthenticationRefused(rejection);
        return AnswerAsync(exchange, denial, ReasonOf(limits, exchange.Peer.UserId, denial));
    }

    /// <summary>
    /// What the event of a failed authentication says; null when there is to be none: its user fails so often that the events, which
    /// nobody has to prove anything for, would fill the ledger's disk.
    /// </summary>
    internal static string? ReasonOf(RateLimiter limits, uint uid, Denial denial)
    {
        var reason = $"auth: {GateFailures.Describe(denial.Failure).Code}{(denial.Reason is null ? "" : ": " + denial.Reason)}";
        return limits.RecordsFailure(uid) ? reason
            : limits.Announces(uid) ? $"{reason}; uid {uid} fails too often, and one such event a second is recorded"
            : null;
    }

    private async ValueTask AnswerAsync(HttpExchange exchange, Denial denial, string? reason)
    {
        if (reason is null)
        {
            ErrorAnswer.Write(exchange, denial);
            return;
        }

        var traceId = AuthorizedCall.NewId();
        await audit.RecordAsync(new AuditEvent
        {
            TraceId = traceId,
            EventType = EventTypes.AuthDenied,
            Decision = AuditDecision.Deny,
            DenyReason = reason,
        }).ConfigureAwait(false);
        ErrorAnswer.Write(exchange, denial, traceId);
    }

    /// <summary>Counts a request that came too often, and records one a second.</summary>
    internal async ValueTask RecordAsync(GateFailure failure, uint uid, VerifiedOperator? @operator, bool isRecorded)
    {
        metrics.Throttled(failure);
        if (isRecorded)
        {
            await audit.RecordAsync(new AuditEvent
            {
                TraceId = AuthorizedCall.NewId(),
                EventType = EventTypes.AuthDenied,
                Decision = AuditDecision.Deny,
                Principal = @operator?.Name ?? "",
                DenyReason = $"{GateFailures.Describe(failure).Code}: uid {uid}{(@operator is null ? ", failed authentication" : "")}; one such event a second is recorded",
                OperatorAuthnMethod = @operator?.AuthnMethod,
                OperatorSenderBinding = @operator?.SenderBinding,
            }).ConfigureAwait(false);
        }
    }

    internal async ValueTask AnswerAsync(HttpExchange exchange, VerifiedOperator @operator, OperatorAccess access)
    {
        var denial = new Denial(GateFailure.OperatorForbidden, $"{access.Method} {PlainText.Clean(access.Path, 128)} needs the role {access.Role.ToWire()}");
        var traceId = AuthorizedCall.NewId();
        await audit.RecordAsync(new AuditEvent
        {
            TraceId = traceId,
            EventType = EventTypes.AuthDenied,
            Decision = AuditDecision.Deny,
            Principal = @operator.Name,
            DenyReason = $"auth: {GateFailures.Describe(denial.Failure).Code}: {denial.Reason}",
            OperatorAuthnMethod = @operator.AuthnMethod,
            OperatorSenderBinding = @operator.SenderBinding,
        }).ConfigureAwait(false);
        ErrorAnswer.Write(exchange, denial, traceId);
    }
}

/// <summary>Headers that must not be sent twice.</summary>
internal static class Headers
{
    /// <summary>The value; empty when absent, and when sent more than once: RFC 9449 §4.3 allows one proof.</summary>
    internal static ReadOnlySpan<byte> Single(HttpExchange exchange, ReadOnlySpan<byte> lowerName) =>
        exchange.CountHeaders(lowerName) == 1 && exchange.TryGetHeader(lowerName, out var value) ? value : default;
}
