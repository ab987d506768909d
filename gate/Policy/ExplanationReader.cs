using System.Collections.Immutable;
using LatchGate.Policy.Rego;

namespace LatchGate.Policy;

/// <summary>Reads what <c>latchgate/explain</c> answers.</summary>
/// <remarks>
/// <code>
/// { "decision": DECISION, "rules": [ { "rule": STRING, "title": STRING, "decides": BOOL, "detail": STRING }, … ] }
/// </code>
/// The first rule that decides is the one that gave the decision.
/// </remarks>
internal static class ExplanationReader
{
    /// <summary>The rules, or none where the answer is not of that shape.</summary>
    internal static ImmutableArray<ExplainedRule> Read(RegoValue? answer)
    {
        if ((answer as RegoObject)?.Get("rules") is not RegoArray rules)
        {
            return [];
        }

        var read = ImmutableArray.CreateBuilder<ExplainedRule>(rules.Count);
        var isDecided = false;
        foreach (var item in rules.Items)
        {
            if (item is not RegoObject rule || rule.Get("rule") is not RegoString name || rule.Get("title") is not RegoString title
                || rule.Get("decides") is not RegoBoolean decides || rule.Get("detail") is not RegoString detail)
            {
                return [];
            }

            var verdict = isDecided ? RuleVerdict.NotReached : decides.Value ? RuleVerdict.Decided : RuleVerdict.Passed;
            isDecided |= decides.Value;
            read.Add(new ExplainedRule(name.Value, title.Value, verdict, verdict == RuleVerdict.NotReached ? "" : detail.Value));
        }

        return read.DrainToImmutable();
    }
}
