using System.Security.Cryptography;
using LatchGate.Egress;

namespace LatchGate.Telemetry.Otlp;

/// <summary>One record of egress on its way to a collector: a span, and for a refusal or failure a log record beside it.</summary>
/// <param name="TraceId">The call's id, a UUID; without its hyphens it is the trace.</param>
/// <param name="Principal">Who asked.</param>
/// <param name="ActionId">The action.</param>
/// <param name="ExecutionId">The grant of the execution; null when it was refused before there was one.</param>
/// <param name="RuleSet">Digest of the rules that it was judged by.</param>
/// <param name="Record">What happened.</param>
internal sealed record EgressSignal(
    string TraceId, string Principal, string ActionId, string? ExecutionId, string RuleSet, EgressRecord Record)
{
    /// <summary>16 hexadecimal digits, not all zero.</summary>
    internal string SpanId { get; } = NewSpanId();

    /// <summary>The span's and the log record's name.</summary>
    internal string Name => Record.Ending switch
    {
        EgressEnding.Allowed => "egress.request",
        EgressEnding.Denied => "egress.dial.denied",
        EgressEnding.Failed => "egress.dial.failed",
        _ => throw new InvalidOperationException($"No name for {Record.Ending}."),
    };

    /// <summary>Whether a WARN log record goes with the span.</summary>
    internal bool IsLogged => Record.Ending != EgressEnding.Allowed || Record.WouldDeny is not null;

    private static string NewSpanId()
    {
        string id;
        do
        {
            id = RandomNumberGenerator.GetHexString(16, lowercase: true);
        }
        while (id == "0000000000000000");
        return id;
    }
}
