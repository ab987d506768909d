using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>CIDR arithmetic (RFC 4632, RFC 4291). Nothing is resolved or reached.</summary>
internal static class Networks
{
    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["net.cidr_is_valid"] = static (a, e) => RegoBoolean.Of(a[0] is RegoString text && Block.TryParse(text.Value, out _));
        table["net.cidr_contains"] = Contains;
        table["net.cidr_intersects"] = Intersects;
        table["net.cidr_contains_matches"] = ContainsMatches;
        table["net.cidr_expand"] = Expand;
        table["net.cidr_merge"] = Merge;
    }

    private static RegoValue? Contains(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Strings.Texts(args, evaluation, out var outer, out var inner))
        {
            return null;
        }

        return Block.TryParse(outer, out var block) && Block.TryParseAny(inner, out var part)
            ? RegoBoolean.Of(block.Covers(part))
            : evaluation.Fail(BuiltinError.Value);
    }

    private static RegoValue? Intersects(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Strings.Texts(args, evaluation, out var x, out var y))
        {
            return null;
        }

        return Block.TryParse(x, out var a) && Block.TryParse(y, out var b)
            ? RegoBoolean.Of(a.Covers(b) || b.Covers(a))
            : evaluation.Fail(BuiltinError.Value);
    }

    private static RegoValue? ContainsMatches(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        var blocks = new List<(RegoValue Key, Block Block)>();
        var parts = new List<(RegoValue Key, Block Block)>();
        if (!Collect(args[0], evaluation, blocks, any: false) || !Collect(args[1], evaluation, parts, any: true))
        {
            return null;
        }

        var matches = new RegoSet();
        foreach (var (key, block) in blocks)
        {
            foreach (var (other, part) in parts)
            {
                if (!evaluation.ChargeSteps(1))
                {
                    return null;
                }

                if (block.Covers(part))
                {
                    matches.Add(new RegoArray([key, other]));
                }
            }
        }

        return evaluation.ChargeCells(matches.Count) ? matches : null;
    }

    // A text stands for itself; in an array the index, in a set the element, in an object the key names the block.
    private static bool Collect(RegoValue value, Evaluation evaluation, List<(RegoValue, Block)> blocks, bool any)
    {
        switch (value)
        {
            case RegoString:
                return Add(value, value);
            case RegoArray array:
                for (var i = 0; i < array.Count; i++)
                {
                    if (!Add(RegoNumber.Of(i), array[i]))
                    {
                        return false;
                    }
                }

                return true;
            case RegoSet set:
                foreach (var item in set.Items)
                {
                    if (!Add(item, item))
                    {
                        return false;
                    }
                }

                return true;
            case RegoObject members:
                for (var i = 0; i < members.Count; i++)
                {
                    if (!Add(members.Keys[i], members.Values[i]))
                    {
                        return false;
                    }
                }

                return true;
            default:
                evaluation.Fail(BuiltinError.Type);
                return false;
        }

        bool Add(RegoValue key, RegoValue item)
        {
            var text = item is RegoArray { Count: > 0 } tuple ? tuple[0] : item;
            if (text is not RegoString s || !(any ? Block.TryParseAny(s.Value, out var block) : Block.TryParse(s.Value, out block)))
            {
                evaluation.Fail(BuiltinError.Value);
                return false;
            }

            blocks.Add((key, block));
            return evaluation.ChargeCells(1);
        }
    }

    private static RegoValue? Expand(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Strings.Text(args[0], evaluation, out var text))
        {
            return null;
        }

        if (!Block.TryParse(text, out var block))
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        var addresses = new List<RegoValue>();
        for (var address = block.First; address <= block.Last; address++)
        {
            if (!evaluation.ChargeCells(4) || !evaluation.ChargeSteps(1))
            {
                return null;
            }

            addresses.Add(new RegoString(Block.Text(address, block.Bits)));
        }

        return RegoSet.Of(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(addresses));
    }

    // The smallest list of blocks that covers the same addresses.
    private static RegoValue? Merge(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Aggregates.TryItems(args[0], out var items))
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        var blocks = new List<Block>();
        foreach (var item in items)
        {
            if (!Strings.Text(item, evaluation, out var text))
            {
                return null;
            }

            // An address alone has the prefix of its class, which only IPv4 has.
            if (!Block.TryParse(text, out var block) && !Block.TryParseClassful(text, out block))
            {
                return evaluation.Fail(BuiltinError.Value);
            }

            blocks.Add(block);
        }

        blocks.Sort(static (a, b) => a.Bits != b.Bits ? a.Bits.CompareTo(b.Bits) : a.First.CompareTo(b.First));
        var result = new RegoSet();
        for (var i = 0; i < blocks.Count;)
        {
            var (bits, first, last) = (blocks[i].Bits, blocks[i].First, blocks[i].Last);
            for (i++; i < blocks.Count && blocks[i].Bits == bits && blocks[i].First <= last + 1; i++)
            {
                last = BigInteger.Max(last, blocks[i].Last);
            }

            foreach (var block in Block.Cover(first, last, bits))
            {
                if (!evaluation.ChargeCells(4))
                {
                    return null;
                }

                result.Add(new RegoString(block.ToString()));
            }
        }

        return result;
    }

    /// <summary>An aligned range of addresses.</summary>
    private readonly record struct Block(BigInteger First, int Prefix, int Bits)
    {
        internal BigInteger Last => First + (BigInteger.One << (Bits - Prefix)) - 1;

        internal bool Covers(Block other) => Bits == other.Bits && First <= other.First && other.Last <= Last;

        internal static bool TryParse(string text, out Block block)
        {
            block = default;
            var slash = text.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0 || !TryAddress(text[..slash], out var address, out var bits))
            {
                return false;
            }

            var digits = text.AsSpan(slash + 1);
            if (!int.TryParse(digits, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var prefix)
                || prefix > bits || (digits.Length > 1 && digits[0] == '0'))
            {
                return false;
            }

            block = Aligned(address, prefix, bits);
            return true;
        }

        internal static bool TryParseAny(string text, out Block block)
        {
            block = default;
            if (TryParse(text, out block))
            {
                return true;
            }

            if (!TryAddress(text, out var address, out var bits))
            {
                return false;
            }

            block = new Block(address, bits, bits);
            return true;
        }

        internal static bool TryParseClassful(string text, out Block block)
        {
            block = default;
            if (!TryAddress(text, out var address, out var bits) || bits != 32)
            {
                return false;
            }

            var top = (int)(address >> 24);
            var prefix = top < 128 ? 8 : top < 192 ? 16 : top < 224 ? 24 : 32;
            block = Aligned(address, prefix, bits);
            return true;
        }

        internal static IEnumerable<Block> Cover(BigInteger first, BigInteger last, int bits)
        {
            while (first <= last)
            {
                var size = first.IsZero ? bits : (int)BigInteger.TrailingZeroCount(first);
                while (first + (BigInteger.One << size) - 1 > last)
                {
                    size--;
                }

                yield return new Block(first, bits - size, bits);
                first += BigInteger.One << size;
            }
        }

        internal static string Text(BigInteger address, int bits)
        {
            var bytes = new byte[bits / 8];
            var raw = address.ToByteArray(isUnsigned: true, isBigEndian: true);
            raw.CopyTo(bytes, bytes.Length - raw.Length);
            return new IPAddress(bytes).ToString();
        }

        public override string ToString() => $"{Text(First, Bits)}/{Prefix}";

        private static Block Aligned(BigInteger address, int prefix, int bits) => new((address >> (bits - prefix)) << (bits - prefix), prefix, bits);

        private static bool TryAddress(string text, out BigInteger address, out int bits)
        {
            (address, bits) = (default, 0);

            // .NET also takes 1, 1.2 and 0x7f000001 for addresses, and zones; none of them is one here.
            var v6 = text.Contains(':', StringComparison.Ordinal);
            if (text.AsSpan().ContainsAny('%', '[', ']') || (!v6 && !IsDottedQuad(text)) || !IPAddress.TryParse(text, out var parsed))
            {
                return false;
            }

            parsed = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
            bits = parsed.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
            address = new BigInteger(parsed.GetAddressBytes(), isUnsigned: true, isBigEndian: true);
            return true;
        }

        private static bool IsDottedQuad(string text)
        {
            var parts = text.Split('.');
            return parts.Length == 4 && parts.All(static p => p.Length is > 0 and <= 3 && p.All(char.IsAsciiDigit) && (p.Length == 1 || p[0] != '0'));
        }
    }
}
