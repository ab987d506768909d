using System.Globalization;
using System.Text;
using LatchGate.Crypto;

namespace LatchGate.Egress.Proxy;

/// <summary>
/// What the proxy in front of the gate may let through: (hosts of the manifests ∪ learned hosts ∪ webhooks) ∩ the operator's allowlist. The same
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

    internal EgressAllowlist(string[] domains, string[] oneLabel, string[] networks, PortRange[] ports, PortRange[] tunnelPorts, string[] omitted)
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
    /// <param name="actions">The rules of every action that the gate offers, learned hosts among them, and of its webhooks.</param>
    /// <param name="ceiling">The operator's bounds.</param>
    /// <param name="lent">Rules of calls under way whose host an operator approved for that once.</param>
    /// <param name="now">Decides which rules expired.</param>
    internal static EgressAllowlist Of(
        IEnumerable<EgressRuleSet> actions, EgressCeiling ceiling, IEnumerable<EgressAllowRule> lent, DateTimeOffset now)
    {
        var draft = new AllowlistDraft(ceiling);
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
}
