using LatchGate.Egress;
using LatchGate.Telemetry.Tracing;

namespace LatchGate.Telemetry.Otlp;

/// <summary>One record of egress on its way to a collector: a span, and for a refusal or failure a log record beside it.</summary>
/// <param name="callId">The call's id, a UUID; without its hyphens it is the trace, unless the caller brought one.</param>
/// <param name="principal">Who asked.</param>
/// <param name="actionId">The action.</param>
/// <param name="executionId">The grant of the execution; null when it was refused before there was one.</param>
/// <param name="ruleSet">Digest of the rules that it was judged by.</param>
/// <param name="record">What happened.</param>
/// <param name="parent">The span that it is a child of; null where the call is not followed.</param>
internal sealed class EgressSignal(
    string callId, string principal, string actionId, string? executionId, string ruleSet, EgressRecord record, TraceContext? parent = null) : OtlpSignal
{
    /// <summary>The call's id.</summary>
    internal string CallId => callId;

    /// <summary>Who asked.</summary>
    internal string Principal => principal;

    /// <summary>The action.</summary>
    internal string ActionId => actionId;

    /// <summary>The grant of the execution; null when it was refused before there was one.</summary>
    internal string? ExecutionId => executionId;

    /// <summary>Digest of the rules that it was judged by.</summary>
    internal string RuleSet => ruleSet;

    /// <summary>What happened.</summary>
    internal EgressRecord Record => record;

    /// <summary>The place of its span.</summary>
    internal TraceContext Context { get; } =
        parent is { } place ? place with { SpanId = TraceContext.NewSpanId() } : TraceContext.Of(callId, TraceContext.NewSpanId());

    /// <summary>The span that it is a child of; 0 for none.</summary>
    internal ulong ParentSpanId => parent?.SpanId ?? 0;

    /// <inheritdoc/>
    internal override int Spans => Context.IsSampled ? 1 : 0;

    /// <summary>The span's and the log record's name.</summary>
    internal string Name => Record.Ending switch
    {
        EgressEnding.Allowed => "egress.request",
        EgressEnding.Denied => "egress.dial.denied",
        EgressEnding.Failed => "egress.dial.failed",
        _ => throw new InvalidOperationException($"No name for {Record.Ending}."),
    };

    /// <summary>Whether a WARN log record goes with the span.</summary>
    internal override bool IsLogged => Record.Ending != EgressEnding.Allowed || Record.WouldDeny is not null;
}
