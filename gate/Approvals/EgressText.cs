using LatchGate.Egress;
using LatchGate.Json;

namespace LatchGate.Approvals;

/// <summary>A rule set as canonical JSON: what a plan freezes of an action's ways out, every bound included.</summary>
internal static class EgressText
{
    internal static CanonicalBytes Of(EgressRuleSet rules)
    {
        using var json = new CanonicalWriter();
        json.BeginObject().Name("allow"u8).BeginArray();
        foreach (var rule in rules.Allow)
        {
            Write(json, rule);
        }

        json.End().Member("allow_learning"u8, rules.AllowLearning).Name("deny"u8).BeginArray();
        foreach (var rule in rules.Deny)
        {
            Write(json.BeginObject().Name("cidrs"u8).BeginArray(), rule.Cidrs).End();
            Write(json.Name("hosts"u8).BeginArray(), rule.Hosts).End();
            json.Member("message"u8, rule.Message).Member("name"u8, rule.Name).Member("status"u8, rule.Status).End();
        }

        json.End().Name("limits"u8).BeginObject()
            .Member("connect_ms"u8, rules.Limits.ConnectMs)
            .Member("request_bytes"u8, rules.Limits.RequestBytes)
            .Member("request_ms"u8, rules.Limits.RequestMs)
            .Member("response_bytes"u8, rules.Limits.ResponseBytes)
            .End();
        return json.Member("profile"u8, rules.Profile == EgressProfile.None ? "none" : "proxy_allowlist").End().Finish();
    }

    private static void Write(CanonicalWriter json, EgressAllowRule rule)
    {
        json.BeginObject().Member("allow_private_targets"u8, rule.AllowPrivateTargets);
        Write(json.Name("cidrs"u8).BeginArray(), rule.Cidrs).End();
        json.Member("expires"u8, rule.Expires is { } expires ? Evidence.WireTime.Format(expires) : null);
        Write(json.Name("hosts"u8).BeginArray(), rule.Hosts).End();
        json.Name("methods"u8).List(rule.Methods).Member("name"u8, rule.Name).Name("ports"u8).BeginArray();
        foreach (var range in rule.Ports)
        {
            json.BeginArray().Value((long)range.From).Value((long)range.To).End();
        }

        json.End().Member("resolve"u8, rule.Resolve).Member("schemes"u8, (long)rule.Schemes).End();
    }

    private static CanonicalWriter Write(CanonicalWriter json, System.Collections.Immutable.ImmutableArray<Cidr> networks)
    {
        foreach (var network in networks)
        {
            json.Value($"{network.Network}/{network.PrefixLength}");
        }

        return json;
    }

    private static CanonicalWriter Write(CanonicalWriter json, System.Collections.Immutable.ImmutableArray<HostPattern> hosts)
    {
        foreach (var host in hosts)
        {
            json.Value(host.Kind switch
            {
                HostPatternKind.Suffix => "." + host.Value,
                HostPatternKind.OneLabel => "*." + host.Value,
                _ => host.Value,
            });
        }

        return json;
    }
}
