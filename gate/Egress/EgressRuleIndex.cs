using System.Collections.Immutable;

namespace LatchGate.Egress;

/// <summary>A rule set prepared for questions: which rules name a host, and which name none.</summary>
internal sealed class EgressRuleIndex
{
    /// <summary>Up to this many words of marks are kept on the stack: 4096 rules.</summary>
    internal const int StackWords = 64;

    private readonly HostTable _allow;
    private readonly HostTable _deny;
    private readonly ulong[] _allowHostless;
    private readonly ulong[] _allowAny;
    private readonly ulong[] _denyHostless;
    private readonly NetworkTable _networks;
    private readonly int[] _groups;

    internal EgressRuleIndex(ImmutableArray<EgressAllowRule> allow, ImmutableArray<EgressDenyRule> deny)
    {
        _allow = HostTable.Of(allow);
        _deny = HostTable.Of(deny);
        _allowHostless = new ulong[Words(allow.Length)];
        _allowAny = new ulong[Words(allow.Length)];
        _denyHostless = new ulong[Words(deny.Length)];
        LastExpiry = DateTimeOffset.MinValue;
        for (var i = 0; i < allow.Length; i++)
        {
            var expires = allow[i].Expires ?? DateTimeOffset.MaxValue;
            LastExpiry = expires > LastExpiry ? expires : LastExpiry;
            _allowHostless[i / 64] |= allow[i].Hosts.IsEmpty ? 1UL << i : 0;
            _allowAny[i / 64] |= allow[i].Hosts.IsEmpty && allow[i].Cidrs.IsEmpty ? 1UL << i : 0;
        }

        _networks = new NetworkTable(allow);
        _groups = Groups(allow);
        for (var i = 0; i < deny.Length; i++)
        {
            _denyHostless[i / 64] |= deny[i].Hosts.IsEmpty ? 1UL << i : 0;
            HasDeniedNetworks |= !deny[i].Cidrs.IsEmpty;
        }
    }

    /// <summary>When the last allow rule stops to apply; the earliest time when there is none.</summary>
    internal DateTimeOffset LastExpiry { get; }

    /// <summary>Whether any deny rule names networks.</summary>
    internal bool HasDeniedNetworks { get; }

    /// <summary>Whether any allow rule names networks and no host.</summary>
    internal bool HasNetworks => !_networks.IsEmpty;

    /// <summary>
    /// One allow rule by networks alone out of each group whose rules ask the same of a target but for their networks: what one of them
    /// misses, all of the group miss.
    /// </summary>
    internal ReadOnlySpan<int> NetworkGroups => _groups;

    /// <summary>Words of 64 marks that <paramref name="rules"/> rules need.</summary>
    internal static int Words(int rules) => (rules + 63) / 64;

    /// <summary>Marks the allow rules that name the target's host, and those that name none at all.</summary>
    internal void MarkAllow(Target target, Span<ulong> marks)
    {
        _allowHostless.CopyTo(marks);
        _allow.Mark(target, marks);
    }

    /// <summary>Marks the allow rules that name the target's address: by host, by network, or by naming everything.</summary>
    internal void MarkAllow(Target target, System.Net.IPAddress address, Span<ulong> marks)
    {
        marks.Clear();
        _networks.Mark(address, marks);
        _allow.Mark(target, marks);
        for (var word = 0; word < _allowAny.Length; word++)
        {
            marks[word] |= _allowAny[word];
        }
    }

    /// <summary>Marks the deny rules that name the target's host, and those that name none at all.</summary>
    internal void MarkDeny(Target target, Span<ulong> marks)
    {
        _denyHostless.CopyTo(marks);
        _deny.Mark(target, marks);
    }

    private static int[] Groups(ImmutableArray<EgressAllowRule> rules)
    {
        var groups = new List<int>();
        for (var i = 0; i < rules.Length; i++)
        {
            if (rules[i].Hosts.IsEmpty && !rules[i].Cidrs.IsEmpty && !groups.Exists(other => AskAlike(rules[i], rules[other])))
            {
                groups.Add(i);
            }
        }

        return [.. groups];
    }

    // Whether FirstMiss says the same of both for every address.
    private static bool AskAlike(EgressAllowRule a, EgressAllowRule b)
    {
        if (a.Expires != b.Expires || a.Protocol != b.Protocol || a.Schemes != b.Schemes || a.Any != b.Any || a.Ports.Length != b.Ports.Length
            || a.Methods.Length != b.Methods.Length || a.Principals.Length != b.Principals.Length)
        {
            return false;
        }

        for (var i = 0; i < a.Ports.Length; i++)
        {
            if (a.Ports[i].From != b.Ports[i].From || a.Ports[i].To != b.Ports[i].To)
            {
                return false;
            }
        }

        for (var i = 0; i < a.Methods.Length; i++)
        {
            if (a.Methods[i] != b.Methods[i])
            {
                return false;
            }
        }

        for (var i = 0; i < a.Principals.Length; i++)
        {
            if (!a.Principals[i].Equals(b.Principals[i]))
            {
                return false;
            }
        }

        return true;
    }
}
