using System.Collections.Immutable;
using LatchGate.Egress;

namespace LatchGate.Learned;

/// <summary>
/// Turns learned hosts into allow rules of an action: https on 443, and http on 80 where a rule of the manifest for public hosts takes
/// it; with the methods that such rules take, for the principals that they are for; never a private address, and never with a credential. Deny rules and the operator's ceiling stand above them.
/// </summary>
internal static class LearnedHosts
{
    /// <summary>The rules' names in evidence.</summary>
    internal const string RuleName = "learned";

    /// <inheritdoc cref="RuleName"/>
    internal const string HttpRuleName = "learned-http";

    internal static EgressRuleSet Open(EgressRuleSet rules, ImmutableArray<HostPattern> hosts)
    {
        var methods = ImmutableArray<string>.Empty;
        var principals = ImmutableArray<PrincipalSelector>.Empty;
        var (anyRule, anyMethod, anyPrincipal, http) = (false, false, false, false);
        foreach (var rule in rules.Allow)
        {
            if (rule.AllowPrivateTargets || rule.Hosts.IsEmpty)
            {
                continue;
            }

            anyRule = true;
            anyMethod |= rule.Methods.IsEmpty;
            anyPrincipal |= rule.Principals.IsEmpty;
            principals = principals.AddRange(rule.Principals);
            http |= (rule.Schemes & EgressSchemes.Http) != 0 && Takes(rule.Ports, 80);
            foreach (var method in rule.Methods)
            {
                methods = methods.Contains(method) ? methods : methods.Add(method);
            }
        }

        // Without a rule for public hosts the manifest bounds the method by its template alone, and so do the learned ones.
        methods = anyMethod || !anyRule ? [] : methods;
        principals = anyPrincipal ? [] : principals;
        var learned = rules.Allow.Add(Rule(RuleName, hosts, 443, EgressSchemes.Https, methods, principals));
        return rules with { Allow = http ? learned.Add(Rule(HttpRuleName, hosts, 80, EgressSchemes.Http, methods, principals)) : learned };
    }

    private static bool Takes(ImmutableArray<PortRange> ports, int port)
    {
        foreach (var range in ports)
        {
            if (range.Contains(port))
            {
                return true;
            }
        }

        return false;
    }

    private static EgressAllowRule Rule(
        string name, ImmutableArray<HostPattern> hosts, ushort port, EgressSchemes scheme, ImmutableArray<string> methods,
        ImmutableArray<PrincipalSelector> principals) =>
        new(name, hosts, Cidrs: [], [new PortRange(port, port)], scheme, methods, AllowPrivateTargets: false, Resolve: false, Expires: null)
        {
            Principals = principals,
        };
}
