using System.Globalization;

namespace LatchGate.Fuzz.Engine;

/// <summary>Which blocks belong to which type, as the instrumenter wrote it beside this assembly.</summary>
internal static class BlockIndex
{
    private static readonly (int First, int Count, string Type)[] _types =
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "blocks.tsv")).Select(static line => line.Split('\t')).Select(static fields => (
            int.Parse(fields[0], CultureInfo.InvariantCulture), int.Parse(fields[1], CultureInfo.InvariantCulture), fields[2])),
    ];

    /// <summary>How many blocks of types whose names begin so were entered, and how many there are.</summary>
    internal static (int Entered, int All) Count(IReadOnlyList<string> prefixes)
    {
        var (entered, all) = (0, 0);
        foreach (var (first, count, type) in _types)
        {
            if (prefixes.Any(prefix => type.StartsWith(prefix, StringComparison.Ordinal)))
            {
                all += count;
                entered += Trace.Blocks.Slice(first, count).Count((byte)1);
            }
        }

        return (entered, all);
    }
}
