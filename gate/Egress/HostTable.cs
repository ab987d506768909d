using System.Collections.Immutable;
using System.Numerics;

namespace LatchGate.Egress;

/// <summary>
/// Which lists name a host. Exact names are found by their hash, suffixes by the hash of each of the host's own suffixes: the work depends
/// on the host's labels, not on the number of patterns. Immutable once built; never allocates after.
/// </summary>
internal sealed class HostTable
{
    private readonly Entry[] _entries;
    private readonly int[] _buckets;
    private int _count;

    /// <param name="patterns">How many patterns will be added.</param>
    private HostTable(int patterns)
    {
        _entries = new Entry[patterns];
        _buckets = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, patterns * 2))];
    }

    /// <summary>A table of one list, which bears the number 0.</summary>
    internal static HostTable Of(ImmutableArray<HostPattern> patterns)
    {
        var table = new HostTable(patterns.Length);
        table.Add(patterns, 0);
        return table;
    }

    /// <summary>A table of the allow rules' hosts, each list bearing its rule's number.</summary>
    internal static HostTable Of(ImmutableArray<EgressAllowRule> rules)
    {
        var patterns = 0;
        foreach (var rule in rules)
        {
            patterns += rule.Hosts.Length;
        }

        var table = new HostTable(patterns);
        for (var i = 0; i < rules.Length; i++)
        {
            table.Add(rules[i].Hosts, i);
        }

        return table;
    }

    /// <summary>A table of the deny rules' hosts, each list bearing its rule's number.</summary>
    internal static HostTable Of(ImmutableArray<EgressDenyRule> rules)
    {
        var patterns = 0;
        foreach (var rule in rules)
        {
            patterns += rule.Hosts.Length;
        }

        var table = new HostTable(patterns);
        for (var i = 0; i < rules.Length; i++)
        {
            table.Add(rules[i].Hosts, i);
        }

        return table;
    }

    /// <summary>Sets the bit of each list that names the target's host. An address is only named by its own text, never by a suffix.</summary>
    /// <param name="target">The target.</param>
    /// <param name="marks">One bit for each list.</param>
    /// <returns>Whether any list does.</returns>
    internal bool Mark(Target target, Span<ulong> marks)
    {
        ReadOnlySpan<char> host = target.Host;
        var isName = target.Address is null;
        var any = Mark(host, exact: true, suffix: isName, oneLabel: false, marks);
        if (!isName)
        {
            return any;
        }

        var isFirst = true;
        for (var dot = host.IndexOf('.'); dot >= 0; dot = host.IndexOf('.'))
        {
            host = host[(dot + 1)..];
            any |= Mark(host, exact: false, suffix: true, oneLabel: isFirst, marks);
            isFirst = false;
        }

        return any;
    }

    /// <summary>Whether the one list of <see cref="Of(ImmutableArray{HostPattern})"/> names the target's host.</summary>
    internal bool Names(Target target)
    {
        Span<ulong> mark = [0];
        return Mark(target, mark);
    }

    private bool Mark(ReadOnlySpan<char> name, bool exact, bool suffix, bool oneLabel, Span<ulong> marks)
    {
        var any = false;
        var hash = string.GetHashCode(name);
        for (var i = _buckets[hash & (_buckets.Length - 1)] - 1; i >= 0; i = _entries[i].Next)
        {
            ref readonly var entry = ref _entries[i];
            var fits = entry.Kind switch
            {
                HostPatternKind.Exact => exact,
                HostPatternKind.Suffix => suffix,
                _ => oneLabel,
            };
            if (fits && entry.Hash == hash && name.SequenceEqual(entry.Name))
            {
                marks[entry.List / 64] |= 1UL << entry.List;
                any = true;
            }
        }

        return any;
    }

    private void Add(ImmutableArray<HostPattern> patterns, int list)
    {
        foreach (var pattern in patterns)
        {
            var hash = string.GetHashCode(pattern.Value.AsSpan());
            ref var bucket = ref _buckets[hash & (_buckets.Length - 1)];
            _entries[_count] = new Entry { Name = pattern.Value, Hash = hash, Kind = pattern.Kind, List = list, Next = bucket - 1 };
            bucket = ++_count;
        }
    }

    private struct Entry
    {
        internal string Name;
        internal int Hash;
        internal HostPatternKind Kind;
        internal int List;
        internal int Next;
    }
}
