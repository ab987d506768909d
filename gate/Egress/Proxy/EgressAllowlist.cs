using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using LatchGate.Crypto;

namespace LatchGate.Egress.Proxy;

/// <summary>
/// What the proxy in front of the gate may let through: (hosts of the manifests ∪ learned hosts) ∩ the operator's allowlist. The same
/// rules that the gate judges by, as far as a proxy can check them; it grows by nothing else. Immutable.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Rules that expired, and actions without network, add nothing.</item>
/// <item>Hosts that mean this machine (<c>localhost</c> and below), and addresses that are not public, are never listed: the proxy refuses
/// such addresses whatever its list says.</item>
/// <item>A pattern that lies wholly within the operator's <c>deny</c> is left out. Narrower deny rules, methods, principals and
/// the pairing of a host with its ports are the gate's alone.</item>
/// <item>A pattern within another is left out: Squid stops on such a pair (<c>api.example.com</c> and <c>.example.com</c>).</item>
/// <item>What opens every host (<c>any</c>, <c>default: allow</c>) lists the operator's allowlist; without one it lists nothing
/// (<see cref="Omitted"/>). Hosts that audit mode forgives are not listed: behind a proxy it observes what the proxy refuses too.</item>
/// <item>A rule of networks lists them for address literals. A rule that takes any name with an address in a network cannot be listed,
/// unless the operator's allowlist names the names (<see cref="Omitted"/>).</item>
/// </list>
/// </remarks>
internal sealed class EgressAllowlist
{
    /// <summary>Below this name (RFC 6761: it never resolves) are the names that only tell one list from another.</summary>
    internal const string MarkerDomain = "latchgate-list.invalid";

    private EgressAllowlist(string[] domains, string[] oneLabel, string[] networks, PortRange[] ports, PortRange[] tunnelPorts, string[] omitted)
    {
        (Domains, OneLabel, Networks, Ports, TunnelPorts, Omitted) = (domains, oneLabel, networks, ports, tunnelPorts, omitted);
        Digest = DigestOf(this);
    }

    /// <summary>Exact names and <c>.suffixes</c>, sorted.</summary>
    internal string[] Domains { get; }

    /// <summary>The part after <c>*.</c>, sorted: exactly one label stands before it.</summary>
    internal string[] OneLabel { get; }

    /// <summary>Addresses, and networks as <c>address/prefix</c>, sorted.</summary>
    internal string[] Networks { get; }

    /// <summary>The ports of the rules that list something; sorted, apart from each other. 443 is always there: the canaries use it.</summary>
    internal PortRange[] Ports { get; }

    /// <summary>Those of them that https may use, and so tunnels; likewise.</summary>
    internal PortRange[] TunnelPorts { get; }

    /// <summary>What a manifest opens and no list can say, in one sentence each.</summary>
    internal string[] Omitted { get; }

    /// <summary>Names this content.</summary>
    internal Sha256Digest Digest { get; }

    /// <summary>
    /// A name that is on this list and on no other: a proxy that lets it through (to a name that never resolves) has this list in force.
    /// </summary>
    internal string Marker => $"lg-{Digest.ToHex()[..32]}.{MarkerDomain}";

    /// <summary>How many entries there are.</summary>
    internal int Count => Domains.Length + OneLabel.Length + Networks.Length;

    /// <summary>Computes the list.</summary>
    /// <param name="actions">The rules of every action that the gate offers, learned hosts among them.</param>
    /// <param name="ceiling">The operator's bounds.</param>
    /// <param name="lent">Rules of calls under way whose host an operator approved for that once.</param>
    /// <param name="now">Decides which rules expired.</param>
    internal static EgressAllowlist Of(
        IEnumerable<EgressRuleSet> actions, EgressCeiling ceiling, IEnumerable<EgressAllowRule> lent, DateTimeOffset now)
    {
        var draft = new Draft(ceiling);
        foreach (var rules in actions)
        {
            if (rules.Profile == EgressProfile.None)
            {
                continue;
            }

            draft.Note(rules);
            foreach (var rule in rules.Allow)
            {
                if (rule.Protocol == EgressProtocol.Tcp && (rule.Expires is not { } end || now < end))
                {
                    draft.Add(rule);
                }
            }
        }

        foreach (var rule in lent)
        {
            draft.Add(rule);
        }

        return draft.Finish();
    }

    private static Sha256Digest DigestOf(EgressAllowlist list)
    {
        var text = new StringBuilder("latchgate.egress.list.v1\n");
        Section(text, "domains", list.Domains);
        Section(text, "one_label", list.OneLabel);
        Section(text, "networks", list.Networks);
        Section(text, "ports", Array.ConvertAll(list.Ports, Text));
        Section(text, "tunnel_ports", Array.ConvertAll(list.TunnelPorts, Text));
        return Sha256Digest.Of(Encoding.UTF8.GetBytes(text.ToString()));
    }

    // No entry has a line end, so the sections cannot slide into each other.
    private static void Section(StringBuilder text, string name, string[] entries)
    {
        text.Append(CultureInfo.InvariantCulture, $"{name} {entries.Length}\n");
        foreach (var entry in entries)
        {
            text.Append(entry).Append('\n');
        }
    }

    /// <summary><c>443</c> or <c>8000-8099</c>.</summary>
    internal static string Text(PortRange range) => range.From == range.To
        ? range.From.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{range.From}-{range.To}");

    /// <summary>Collects, then drops what is covered.</summary>
    private sealed class Draft(EgressCeiling ceiling)
    {
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
        private readonly HashSet<string> _networks = new(StringComparer.Ordinal);
        private readonly HashSet<string> _omitted = new(StringComparer.Ordinal);
        private readonly bool[] _ports = new bool[ushort.MaxValue + 1];
        private readonly bool[] _tunnelPorts = new bool[ushort.MaxValue + 1];
        private readonly ImmutableArray<HostPattern>.Builder _hosts = ImmutableArray.CreateBuilder<HostPattern>();

