using LatchGate.Http;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>
/// The 429 answers, exactly as existing clients know them (reference/wire.md §1.4): written as they are, since a flood gets many.
/// </summary>
internal static class ThrottledAnswer
{
    /// <summary>Answers an execution.</summary>
    internal static void WriteExecute(HttpExchange exchange) => Write(exchange, "{\"error\":\"rate_limited\"}"u8, "1"u8);

    /// <summary>Answers everything that has no form of its own.</summary>
    internal static void WriteCommon(HttpExchange exchange) => Write(exchange, "{\"error\":\"rate_limit_exceeded\"}"u8, default);

    /// <summary>Answers an operator in the form of the route.</summary>
    /// <returns>The code, for the record; that of an empty answer too.</returns>
    internal static GateFailure WriteOperator(HttpExchange exchange, OperatorThrottle throttle)
    {
        switch (throttle)
        {
            case OperatorThrottle.Decision:
                Write(exchange, "{\"error\":\"operator_throttled\"}"u8, "2"u8);
                return GateFailure.OperatorThrottled;
            case OperatorThrottle.ReadDetail:
                exchange.Response.Reset();
                exchange.Response.Status = 429;
                return GateFailure.RateLimitExceeded;
            default:
                WriteCommon(exchange);
                return GateFailure.RateLimitExceeded;
        }
    }

    private static void Write(HttpExchange exchange, ReadOnlySpan<byte> body, ReadOnlySpan<byte> retryAfter)
    {
        var response = exchange.Response;
        response.Reset();
        response.Status = 429;
        response.SetContentType("application/json"u8);
        if (!retryAfter.IsEmpty)
        {
            response.SetHeader("retry-after"u8, retryAfter);
        }

        System.Buffers.BuffersExtensions.Write(response.Body, body);
    }
}
