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
    private readonly ulong[] _denyHostless;

    internal EgressRuleIndex(ImmutableArray<EgressAllowRule> allow, ImmutableArray<EgressDenyRule> deny)
    {
        _allow = HostTable.Of(allow);
        _deny = HostTable.Of(deny);
        _allowHostless = new ulong[Words(allow.Length)];
        _denyHostless = new ulong[Words(deny.Length)];
        LastExpiry = DateTimeOffset.MinValue;
        for (var i = 0; i < allow.Length; i++)
        {
            var expires = allow[i].Expires ?? DateTimeOffset.MaxValue;
            LastExpiry = expires > LastExpiry ? expires : LastExpiry;
            _allowHostless[i / 64] |= allow[i].Hosts.IsEmpty ? 1UL << i : 0;
        }

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

    /// <summary>Words of 64 marks that <paramref name="rules"/> rules need.</summary>
    internal static int Words(int rules) => (rules + 63) / 64;

    /// <summary>Marks the allow rules that name the target's host, and those that name none at all.</summary>
    internal void MarkAllow(Target target, Span<ulong> marks)
    {
        _allowHostless.CopyTo(marks);
        _allow.Mark(target, marks);
    }

    /// <summary>Marks the deny rules that name the target's host, and those that name none at all.</summary>
    internal void MarkDeny(Target target, Span<ulong> marks)
    {
        _denyHostless.CopyTo(marks);
        _deny.Mark(target, marks);
    }
}
