namespace LatchGate.Egress;

/// <summary>What is asked of the judge: may this principal, in this action, send this method to this target now?</summary>
/// <param name="Rules">The action's ways out.</param>
/// <param name="Ceiling">The operator's bounds.</param>
/// <param name="Target">The one reading of the URL.</param>
/// <param name="Method">HTTP method; compared case-sensitively, as RFC 9110 §9.1 has it.</param>
/// <param name="Principal">Who asks. Connections are never shared between principals.</param>
/// <param name="Action">Which action asks. Connections are never shared between actions.</param>
/// <param name="Now">The time at which rules expire and audit ends.</param>
public readonly record struct EgressQuestion(
    EgressRuleSet Rules,
    EgressCeiling Ceiling,
    Target Target,
    string Method,
    string Principal,
    string Action,
    DateTimeOffset Now)
{
    /// <summary>Transport of the request.</summary>
    public EgressProtocol Protocol { get; init; }

    /// <summary>Takes what each step says; null, as in every request, costs nothing.</summary>
    public JudgementTrace? Trace { get; init; }

    /// <summary>Whether list refusals are let through and recorded: the rules ask for it, and neither their end nor the operator's has come.</summary>
    public bool IsAudited => Ceiling.Audits(Rules, Now);
}
