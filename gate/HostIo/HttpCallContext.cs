using LatchGate.Egress;
using LatchGate.Egress.Caps;

namespace LatchGate.HostIo;

/// <summary>For whom and within which bounds one execution may send requests.</summary>
/// <param name="Rules">The action's ways out, as of the snapshot that the grant names.</param>
/// <param name="Ceiling">The operator's bounds.</param>
/// <param name="Principal">Who acts.</param>
/// <param name="Action">The action's id.</param>
/// <param name="MaxResponseBytes">The action's bound of one host answer; the rules' own bound applies too.</param>
/// <param name="MaxRedirects">Redirects followed at most, each judged anew; 0 refuses any redirect.</param>
public sealed record HttpCallContext(
    EgressRuleSet Rules, EgressCeiling Ceiling, string Principal, string Action, int MaxResponseBytes, int MaxRedirects = 0)
{
    /// <summary>What the execution has used under rules with caps; null enforces none, as in tests.</summary>
    public ExecutionCaps? Caps { get; init; }

    /// <summary>The call's place in its trace (W3C <c>traceparent</c>); sent where the action's rules list that header, null sends none.</summary>
    internal string? TraceParent { get; init; }

    /// <summary>The caller's <c>tracestate</c>, likewise.</summary>
    internal string? TraceState { get; init; }
}
