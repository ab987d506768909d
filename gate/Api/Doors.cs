using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Identity;
using LatchGate.Pipeline;
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

/// <summary>Authenticates operators.</summary>
internal sealed class OperatorGate(OperatorAuthenticator operators, AuthRefusals refusals)
{
    /// <summary>The verified operator; null when the request was answered with a refusal.</summary>
    internal async ValueTask<VerifiedOperator?> AdmitAsync(HttpExchange exchange, OperatorAccess access)
    {
        var outcome = await operators.AuthenticateAsync(
            Headers.Single(exchange, "authorization"u8), Headers.Single(exchange, "dpop"u8), access.Method, access.Path).ConfigureAwait(false);
        if (outcome.Verified is not { } @operator)
        {
            await refusals.AnswerAsync(exchange, outcome.Rejection).ConfigureAwait(false);
            return null;
        }

        if (@operator.Role < access.Role)
        {
            await refusals.AnswerAsync(exchange, @operator, access).ConfigureAwait(false);
            return null;
        }

        return @operator;
    }
}

/// <summary>What both doors do with somebody they do not let in: count, record, answer.</summary>
internal sealed class AuthRefusals(AuditTrail audit, GateMetrics metrics)
{
    internal async ValueTask AnswerAsync(HttpExchange exchange, AuthRejection rejection)
    {
        var denial = AuthDenials.Of(rejection);
        var traceId = AuthorizedCall.NewId();
        metrics.AuthenticationRefused(rejection);
        await audit.RecordAsync(new AuditEvent
        {
            TraceId = traceId,
            EventType = EventTypes.AuthDenied,
            Decision = AuditDecision.Deny,
            DenyReason = $"auth: {GateFailures.Describe(denial.Failure).Code}{(denial.Reason is null ? "" : ": " + denial.Reason)}",
        }).ConfigureAwait(false);
        ErrorAnswer.Write(exchange, denial, traceId);
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
