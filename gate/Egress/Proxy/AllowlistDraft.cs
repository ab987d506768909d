using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace LatchGate.Egress.Proxy;

/// <summary>Collects what rules open, narrowed by the operator's bounds, then drops what is covered. For one list.</summary>
internal sealed class AllowlistDraft(EgressCeiling ceiling)
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
