namespace LatchGate.Policy;

/// <summary>
/// Where the gate asks policy: at the request, and again when a held call is decided. Whatever goes wrong is a denial that says what.
/// </summary>
public sealed class PolicyDecisionPoint(PolicyEngine engine)
{
    /// <summary>The <c>policy_version</c> of the data in force.</summary>
    public string PolicyVersion => engine.PolicyVersion;

    /// <summary>Whether the gate holds the policy's data itself, so that it can change them.</summary>
    public bool OwnsData => true;

    /// <summary>Puts another data document in force.</summary>
    /// <param name="dataJson">The data document, JSON in UTF-8.</param>
    /// <exception cref="Pipeline.StartupException">The document is not valid; the one in force stays.</exception>
    public void ReplaceData(ReadOnlyMemory<byte> dataJson) => engine.ReplaceData(dataJson);

    /// <summary>Asks the policy.</summary>
    public ValueTask<PolicyDecision> DecideAsync(PolicyInput input) => ValueTask.FromResult(engine.Evaluate(input));

    /// <summary>Asks the policy, and asks it which of its rules decided and why.</summary>
    public ValueTask<PolicyExplanation> ExplainAsync(PolicyInput input) => ValueTask.FromResult(engine.Explain(input));
}
