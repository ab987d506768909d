using LatchGate.Actions;
using LatchGate.Egress;

namespace LatchGate.Approvals;

/// <summary>
/// Opens the one unlisted host that an operator saw and approved, for the one run that was approved: that host, port, scheme and
/// method, never a private address, never beyond the operator's own ceiling. Nothing is learned (reference/kernel.md D-42).
/// </summary>
internal static class ApprovedHost
{
    /// <summary>The rule's name in evidence.</summary>
    internal const string RuleName = "approved-once";

    /// <summary>The rules of the run.</summary>
    /// <param name="rules">The action's own.</param>
    /// <param name="host">The host that was approved, in canonical form.</param>
    /// <param name="task">The frozen task, which names it.</param>
    internal static EgressRuleSet Open(EgressRuleSet rules, string host, ResolvedTask task)
    {
        if (!task.TryGetUrl(out var url) || !Target.Parse(url, out var target, out _) || target.Host != host)
        {
            return rules;
        }

        var rule = new EgressAllowRule(
            RuleName,
            [new HostPattern(HostPatternKind.Exact, host)],
            Cidrs: [],
            [new PortRange(target.Port, target.Port)],
            target.Scheme,
            [task.Method],
            AllowPrivateTargets: false,
            Resolve: false,
            Expires: null);
        return rules with { Allow = rules.Allow.Add(rule) };
    }
}
