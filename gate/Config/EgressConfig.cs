using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using LatchGate.Egress;

namespace LatchGate.Config;

/// <summary>
/// <c>[egress]</c>: the operator's bounds on all actions. They narrow, but for <see cref="PrivateCidrs"/>, <see cref="OpenEgress"/> and
/// <see cref="AuditUntil"/>, each of which only lets a manifest have what it asks for.
/// </summary>
/// <param name="PrivateCidrs">
/// <c>private_cidrs</c>: special networks that an action whose manifest asks for private targets may reach. Default none.
/// </param>
/// <param name="Nat64Prefixes">
/// <c>nat64_prefixes</c>: IPv6 prefixes of 32, 40, 48, 56, 64 or 96 bits that this network translates to IPv4 (RFC 6052 §2.2). Default none.
/// </param>
/// <param name="Deny"><c>deny</c>: hosts that no action may reach, whatever its manifest says. Default none.</param>
/// <param name="CeilingHosts">
/// <c>ceiling_hosts</c>, or <c>egress_runtime_allowlist</c>: the only hosts that any action may reach; null sets no ceiling, empty closes
/// everything.
/// </param>
/// <param name="OpenEgress"><c>open_egress</c>: whether <c>default: allow</c> and <c>any: true</c> of a manifest have effect. Default false.</param>
/// <param name="AuditUntil">
/// <c>audit_until</c>, with <c>mode = "audit"</c>: until when manifests that ask for audit mode get it; null (<c>mode = "enforce"</c>, the
/// default) enforces all.
/// </param>
/// <param name="Prices"><c>[egress.prices."MODEL"]</c>: what tokens of a model cost. Default none.</param>
public sealed record EgressConfig(
    ImmutableArray<Cidr> PrivateCidrs,
    ImmutableArray<Cidr> Nat64Prefixes,
    ImmutableArray<HostPattern> Deny,
    ImmutableArray<HostPattern>? CeilingHosts,
    bool OpenEgress,
    DateTimeOffset? AuditUntil,
    IReadOnlyDictionary<string, TokenPrice> Prices)
{
    // Dollars by the thousand for a million tokens: far above any price.
    private const int MostMicros = 2_000_000_000;

    internal static EgressConfig Read(ConfigTable table, ConfigTable root)
    {
        var egress = new EgressConfig(
            Cidrs(table.Texts("private_cidrs")),
            Cidrs(table.Texts("nat64_prefixes"), isNat64: true),
            Hosts(table.Texts("deny")) ?? [],
            Ceiling(table, root),
            table.Boolean("open_egress") ?? false,
            Audit(table),
            ReadPrices(table.Table("prices")));
        table.RefuseUnknownKeys();
        return egress;
    }

    private static ImmutableArray<HostPattern>? Ceiling(ConfigTable table, ConfigTable root)
    {
        var ceiling = Hosts(table.Texts("ceiling_hosts"));
        foreach (var place in (ConfigTable[])[table, root])
        {
            if (place.Texts("egress_runtime_allowlist") is { } alias)
            {
                ceiling = ceiling is null
                    ? Hosts(alias)
                    : throw place.Conflict("egress_runtime_allowlist", "stands beside 'egress.ceiling_hosts', which is the same", "Remove one of the two.");
            }
        }

        return ceiling;
    }

    private static DateTimeOffset? Audit(ConfigTable table)
    {
        const string remedy = "Give the time in UTC at which audit mode ends, such as \"2030-12-31T00:00:00Z\".";
        var mode = table.Text("mode");
        var until = table.Text("audit_until");
        if (mode is not null && mode.Value is not ("enforce" or "audit"))
        {
            throw mode.Refuse($"is '{mode.Value}', which is no mode", "Give \"enforce\" or \"audit\".");
        }

        if (mode?.Value != "audit")
        {
            return until is null ? null : throw until.Refuse("has no meaning without mode = \"audit\"", "Remove it, or set the mode.");
        }

        return until is null ? throw table.Missing("audit_until", remedy)
            : DateTimeOffset.TryParseExact(
                until.Value, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var end)
                ? end
                : throw until.Refuse($"is '{until.Value}', which is not a time", remedy);
    }

    private static Dictionary<string, TokenPrice> ReadPrices(ConfigTable table)
    {
        var prices = new Dictionary<string, TokenPrice>(StringComparer.Ordinal);
        foreach (var (model, entry) in table.Children())
        {
            if (model.Value.Length is 0 or > 128)
            {
                throw model.Refuse("is not a model's name", "Name the table by the model as requests name it, such as [egress.prices.\"gpt-5\"].");
            }

            const string remedy = "Give millionths of a US dollar for a million tokens.";
            prices.Add(model.Value, new TokenPrice(
                entry.Integer("input_usd_micros_per_mtok", 0, MostMicros) ?? throw entry.Missing("input_usd_micros_per_mtok", remedy),
                entry.Integer("output_usd_micros_per_mtok", 0, MostMicros) ?? throw entry.Missing("output_usd_micros_per_mtok", remedy)));
            entry.RefuseUnknownKeys();
        }

        return prices;
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
