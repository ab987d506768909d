using System.Net;
using LatchGate.Egress;
using LatchGate.Egress.Proxy;
using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Oracles;

namespace LatchGate.Fuzz.Targets;

/// <summary>The second layer's list, computed from the same scenarios as egress-judge.</summary>
internal sealed class ProxyListTarget : FuzzTarget
{
    private const string Public = "93.184.216.34";

    internal override string Name => "proxy-list";

    internal override string Property => "the proxy's list names no host that the gate would not look up, and names host and port of all that a rule lists; no entry lies within another";

    internal override IReadOnlyList<string> Subjects => ["LatchGate.Egress.Proxy.EgressAllowlist", "LatchGate.Egress.Proxy.HostPatterns"];

    internal override int MaxLength => 256;

    internal override void Run(ReadOnlySpan<byte> input)
    {
        var scenario = EgressScenario.Read(input);

        // Audit mode adds nothing to the list, and the operator's deny rules need not narrow it.
        var rules = scenario.Rules with { Mode = EgressMode.Enforce, Deny = [] };
        var list = EgressAllowlist.Of([rules], scenario.Ceiling, [], EgressScenario.Now);
        CheckShape(list);
        if (!Target.Parse(scenario.Url, out var target, out _) || target.Host == "localhost")
        {
            return;
        }

        var isListed = target.Address is null ? NamesHost(list, target.Host) : NaiveNetworks.Contain(list.Networks.Select(static entry => entry.Contains('/', StringComparison.Ordinal) ? entry : Whole(entry)), target.Address);
        var question = EgressJudgeTarget.Question(scenario with { Rules = rules }, target);
        if (isListed && target.Address is null)
        {
            // Ports, methods and principals are the gate's alone.
            Check.Holds(rules.Allow.Any(rule => MayName(rule, target, scenario.Ceiling)) || (rules.Default == EgressDefault.Allow && scenario.Ceiling.OpenEgress), $"{target.Host} is listed, though no rule names it");
            Check.Holds(scenario.Ceiling.RuntimeAllowlist is not { } bounds || NaiveJudge.Names(bounds, target), $"{target.Host} is listed beyond the operator's allowlist");
        }

        if (Opens(scenario, rules, question, target))
        {
            Check.Holds(isListed, $"{target.Origin} is allowed by the gate, and not on the list");
            Check.Holds(list.Ports.Any(range => range.Contains(target.Port)), $"the port of {target.Origin} is not on the list");
            Check.Holds(target.Scheme != EgressSchemes.Https || list.TunnelPorts.Any(range => range.Contains(target.Port)), $"no tunnel to the port of {target.Origin}");
        }
    }

    // Whether the gate allows it, by a rule that a list can say.
    private static bool Opens(EgressScenario scenario, EgressRuleSet rules, EgressQuestion question, Target target)
    {
        var said = rules with
        {
            Default = EgressDefault.Deny,
            Allow = rules.Allow.RemoveAll(rule =>
                rule.Hosts.IsEmpty && (rule.Cidrs.IsEmpty || target.Address is null || rule.AllowPrivateTargets || scenario.Ceiling.RuntimeAllowlist is not null)),
        };
        IPAddress[] answers = [target.Address ?? IPAddress.Parse(Public)];
        return NaiveAddressTable.TierOf(answers[0]) == AddressTier.Public
            && NaiveAddressTable.EndOf(answers[0]).Equals(answers[0])
            && NaiveJudge.Judge(question with { Rules = said }, answers) == NaiveVerdict.Allowed;
    }

    private static bool MayName(EgressAllowRule rule, Target target, EgressCeiling ceiling) =>
        !rule.Hosts.IsEmpty ? NaiveJudge.Names(rule.Hosts, target) : (rule.Any && ceiling.OpenEgress) || rule.Resolve;

    // As Squid reads dstdomain: .x is x and all below it.
    private static bool NamesHost(EgressAllowlist list, string host) =>
        list.Domains.Any(entry => entry == host || (entry[0] == '.' && ("." + host).EndsWith(entry, StringComparison.Ordinal)))
        || list.OneLabel.Any(tail => host.EndsWith("." + tail, StringComparison.Ordinal) && !host[..^(tail.Length + 1)].Contains('.', StringComparison.Ordinal));

    // Squid stops on an entry within another.
    private static void CheckShape(EgressAllowlist list)
    {
        foreach (var entry in list.Domains)
        {
            var host = entry.TrimStart('.');
            Check.Holds(!list.Domains.Any(other => other != entry && other[0] == '.' && ("." + host).EndsWith(other, StringComparison.Ordinal)), $"{entry} lies within another entry");
        }

        Check.Holds(list.Domains.SequenceEqual(list.Domains.Distinct().Order(StringComparer.Ordinal)), "the names are sorted and differ");
        Check.Holds(list.Ports.Any(static range => range.Contains(443)), "443 is always there");
    }

    private static string Whole(string address) => address + (address.Contains(':', StringComparison.Ordinal) ? "/128" : "/32");
}
