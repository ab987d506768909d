using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json;
using LatchGate.Egress;

namespace LatchGate.Conformance.Suites;

/// <summary>Turns a case's policy into an <see cref="EgressRuleSet"/>; what the rule set cannot say is a <see cref="NotSupportedException"/>.</summary>
internal static class EgressPolicyReader
{
    private static readonly ImmutableArray<PortRange> DefaultPorts = [new(80, 80), new(443, 443)];

    internal static (EgressRuleSet Rules, int MaxRedirects) Read(JsonElement policy)
    {
        var redirects = 0;
        var limits = EgressLimits.Default;
        var allow = ImmutableArray.CreateBuilder<EgressAllowRule>();
        var deny = ImmutableArray.CreateBuilder<EgressDenyRule>();
        foreach (var member in policy.EnumerateObject())
        {
            switch (member.Name)
            {
                case "allow":
                    allow.AddRange(member.Value.EnumerateArray().Select(Allow));
                    break;
                case "deny":
                    deny.AddRange(member.Value.EnumerateArray().Select(Deny));
                    break;
                case "allowed_domains":
                    allow.AddRange(member.Value.EnumerateArray().Select((host, i) => Domain(host, i)));
                    break;
                case "redirects":
                    redirects = member.Value.GetProperty("max").GetInt32();
                    break;
                case "limits":
                    limits = limits with { ResponseBytes = member.Value.GetProperty("response_bytes").GetInt32() };
                    break;
                case "mode":
                    throw new NotSupportedException("audit mode is not built");
                case "default":
                    throw new NotSupportedException("default: allow is not offered");
                default:
                    throw new NotSupportedException($"policy member {member.Name} is not built");
            }
        }

        return (new EgressRuleSet(EgressProfile.ProxyAllowlist, allow.DrainToImmutable(), deny.DrainToImmutable(), false, limits), redirects);
    }

    internal static HostPattern Host(string text)
    {
        var (kind, name) = text.StartsWith("*.", StringComparison.Ordinal) ? (HostPatternKind.OneLabel, text[2..])
            : text.StartsWith('.') ? (HostPatternKind.Suffix, text[1..])
            : (HostPatternKind.Exact, text);
        var literal = IPAddress.TryParse(name, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        return CanonicalHost.TryParse(literal ? $"[{name}]" : name, out var host, out var reason)
            ? new HostPattern(kind, host.Text)
            : throw new InvalidDataException($"{text}: {reason.Label()}");
    }

    // The operator's /0 of the cases is wider than a manifest may write, so the strict reader is not used here.
    internal static Cidr Network(JsonElement text)
    {
        var parts = text.GetString()!.Split('/');
        return new Cidr(IPAddress.Parse(parts[0]), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    internal static ImmutableArray<T> List<T>(JsonElement owner, string name, Func<JsonElement, T> read) =>
        owner.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(read)] : [];

    private static EgressAllowRule Domain(JsonElement host, int index) => new(
        $"domain.{index}", [Host(host.GetString()!)], [], DefaultPorts, EgressSchemes.Https | EgressSchemes.Http, [], false, false, null);

    private static EgressAllowRule Allow(JsonElement rule)
    {
        foreach (var (name, why) in new[]
        {
            ("principals", "principal selectors are not in EgressAllowRule"), ("credentials", "credential bindings are not in EgressAllowRule"),
            ("bandwidth", "bandwidth caps are not built"), ("spend", "spend caps are not built"),
        })
        {
            if (rule.TryGetProperty(name, out _))
            {
                throw new NotSupportedException(why);
            }
        }

        if (rule.TryGetProperty("protocol", out var protocol) && protocol.GetString() != "tcp")
        {
            throw new NotSupportedException("no host interface carries datagrams");
        }

        var schemes = List(rule, "schemes", s => s.GetString() == "https" ? EgressSchemes.Https : EgressSchemes.Http);
        return new EgressAllowRule(
            rule.GetProperty("name").GetString()!,
            List(rule, "hosts", h => Host(h.GetString()!)),
            List(rule, "cidrs", Network),
            Ports(rule),
            schemes.IsEmpty ? EgressSchemes.Https | EgressSchemes.Http : schemes.Aggregate((a, b) => a | b),
            List(rule, "methods", m => m.GetString()!),
            Flag(rule, "allow_private_targets"),
            Flag(rule, "resolve"),
            rule.TryGetProperty("expires", out var expires) ? expires.GetDateTimeOffset() : null);
    }

    private static EgressDenyRule Deny(JsonElement rule)
    {
        if (rule.TryGetProperty("ports", out _) || rule.TryGetProperty("principals", out _))
        {
            throw new NotSupportedException("ports and principals are not in EgressDenyRule");
        }

        var response = rule.TryGetProperty("response", out var r) ? r : default;
        return new EgressDenyRule(
            rule.GetProperty("name").GetString()!,
            List(rule, "hosts", h => Host(h.GetString()!)),
            List(rule, "cidrs", Network),
            response.ValueKind == JsonValueKind.Object && response.TryGetProperty("status", out var status) ? status.GetInt32() : 403,
            response.ValueKind == JsonValueKind.Object && response.TryGetProperty("message", out var message) ? message.GetString()! : "");
    }

    private static bool Flag(JsonElement rule, string name) => rule.TryGetProperty(name, out var flag) && flag.GetBoolean();

    private static ImmutableArray<PortRange> Ports(JsonElement rule)
    {
        if (!rule.TryGetProperty("ports", out var ports))
        {
            return DefaultPorts;
        }

        return ports.ValueKind == JsonValueKind.String ? [new PortRange(1, ushort.MaxValue)] : [.. ports.EnumerateArray().Select(Port)];
    }

    private static PortRange Port(JsonElement port)
    {
        switch (port.ValueKind)
        {
            case JsonValueKind.Number:
                return new PortRange(port.GetUInt16(), port.GetUInt16());
            case JsonValueKind.Object:
                return new PortRange(port.GetProperty("from").GetUInt16(), port.GetProperty("to").GetUInt16());
            default:
                var ends = port.GetString()!.Split('-');
                return new PortRange(ushort.Parse(ends[0], CultureInfo.InvariantCulture), ushort.Parse(ends[1], CultureInfo.InvariantCulture));
        }
    }
}
