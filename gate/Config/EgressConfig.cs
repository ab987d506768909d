using System.Collections.Immutable;
using System.Net.Sockets;
using LatchGate.Egress;

namespace LatchGate.Config;

/// <summary><c>[egress]</c>: the operator's bounds on all actions. They narrow, but for <see cref="PrivateCidrs"/>.</summary>
/// <param name="PrivateCidrs">
/// <c>private_cidrs</c>: special networks that an action whose manifest asks for private targets may reach. Default none.
/// </param>
/// <param name="Nat64Prefixes">
/// <c>nat64_prefixes</c>: IPv6 prefixes of 32, 40, 48, 56, 64 or 96 bits that this network translates to IPv4 (RFC 6052 §2.2). Default none.
/// </param>
/// <param name="Deny"><c>deny</c>: hosts that no action may reach, whatever its manifest says. Default none.</param>
/// <param name="CeilingHosts"><c>ceiling_hosts</c>: the only hosts that any action may reach; null sets no ceiling, empty closes everything.</param>
public sealed record EgressConfig(
    ImmutableArray<Cidr> PrivateCidrs,
    ImmutableArray<Cidr> Nat64Prefixes,
    ImmutableArray<HostPattern> Deny,
    ImmutableArray<HostPattern>? CeilingHosts)
{
    internal static EgressConfig Read(ConfigTable table)
    {
        var egress = new EgressConfig(
            Cidrs(table.Texts("private_cidrs")),
            Cidrs(table.Texts("nat64_prefixes"), isNat64: true),
            Hosts(table.Texts("deny")) ?? [],
            Hosts(table.Texts("ceiling_hosts")));
        table.RefuseUnknownKeys();
        return egress;
    }

    private static ImmutableArray<Cidr> Cidrs(ImmutableArray<ConfigValue<string>>? texts, bool isNat64 = false)
    {
        var cidrs = ImmutableArray.CreateBuilder<Cidr>();
        foreach (var text in texts ?? [])
        {
            if (!Cidr.TryParse(text.Value, out var cidr))
            {
                throw text.Refuse($"holds '{text.Value}', which is not a network", "Write address/prefix without host bits, such as \"10.20.0.0/16\".");
            }

            if (isNat64 && (cidr!.Network.AddressFamily != AddressFamily.InterNetworkV6 || cidr.PrefixLength is not (32 or 40 or 48 or 56 or 64 or 96)))
            {
                throw text.Refuse($"holds '{text.Value}', which is not a NAT64 prefix", "Give an IPv6 network of 32, 40, 48, 56, 64 or 96 bits (RFC 6052).");
            }

            cidrs.Add(cidr!);
        }

        return cidrs.DrainToImmutable();
    }

    private static ImmutableArray<HostPattern>? Hosts(ImmutableArray<ConfigValue<string>>? texts) =>
        texts is not { } given ? null :
        [
            .. Array.ConvertAll([.. given], text => HostPatternText.TryParse(text.Value, out var pattern)
                ? pattern
                : throw text.Refuse(
                    $"holds '{text.Value}', which is not a host pattern",
                    "Write a host (\"api.example.com\"), a domain with all below it (\".example.com\"), one label below it (\"*.example.com\"), or an address.")),
        ];
}
