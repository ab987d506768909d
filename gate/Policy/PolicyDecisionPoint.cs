namespace LatchGate.Policy;

/// <summary>
/// Where the gate asks policy: at the request, and again when a held call is decided. Whatever goes wrong is a denial that says what.
/// </summary>
public sealed class PolicyDecisionPoint(PolicyEngine engine)
{
    /// <summary>The <c>policy_version</c> of the data in force.</summary>
    public string PolicyVersion => engine.PolicyVersion;

    /// <summary>Asks the policy.</summary>
    public ValueTask<PolicyDecision> DecideAsync(PolicyInput input) => ValueTask.FromResult(engine.Evaluate(input));

    /// <summary>Asks the policy, and asks it which of its rules decided and why.</summary>
    public ValueTask<PolicyExplanation> ExplainAsync(PolicyInput input) => ValueTask.FromResult(engine.Explain(input));
}
