using System.Net;
using LatchGate.Egress;

namespace LatchGate.Tests.Egress;

/// <summary>Rules and questions in few words.</summary>
internal static class RuleKit
{
    internal static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    internal static HostPattern Host(string text) => text switch
    {
        ['*', '.', ..] => new HostPattern(HostPatternKind.OneLabel, text[2..]),
        ['.', ..] => new HostPattern(HostPatternKind.Suffix, text[1..]),
        _ => new HostPattern(HostPatternKind.Exact, text),
    };

    internal static Cidr Net(string text) => Cidr.TryParse(text, out var cidr) ? cidr! : throw new FormatException(text);

    internal static EgressAllowRule Allow(string name, params string[] hosts) => new(
        name, [.. hosts.Select(Host)], [], [new PortRange(80, 80), new PortRange(443, 443)], EgressSchemes.Https | EgressSchemes.Http, [], false, false, null);

    internal static EgressDenyRule Deny(string name, params string[] hosts) => new(name, [.. hosts.Select(Host)], [], 403, "");

    internal static EgressRuleSet Rules(params EgressAllowRule[] allow) => new(EgressProfile.ProxyAllowlist, [.. allow], [], false, EgressLimits.Default);

    internal static Target At(string url) => Target.Parse(url, out var target, out var reason) ? target : throw new FormatException($"{url}: {reason.Label()}");

    internal static EgressQuestion Ask(
        EgressRuleSet rules, string url, EgressCeiling? ceiling = null, string method = "GET", string principal = "uid:1000", DateTimeOffset? now = null,
        JudgementTrace? trace = null) =>
        new(rules, ceiling ?? EgressCeiling.Default, At(url), method, principal, "test_action", now ?? Now) { Trace = trace };

    /// <summary>Both phases; a name has the given addresses.</summary>
    internal static EgressVerdict Judge(in EgressQuestion question, out JudgedRoute? route, params string[] answers)
    {
        route = null;
        var verdict = EgressJudge.JudgeBeforeDns(question, out var permit);
        if (permit is null)
        {
            return verdict;
        }

        IPAddress[] addresses = question.Target.Address is { } literal ? [literal] : Array.ConvertAll(answers, IPAddress.Parse);
        verdict = EgressJudge.JudgeAddresses(permit, addresses, out route);
        Assert.Equal(verdict.Allowed, route is not null);
        return verdict;
    }
}
