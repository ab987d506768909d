using System.Collections.Immutable;
using System.Net;
using LatchGate.Egress;
using LatchGate.Fuzz.Engine;

namespace LatchGate.Fuzz.Targets;

/// <summary>Rules, an operator's bounds, a request and what the resolver answers, all chosen by an input.</summary>
/// <remarks>
/// <code>
/// input  = settings counts who allow-rule* deny-rule* count answer* url NUL [url NUL]*
/// answer = byte of the pool, or 250 + 4 bytes, or 251 + 16 bytes
/// </code>
/// </remarks>
internal sealed record EgressScenario(
    EgressRuleSet Rules, EgressCeiling Ceiling, string Method, string Principal, IPAddress[] Answers, string Url, string Location)
{
    internal static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly HostPattern[] _hosts =
    [
        new(HostPatternKind.Exact, "api.example.com"), new(HostPatternKind.Suffix, "example.com"), new(HostPatternKind.OneLabel, "example.com"),
        new(HostPatternKind.Exact, "example.com"), new(HostPatternKind.Suffix, "api.example.com"), new(HostPatternKind.OneLabel, "eu.example.com"),
        new(HostPatternKind.Exact, "93.184.216.34"), new(HostPatternKind.Exact, "10.0.0.5"), new(HostPatternKind.Exact, "2606:4700::1111"),
        new(HostPatternKind.Exact, "xn--bcher-kva.example"), new(HostPatternKind.Suffix, "ample.com"), new(HostPatternKind.Exact, "localhost"),
        new(HostPatternKind.Exact, "::1"), new(HostPatternKind.OneLabel, "com.example"), new(HostPatternKind.Suffix, "co.uk"),
    ];

    private static readonly Cidr[] _networks =
        [Net("93.184.216.0/24"), Net("10.0.0.0/8"), Net("2606:4700::/32"), Net("127.0.0.0/8"), Net("203.0.113.4/30"), Net("fc00::/7"), Net("64.0.0.0/2"), Net("::1/128")];

    private static readonly IPAddress[] _addresses =
    [
        .. new[]
        {
            "93.184.216.34", "93.184.217.1", "10.0.0.5", "127.0.0.1", "169.254.169.254", "203.0.113.5", "2606:4700::1111", "::1", "fd00::1", "::ffff:10.0.0.5",
            "64:ff9b::a00:5", "64:ff9b::5db8:d822", "192.168.7.7", "fe80::1", "100.64.0.1", "8.8.8.8", "2002:a00:5::1", "fd00:ec2::254",
        }.Select(IPAddress.Parse),
    ];

    private static readonly PortRange[] _ports = [new(443, 443), new(80, 80), new(1, 65535), new(8000, 8099), new(65535, 65535)];
    private static readonly string[] _methods = ["GET", "POST", "DELETE", "get", ""];
    private static readonly string[] _principals = ["uid:1000", "agent:a", "agent:b"];

    private static readonly string[] _urls =
    [
        "https://api.example.com/x", "http://example.com:8080/", "https://a.b.example.com/", "https://93.184.216.34/", "http://10.0.0.5:80/y",
        "https://[2606:4700::1111]/", "https://eu.eu.example.com:8099/?q", "https://b\u00fccher.example/", "http://localhost:8000/", "http://[::1]/",
    ];

    private static readonly PrincipalSelector[] _selectors =
        [new("uid:1000", []), new(null, [new PrincipalLabel("team", "pay")]), new(null, [new PrincipalLabel("team", "ops"), new PrincipalLabel("tier", "1")])];

    private static readonly PrincipalDirectory _directory = new(new Dictionary<string, PrincipalLabels>
    {
        ["agent:a"] = new([new PrincipalLabel("team", "pay")]),
        ["agent:b"] = new([new PrincipalLabel("team", "ops"), new PrincipalLabel("tier", "1")]),
    });

    internal static EgressScenario Read(ReadOnlySpan<byte> input)
    {
        var reader = new InputReader(input);
        int settings = reader.NextByte(), counts = reader.NextByte();
        var method = reader.Pick<string>(_methods);
        var principal = reader.Pick<string>(_principals);
        var allow = ImmutableArray.CreateBuilder<EgressAllowRule>();
        for (var i = 0; i < counts % 5; i++)
        {
            allow.Add(ReadAllow(ref reader, "a" + (char)('0' + i)));
        }

        var deny = ImmutableArray.CreateBuilder<EgressDenyRule>();
        for (var i = 0; i < counts / 5 % 3; i++)
        {
            deny.Add(ReadDeny(ref reader, "d" + (char)('0' + i)));
        }

        var rules = new EgressRuleSet((settings & 15) == 9 ? EgressProfile.None : EgressProfile.ProxyAllowlist, allow.ToImmutable(), deny.ToImmutable(), false, EgressLimits.Default)
        {
            Mode = (settings & 1) != 0 ? EgressMode.Audit : EgressMode.Enforce,
            AuditUntil = (settings & 2) != 0 ? Now.AddDays((settings & 4) != 0 ? 1 : 0) : null,
            Default = (settings & 8) != 0 ? EgressDefault.Allow : EgressDefault.Deny,
            MaxRedirects = 3,
        };
        var ceiling = ReadCeiling(ref reader, settings);
        var answers = new IPAddress[reader.NextByte() % 5];
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = ReadAddress(ref reader);
        }

        return new EgressScenario(rules, ceiling, method, principal, answers, ReadUrl(ref reader), ReadUrl(ref reader));
    }

    private static EgressAllowRule ReadAllow(ref InputReader reader, string name)
    {
        int lists = reader.NextByte(), flags = reader.NextByte();
        ImmutableArray<HostPattern> hosts = [.. Some(ref reader, lists & 3, _hosts)];
        ImmutableArray<Cidr> cidrs = [.. Some(ref reader, lists >> 2 & 3, _networks)];
        return new EgressAllowRule(
            name,
            hosts,
            cidrs,
            [.. Some(ref reader, 1 + (lists >> 4 & 1), _ports)],
            (flags & 3) switch { 0 => EgressSchemes.Https, 1 => EgressSchemes.Http, _ => EgressSchemes.Http | EgressSchemes.Https },
            (flags & 4) != 0 ? ["GET"] : [],
            AllowPrivateTargets: (flags & 8) != 0,
            Resolve: (flags & 16) != 0,
            Expires: (flags & 32) != 0 ? Now.AddSeconds((flags & 64) != 0 ? 1 : 0) : null)
        {
            Principals = (lists & 64) != 0 ? [reader.Pick<PrincipalSelector>(_selectors)] : [],
            Any = (flags & 128) != 0 && hosts.IsEmpty && cidrs.IsEmpty,
            Protocol = (lists & 128) != 0 && (flags & 128) != 0 ? EgressProtocol.Udp : EgressProtocol.Tcp,
        };
    }

    private static EgressDenyRule ReadDeny(ref InputReader reader, string name)
    {
        int lists = reader.NextByte();
        return new EgressDenyRule(name, [.. Some(ref reader, lists & 1, _hosts)], [.. Some(ref reader, lists >> 1 & 1, _networks)], 451, "no")
        {
            Ports = [.. Some(ref reader, lists >> 2 & 1, _ports)],
            Principals = (lists & 8) != 0 ? [reader.Pick<PrincipalSelector>(_selectors)] : [],
        };
    }

    private static EgressCeiling ReadCeiling(ref InputReader reader, int settings) => new()
    {
        PrivateCidrs = [.. Some(ref reader, settings >> 4 & 1, _networks)],
        Deny = [.. Some(ref reader, settings >> 5 & 1, _hosts)],
        RuntimeAllowlist = (settings & 64) != 0 ? [.. Some(ref reader, 2, _hosts)] : null,
        OpenEgress = (settings & 128) != 0,
        AuditUntil = (settings & 3) != 3 ? Now.AddHours(1) : null,
        Principals = _directory,
        GateAddresses = [IPAddress.Parse("192.168.7.7")],
        GateEndpoints = [new IPEndPoint(IPAddress.Loopback, 8080), new IPEndPoint(IPAddress.Parse("10.0.0.5"), 443)],
    };

    private static T[] Some<T>(ref InputReader reader, int count, T[] pool)
    {
        var some = new T[count];
        for (var i = 0; i < count; i++)
        {
            some[i] = reader.Pick<T>(pool);
        }

        return some;
    }

    private static IPAddress ReadAddress(ref InputReader reader) => reader.NextByte() switch
    {
        250 => new IPAddress(reader.NextBytes(4)),
        251 => new IPAddress(reader.NextBytes(16)),
        var index => _addresses[index % _addresses.Length],
    };

    // A text of one byte below a blank stands for one of the pool.
    private static string ReadUrl(ref InputReader reader) =>
        reader.NextText() is var text && text.Length <= 1 ? _urls[(text.Length == 0 ? 0 : text[0]) % _urls.Length] : text;

    private static Cidr Net(string text) => Cidr.TryParse(text, out var cidr) ? cidr! : throw new FormatException(text);
}
