using LatchGate.Http;
using LatchGate.Identity;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>Authenticates requests at the door: what a route demands before it looks at anything else.</summary>
internal sealed class AgentGate(AgentAuthenticator agents)
{
    /// <summary>The verified agent; null when the request was answered with a refusal.</summary>
    internal async ValueTask<VerifiedCaller?> AdmitAsync(HttpExchange exchange, string method, string path)
    {
        var outcome = await AuthenticateAsync(exchange, method, path).ConfigureAwait(false);
        if (outcome.Verified is null)
        {
            ErrorAnswer.Write(exchange, AuthDenials.Of(outcome.Rejection));
        }

        return outcome.Verified;
    }

    /// <summary>Verifies lease, proof and freshness. A repeated header is refused as if it were malformed.</summary>
    internal ValueTask<AuthOutcome<VerifiedCaller>> AuthenticateAsync(HttpExchange exchange, string method, string path) =>
        agents.AuthenticateAsync(
            Headers.Single(exchange, "authorization"u8), Headers.Single(exchange, "dpop"u8), method, path, exchange.Peer.UserId);
}

/// <summary>Authenticates operators.</summary>
internal sealed class OperatorGate(OperatorAuthenticator operators)
{
    /// <summary>The verified operator; null when the request was answered with a refusal.</summary>
    internal async ValueTask<VerifiedOperator?> AdmitAsync(HttpExchange exchange, string method, string path)
    {
        var outcome = await operators.AuthenticateAsync(
            Headers.Single(exchange, "authorization"u8), Headers.Single(exchange, "dpop"u8), method, path).ConfigureAwait(false);
        if (outcome.Verified is null)
        {
            ErrorAnswer.Write(exchange, AuthDenials.Of(outcome.Rejection));
        }

        return outcome.Verified;
    }
}

/// <summary>Headers that must not be sent twice.</summary>
internal static class Headers
{
    /// <summary>The value; empty when absent, and when sent more than once: RFC 9449 §4.3 allows one proof.</summary>
    internal static ReadOnlySpan<byte> Single(HttpExchange exchange, ReadOnlySpan<byte> lowerName) =>
        exchange.CountHeaders(lowerName) == 1 && exchange.TryGetHeader(lowerName, out var value) ? value : default;
}
