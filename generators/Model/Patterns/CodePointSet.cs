using System.Collections.Generic;
using System.Linq;

namespace LatchGate.Generators.Model.Patterns;

/// <summary>A set of code points as sorted ranges that do not touch.</summary>
internal sealed class CodePointSet
{
    public const int Last = 0x10FFFF;

    private CodePointSet(List<(int From, int To)> ranges) => Ranges = ranges;

    public IReadOnlyList<(int From, int To)> Ranges { get; }

    public static CodePointSet All { get; } = Of((0, Last));

    public static CodePointSet Digits { get; } = Of(('0', '9'));

    public static CodePointSet Word { get; } = Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));

    /// <summary>ECMA-262 WhiteSpace and LineTerminator.</summary>
    public static CodePointSet Space { get; } = Of(
        (9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF));

    /// <summary>What a dot matches: anything but a line terminator.</summary>
    public static CodePointSet Dot { get; } = Of((10, 10), (13, 13), (0x2028, 0x2029)).Complement();

    public static CodePointSet Of(params (int From, int To)[] ranges) => Union(ranges);

    public static CodePointSet Union(IEnumerable<(int From, int To)> ranges)
    {
        var merged = new List<(int From, int To)>();
        foreach (var range in ranges.OrderBy(static r => r.From))
        {
            if (merged.Count > 0 && range.From <= merged[merged.Count - 1].To + 1)
            {
                var last = merged[merged.Count - 1];
                merged[merged.Count - 1] = (last.From, range.To > last.To ? range.To : last.To);
            }
            else
            {
                merged.Add(range);
            }
        }

        return new CodePointSet(merged);
    }

    public CodePointSet Complement()
    {
        var rest = new List<(int From, int To)>();
        var next = 0;
        foreach (var (from, to) in Ranges)
        {
            if (from > next)
            {
                rest.Add((next, from - 1));
            }

            next = to + 1;
        }

        if (next <= Last)
        {
            rest.Add((next, Last));
        }

        return new CodePointSet(rest);
    }

    public bool Contains(int codePoint) => Ranges.Any(range => codePoint >= range.From && codePoint <= range.To);
}
