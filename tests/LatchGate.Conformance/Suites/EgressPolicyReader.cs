using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json;
using LatchGate.Egress;

namespace LatchGate.Conformance.Suites;

/// <summary>Turns a case's policy into an <see cref="EgressRuleSet"/>.</summary>
internal static class EgressPolicyReader
{
    private static readonly ImmutableArray<PortRange> DefaultPorts = [new(80, 80), new(443, 443)];

    internal static EgressRuleSet Read(JsonElement policy)
    {
        var allow = ImmutableArray.CreateBuilder<EgressAllowRule>();
        var deny = ImmutableArray.CreateBuilder<EgressDenyRule>();
        var rules = new EgressRuleSet(EgressProfile.ProxyAllowlist, [], [], false, EgressLimits.Default);
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
                case "profile":
                    rules = rules with { Profile = member.Value.GetString() == "none" ? EgressProfile.None : EgressProfile.ProxyAllowlist };
                    break;
                case "redirects":
                    rules = rules with { MaxRedirects = member.Value.GetProperty("max").GetInt32() };
                    break;
                case "limits":
                    rules = rules with { Limits = rules.Limits with { ResponseBytes = member.Value.GetProperty("response_bytes").GetInt32() } };
                    break;
                case "mode":
                    rules = rules with { Mode = member.Value.GetString() == "audit" ? EgressMode.Audit : EgressMode.Enforce };
                    break;
                case "default":
                    rules = rules with { Default = member.Value.GetString() == "allow" ? EgressDefault.Allow : EgressDefault.Deny };
                    break;
                default:
                    throw new NotSupportedException($"the runner does not read the policy member {member.Name}");
            }
        }

        return rules with { Allow = allow.DrainToImmutable(), Deny = deny.DrainToImmutable() };
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
            rule.TryGetProperty("expires", out var expires) ? expires.GetDateTimeOffset() : null)
        {
            Any = Flag(rule, "any"),
            Protocol = Protocol(rule),
            Principals = List(rule, "principals", Principal),
            Credentials = List(rule, "credentials", Credential),
            Bandwidth = rule.TryGetProperty("bandwidth", out var b)
                ? new BandwidthCap(Number(b, "bytes_per_second"), Number(b, "burst"), Number(b, "bytes_per_execution"), Number(b, "bytes_per_day"))
                : null,
            Spend = rule.TryGetProperty("spend", out var s)
                ? new SpendCap(Number(s, "tokens_per_execution"), Number(s, "tokens_per_day"), Number(s, "max_output_tokens"), Number(s, "usd_micros_per_day"))
                : null,
        };
    }

    internal static EgressProtocol Protocol(JsonElement owner) =>
        owner.TryGetProperty("protocol", out var protocol) && protocol.GetString() == "udp" ? EgressProtocol.Udp : EgressProtocol.Tcp;

    internal static ImmutableArray<PrincipalLabel> Labels(JsonElement labels) =>
        [.. labels.EnumerateObject().Select(label => new PrincipalLabel(label.Name, label.Value.GetString()!))];

    private static PrincipalSelector Principal(JsonElement selector) => selector.ValueKind == JsonValueKind.String
        ? new PrincipalSelector(selector.GetString()!, [])
        : new PrincipalSelector(null, Labels(selector.GetProperty("labels")));

    private static CredentialBinding Credential(JsonElement credential) =>
        new(CredentialTarget.Header, credential.GetProperty("secret").GetString()!)
        {
            Name = credential.GetProperty("header").GetString()!.ToLowerInvariant(),
            Required = !credential.TryGetProperty("required", out var required) || required.GetBoolean(),
            OnCollision = credential.TryGetProperty("on_collision", out var collision) && collision.GetString() == "deny"
                ? CredentialCollision.Deny
                : CredentialCollision.Overwrite,
        };

    private static long? Number(JsonElement owner, string name) => owner.TryGetProperty(name, out var value) ? value.GetInt64() : null;

    private static EgressDenyRule Deny(JsonElement rule)
    {
        var response = rule.TryGetProperty("response", out var r) ? r : default;
        return new EgressDenyRule(
            rule.GetProperty("name").GetString()!,
            List(rule, "hosts", h => Host(h.GetString()!)),
            List(rule, "cidrs", Network),
            response.ValueKind == JsonValueKind.Object && response.TryGetProperty("status", out var status) ? status.GetInt32() : 403,
            response.ValueKind == JsonValueKind.Object && response.TryGetProperty("message", out var message) ? message.GetString()! : "")
        {
            Ports = rule.TryGetProperty("ports", out _) ? Ports(rule) : [],
            Principals = List(rule, "principals", Principal),
        };
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
