using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Numerics;

namespace LatchGate.Egress;

/// <summary>
/// Which rules' networks hold an address: one look-up for each prefix length that occurs. Immutable once built; never allocates after.
/// </summary>
internal sealed class NetworkTable
{
    private readonly Entry[] _entries;
    private readonly int[] _buckets;
    private readonly int[] _lengths4;
    private readonly int[] _lengths6;

    /// <summary>A table of the networks of those rules that name no host, each bearing its rule's number.</summary>
    internal NetworkTable(ImmutableArray<EgressAllowRule> rules)
    {
        var networks = 0;
        foreach (var rule in rules)
        {
            networks += rule.Hosts.IsEmpty ? rule.Cidrs.Length : 0;
        }

        _entries = new Entry[networks];
        _buckets = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, networks * 2))];
        Span<bool> lengths4 = stackalloc bool[33];
        Span<bool> lengths6 = stackalloc bool[129];
        var count = 0;
        for (var i = 0; i < rules.Length; i++)
        {
            foreach (var network in rules[i].Hosts.IsEmpty ? rules[i].Cidrs : [])
            {
                var key = new Key(network.Network);
                (key.IsSix ? lengths6 : lengths4)[network.PrefixLength] = true;
                key = key.Masked(network.PrefixLength);
                ref var bucket = ref _buckets[key.Hash(network.PrefixLength) & (_buckets.Length - 1)];
                _entries[count] = new Entry { Network = key, PrefixLength = network.PrefixLength, Rule = i, Next = bucket - 1 };
                bucket = ++count;
            }
        }

        _lengths4 = Indices(lengths4);
        _lengths6 = Indices(lengths6);
    }

    /// <summary>Whether there is no network at all.</summary>
    internal bool IsEmpty => _entries.Length == 0;

    /// <summary>Sets the bit of each rule whose networks hold the address; an IPv4-mapped one is looked at as IPv4.</summary>
    internal void Mark(IPAddress address, Span<ulong> marks)
    {
        var key = new Key(address);
        foreach (var length in key.IsSix ? _lengths6 : _lengths4)
        {
            var masked = key.Masked(length);
            for (var i = _buckets[masked.Hash(length) & (_buckets.Length - 1)] - 1; i >= 0; i = _entries[i].Next)
            {
                ref readonly var entry = ref _entries[i];
                if (entry.PrefixLength == length && entry.Network.Equals(masked))
                {
                    marks[entry.Rule / 64] |= 1UL << entry.Rule;
                }
            }
        }
    }

    private static int[] Indices(ReadOnlySpan<bool> flags)
    {
        var indices = new List<int>();
        for (var i = 0; i < flags.Length; i++)
        {
            if (flags[i])
            {
                indices.Add(i);
            }
        }

        return [.. indices];
    }

    private struct Entry
    {
        internal Key Network;
        internal int PrefixLength;
        internal int Rule;
        internal int Next;
    }

    // An address, its first bit the highest of _high.
    private readonly struct Key
    {
        private readonly ulong _high;
        private readonly ulong _low;

        internal Key(IPAddress address)
        {
            Span<byte> buffer = stackalloc byte[16];
            var bytes = Cidr.BytesOf(address, buffer);
            IsSix = bytes.Length == 16;
            _high = IsSix ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : (ulong)BinaryPrimitives.ReadUInt32BigEndian(bytes) << 32;
            _low = IsSix ? BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]) : 0;
        }

        private Key(bool isSix, ulong high, ulong low) => (IsSix, _high, _low) = (isSix, high, low);

        internal bool IsSix { get; }

        internal Key Masked(int length) => new(
            IsSix,
            length >= 64 ? _high : length == 0 ? 0 : _high & (ulong.MaxValue << (64 - length)),
            length <= 64 ? 0 : _low & (ulong.MaxValue << (128 - length)));

        internal bool Equals(Key other) => IsSix == other.IsSix && _high == other._high && _low == other._low;

        internal int Hash(int length) => (int)((((_high * 0x9E3779B97F4A7C15) ^ (_low * 0xC2B2AE3D27D4EB4F)) + ((ulong)length * 0x165667B19E3779F9)) >> 32);
    }
}
