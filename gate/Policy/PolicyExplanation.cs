using System.Collections.Immutable;

namespace LatchGate.Policy;

/// <summary>What became of a rule.</summary>
public enum RuleVerdict
{
    /// <summary>The rule was tried and did not decide.</summary>
    Passed,

    /// <summary>The rule gave the decision.</summary>
    Decided,

    /// <summary>An earlier rule had decided.</summary>
    NotReached,
}

/// <summary>One rule of a policy, as it was tried for one question.</summary>
/// <param name="Rule">Its number in the policy, such as <c>3a</c> (reference/kernel.md §10.3).</param>
/// <param name="Title">What it looks at, in some words.</param>
/// <param name="Verdict">What became of it.</param>
/// <param name="Detail">The fact that it rests on; empty where the rule was not reached, or could not read it. Quotes the question.</param>
public sealed record ExplainedRule(string Rule, string Title, RuleVerdict Verdict, string Detail);

/// <summary>A decision with the rules that led to it, from one evaluation of the policy in force.</summary>
/// <param name="Decision">The decision, the same that the gate would act on.</param>
/// <param name="Rules">
/// The rules in the order in which they are tried; empty where the policy does not explain itself: it has no entry point
/// <c>latchgate/explain</c>, or another process evaluates it.
/// </param>
public sealed record PolicyExplanation(PolicyDecision Decision, ImmutableArray<ExplainedRule> Rules);
