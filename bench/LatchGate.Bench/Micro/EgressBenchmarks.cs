using System.Net;
using BenchmarkDotNet.Attributes;
using LatchGate.Egress;

namespace LatchGate.Bench.Micro;

/// <summary>One target against a rule set of 1,000 allow and 100 deny rules: exact names, suffixes, single labels, methods and principals.</summary>
public class EgressBenchmarks
{
    private static readonly IPAddress[] Answer = [IPAddress.Parse("93.184.216.34"), IPAddress.Parse("2606:4700:4700::1111")];

    private readonly EgressQuestion _unlisted;
    private readonly EgressQuestion _denied;
    private readonly EgressQuestion _port;
    private readonly EgressQuestion _listed;
    private readonly EgressQuestion _networks;

    public EgressBenchmarks()
    {
        var rules = new EgressRuleSet(
            EgressProfile.ProxyAllowlist,
            [.. Enumerable.Range(0, 1000).Select(Allow)],
            [.. Enumerable.Range(0, 100).Select(static i => new EgressDenyRule($"deny-{i}", [new HostPattern(HostPatternKind.Suffix, $"d{i}.example.org")], [], 403, ""))],
            AllowLearning: false,
            EgressLimits.Default);
        var networks = rules with { Allow = [.. Enumerable.Range(0, 1000).Select(static i => Allow(i) with { Hosts = [], Cidrs = [new Cidr(new IPAddress([93, (byte)(i >> 8), (byte)i, 0]), 24)] })] };
        _unlisted = Ask(rules, "https://not-listed.example.net/v1");
        _denied = Ask(rules, "https://deep.below.d77.example.org/");
        _port = Ask(rules, "https://h998.example.com:8443/");
        _listed = Ask(rules, "https://h998.example.com/");
        _networks = Ask(networks, "https://93.184.216.34/");
    }

    /// <summary>A host that no rule names.</summary>
    [Benchmark]
    public bool DenyUnlisted() => EgressJudge.JudgeBeforeDns(_unlisted, out _).Allowed;

    /// <summary>A host that a deny rule names by suffix.</summary>
    [Benchmark]
    public bool DenyRule() => EgressJudge.JudgeBeforeDns(_denied, out _).Allowed;

    /// <summary>A listed host, another port.</summary>
    [Benchmark]
    public bool DenyPort() => EgressJudge.JudgeBeforeDns(_port, out _).Allowed;

    /// <summary>An address against 1,000 rules of networks, none of which holds it.</summary>
    [Benchmark]
    public bool DenyNetworks()
    {
        EgressJudge.JudgeBeforeDns(_networks, out var permit);
        return permit is not null && EgressJudge.JudgeAddresses(permit, Answer.AsSpan(0, 1), out _).Allowed;
    }

    /// <summary>A listed host with its two addresses, up to the proof that can be connected.</summary>
    [Benchmark]
    public bool Allow()
    {
        EgressJudge.JudgeBeforeDns(_listed, out var permit);
        return EgressJudge.JudgeAddresses(permit!, Answer, out _).Allowed;
    }

    private static EgressAllowRule Allow(int i) => new(
        $"rule-{i}",
        [(i % 3) switch
        {
            0 => new HostPattern(HostPatternKind.Suffix, $"s{i}.example.com"),
            1 => new HostPattern(HostPatternKind.OneLabel, $"o{i}.example.com"),
            _ => new HostPattern(HostPatternKind.Exact, $"h{i}.example.com"),
        }],
        [],
        [new PortRange(443, 443)],
        EgressSchemes.Https,
        ["GET", "POST"],
        AllowPrivateTargets: false,
        Resolve: false,
        Expires: DateTimeOffset.MaxValue)
    {
        Principals = [new PrincipalSelector("uid:1000", [])],
    };

    private static EgressQuestion Ask(EgressRuleSet rules, string url) => Target.Parse(url, out var target, out _)
        ? new EgressQuestion(rules, EgressCeiling.Default, target, "GET", "uid:1000", "bench", DateTimeOffset.UnixEpoch)
        : throw new InvalidOperationException(url);
}
