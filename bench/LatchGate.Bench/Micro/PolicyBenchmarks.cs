using BenchmarkDotNet.Attributes;
using LatchGate.Policy;

namespace LatchGate.Bench.Micro;

/// <summary>The built-in policy: an answer that is yes, and one that is no.</summary>
public class PolicyBenchmarks
{
    private readonly PolicyEngine _engine = PolicyEngine.LoadBuiltIn(Sample.PolicyData);
    private readonly PolicyInput _allowed = Question("http_read");
    private readonly PolicyInput _denied = Question("http_write");

    [Benchmark(Description = "policy, allow")]
    public PolicyDecision Allow() => Expect(_engine.Evaluate(_allowed), PolicyOutcome.Allow);

    [Benchmark(Description = "policy, deny")]
    public PolicyDecision Deny() => Expect(_engine.Evaluate(_denied), PolicyOutcome.Deny);

    private static PolicyDecision Expect(PolicyDecision decision, PolicyOutcome outcome) =>
        decision.Outcome == outcome ? decision : throw new InvalidOperationException($"{decision.Outcome}: {decision.DenyReason}");

    private static PolicyInput Question(string sink) => new()
    {
        Principal = "agent:bench",
        SessionId = Sample.NewId(),
        Scopes = ["tools:call"],
        RequiredScopes = Sample.Action.RequiredScopes,
        ActionId = Sample.Action.Id,
        ActionVersion = Sample.Action.Version,
        ActionRiskLevel = Sample.Action.Risk,
        ActionTrustVerdict = TrustVerdict.DigestOk,
        RequestHash = Sample.Action.Digest.ToString(),
        RequestedSinks = [sink],
        RequestedSecrets = [],
        EgressAllowedDomains = ["127.0.0.1", "localhost"],
        CallsRemaining = long.MaxValue,
    };
}
