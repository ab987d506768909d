using System.Collections.Immutable;
using System.Globalization;
using LatchGate.Config;
using LatchGate.Egress;

namespace LatchGate.Cli;

/// <summary>The rule that came furthest towards a refused target, and what it lacked.</summary>
/// <param name="Name">The rule.</param>
/// <param name="Lacks">What it lists instead, in words.</param>
internal sealed record NearestRule(string Name, string Lacks)
{
    /// <summary>The listed host that was probably meant; null when none is near.</summary>
    internal string? Meant { get; init; }

    /// <summary>Finds it: the rule whose conditions the target met longest; where none lists the host, the one that lists the most similar.</summary>
    /// <param name="trace">What the judge noted.</param>
    /// <param name="rules">All rules.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="verdict">The refusal.</param>
    internal static NearestRule? Of(JudgementTrace trace, EgressRuleSet rules, in EgressQuestion question, in EgressVerdict verdict) =>
        verdict.Allowed ? null
        : trace.Nearest is { } furthest && furthest.Reason != EgressReason.HostNotAllowed ? new NearestRule(furthest.Rule.Name, Lack(furthest, in question, in verdict))
        : ByName(rules, question.Target.Host);

    private static string Lack(RuleMatch match, in EgressQuestion question, in EgressVerdict verdict)
    {
        var (rule, target) = (match.Rule, question.Target);
        return match.Reason switch
        {
            EgressReason.PortNotAllowed => $"lists ports {Ports(rule.Ports)}; the target's is {target.Port.ToString(CultureInfo.InvariantCulture)}",
            EgressReason.SchemeNotAllowed => $"accepts {(rule.Schemes == EgressSchemes.Https ? "https" : "http")} alone",
            EgressReason.MethodNotAllowed => $"accepts {string.Join(", ", rule.Methods)}; the request is {question.Method}",
            EgressReason.PrincipalNotAllowed => $"is for other principals than {question.Principal}",
            EgressReason.ProtocolNotAllowed => "is for another transport",
            EgressReason.PrivateTarget => rule.AllowPrivateTargets
                ? "may reach private targets; [egress] private_cidrs does not hold every address" : "has no allow_private_targets",
            EgressReason.CidrNotAllowed => "does not hold every address in its cidrs",
            _ when verdict.Layer == EgressLayer.Gate => "lists the target; the operator's lists do not let it through",
            _ when verdict.Reason == EgressReason.DenyRule => "lists the target; a deny rule stands above it",
            _ => "lists the target",
        };
    }

    private static NearestRule? ByName(EgressRuleSet rules, string host)
    {
        NearestRule? best = null;
        var bestDistance = Math.Max(2, host.Length / 3) + 1;
        foreach (var rule in rules.Allow)
        {
            foreach (var pattern in rule.Hosts)
            {
                var distance = EditDistance.Between(host, pattern.Value);
                if (distance < bestDistance || (host.EndsWith(pattern.Value, StringComparison.Ordinal) && best is null))
                {
                    best = new NearestRule(rule.Name, $"lists {TextOf(pattern)}, which does not cover {host}")
                    {
                        Meant = pattern.Kind == HostPatternKind.Exact && distance < bestDistance ? pattern.Value : null,
                    };
                    bestDistance = Math.Min(distance, bestDistance);
                }
            }
        }

        return best;
    }

    private static string TextOf(HostPattern pattern) => pattern.Kind switch
    {
        HostPatternKind.Suffix => "." + pattern.Value,
        HostPatternKind.OneLabel => "*." + pattern.Value,
        _ => pattern.Value,
    };

    private static string Ports(ImmutableArray<PortRange> ranges)
    {
        var texts = new List<string>();
        foreach (var range in ranges)
        {
            texts.Add(range.From == range.To
                ? range.From.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{range.From}-{range.To}"));
        }

        return string.Join(", ", texts);
    }
}