        // A proxy that lets everything through would be no second layer.
        internal void Note(EgressRuleSet rules)
        {
            if (rules.Default == EgressDefault.Allow && ceiling is { OpenEgress: true, RuntimeAllowlist: null })
            {
                _omitted.Add("an action says 'default: allow', which no list can say. Name hosts in the operator's allowlist");
            }
            else if (rules.Default == EgressDefault.Allow && ceiling is { OpenEgress: true, RuntimeAllowlist: { } bounds })
            {
                AddAll(bounds);
                Open(_ports, new PortRange(80, 80));
            }
        }

        internal void Add(EgressAllowRule rule)
        {
            var listed = false;
            if (rule.Any && ceiling.OpenEgress)
            {
                listed = ceiling.RuntimeAllowlist is { } bounds && AddAll(bounds);
                if (!listed)
                {
                    _omitted.Add($"rule '{rule.Name}' names every host, which no list can say. Name hosts in the operator's allowlist");
                }
            }

            foreach (var host in rule.Hosts)
            {
                listed |= Narrow(host);
            }

            if (rule.Hosts.IsEmpty && !rule.Any)
            {
                foreach (var network in rule.Cidrs)
                {
                    listed |= Narrow(network, rule);
                }
            }

            foreach (var range in rule.Ports)
            {
                if (listed)
                {
                    Open(_ports, range);
                }

                if (listed && (rule.Schemes & EgressSchemes.Https) != 0)
                {
                    Open(_tunnelPorts, range);
                }
            }
        }

        internal EgressAllowlist Finish()
        {
            var (domains, oneLabel) = (new List<string>(), new List<string>());
            foreach (var host in _hosts)
            {
                if (IsCovered(host))
                {
                    continue;
                }

                (host.Kind == HostPatternKind.OneLabel ? oneLabel : domains).Add(host.Kind == HostPatternKind.OneLabel ? host.Value : host.Text());
            }

            return new EgressAllowlist(Sorted(domains), Sorted(oneLabel), Sorted(_networks), PortsOf(_ports), PortsOf(_tunnelPorts), Sorted(_omitted));
        }

        private bool AddAll(ImmutableArray<HostPattern> hosts)
        {
            var listed = false;
            foreach (var host in hosts)
            {
                listed |= Take(host);
            }

            return listed;
        }

        private bool IsCovered(HostPattern host)
        {
            foreach (var other in _hosts)
            {
                if (other != host && other.Covers(host))
                {
                    return true;
                }
            }

            return false;
        }

        private bool Narrow(HostPattern host)
        {
            if (ceiling.RuntimeAllowlist is not { } bounds)
            {
                return Take(host);
            }

            var listed = false;
            foreach (var bound in bounds)
            {
                listed |= HostPatterns.TryIntersect(host, bound, out var both) && Take(both);
            }

            return listed;
        }

        private bool Narrow(Cidr network, EgressAllowRule rule)
        {
            if (ceiling.RuntimeAllowlist is not { } bounds)
            {
                if (rule.Resolve)
                {
                    _omitted.Add($"rule '{rule.Name}' opens names by the network {Text(network)} alone: the proxy would have to look every name up. Name hosts beside it, or in the operator's allowlist");
                }

                if (rule.AllowPrivateTargets)
                {
                    return false;
                }

                // Listed by an earlier rule or by this: either way this rule's ports are open too.
                _networks.Add(Text(network));
                return true;
            }

            var listed = false;
            foreach (var bound in bounds)
            {
                listed |= HostPatterns.IsAddress(bound.Value)
                    ? IPAddress.TryParse(bound.Value, out var address) && network.Contains(address) && Take(bound)
                    : rule.Resolve && Take(bound);
            }

            return listed;
        }

        private bool Take(HostPattern host)
        {
            foreach (var denied in ceiling.Deny)
            {
                if (denied.Covers(host))
                {
                    return false;
                }
            }

            if (HostPatterns.IsAddress(host.Value))
            {
                if (!IPAddress.TryParse(host.Value, out var address) || AddressClassifier.Classify(address, []).Tier != AddressTier.Public)
                {
                    return false;
                }

                _networks.Add(host.Value);
                return true;
            }

            if (host.Value == "localhost" || host.Value.EndsWith(".localhost", StringComparison.Ordinal))
            {
                return false;
            }

            if (_seen.Add(host.Text()))
            {
                _hosts.Add(host);
            }

            return true;
        }

        private static void Open(bool[] ports, PortRange range)
        {
            for (int port = range.From; port <= range.To; port++)
            {
                ports[port] = true;
            }
        }

        private static PortRange[] PortsOf(bool[] ports)
        {
            // The canaries use it, whatever else is listed.
            ports[443] = true;
            var ranges = ImmutableArray.CreateBuilder<PortRange>();
            for (var port = 1; port <= ushort.MaxValue; port++)
            {
                if (!ports[port])
                {
                    continue;
                }

                var from = port;
                while (port < ushort.MaxValue && ports[port + 1])
                {
                    port++;
                }

                ranges.Add(new PortRange((ushort)from, (ushort)port));
            }

            return ranges.ToArray();
        }

        private static string Text(Cidr network) => string.Create(CultureInfo.InvariantCulture, $"{network.Network}/{network.PrefixLength}");

        private static string[] Sorted(IEnumerable<string> entries)
        {
            string[] sorted = [.. entries];
            Array.Sort(sorted, StringComparer.Ordinal);
            return sorted;
        }
    }
}
