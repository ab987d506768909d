using System.Numerics;
using System.Runtime.InteropServices;

namespace LatchGate.Fuzz.Engine;

/// <summary>What all executions so far have covered: for each edge, in which ranges its counts fell (1, 2, 3, 4–7, 8–15, 16–31, 32–127, 128 and more).</summary>
internal sealed class CoverageMap
{
    private static readonly byte[] _rangeOf = Ranges();

    private readonly byte[] _seen = new byte[Trace.MapSize];
    private readonly int[] _touched = new int[Trace.MapSize];
    private int _touchedCount;

    /// <summary>Edges seen, whatever their counts.</summary>
    internal int Edges { get; private set; }

    /// <summary>The edges of the last execution: the place in the map in the low 16 bits, the range of its count above.</summary>
    internal ReadOnlySpan<int> Touched => _touched.AsSpan(0, _touchedCount);

    /// <summary>Tells executions apart: the same edges in the same ranges give the same number.</summary>
    internal ulong Signature
    {
        get
        {
            var hash = 14_695_981_039_346_656_037;
            foreach (var edge in Touched)
            {
                hash = (hash ^ (uint)edge) * 1_099_511_628_211;
            }

            return hash;
        }
    }

    /// <summary>Takes the counts of one execution and clears them for the next.</summary>
    /// <returns>Whether an edge, or a range of one, was never seen before.</returns>
    internal bool Absorb(Span<byte> edges)
    {
        _touchedCount = 0;
        var isNew = false;
        var vectors = MemoryMarshal.Cast<byte, Vector<byte>>(edges);
        for (var i = 0; i < vectors.Length; i++)
        {
            if (vectors[i] == Vector<byte>.Zero)
            {
                continue;
            }

            var start = i * Vector<byte>.Count;
            for (var j = start; j < start + Vector<byte>.Count; j++)
            {
                if (edges[j] != 0)
                {
                    isNew |= Take(j, _rangeOf[edges[j]]);
                }
            }

            vectors[i] = Vector<byte>.Zero;
        }

        return isNew;
    }

    private bool Take(int place, byte range)
    {
        _touched[_touchedCount++] = place | range << 16;
        var before = _seen[place];
        if ((before & range) != 0)
        {
            return false;
        }

        Edges += before == 0 ? 1 : 0;
        _seen[place] = (byte)(before | range);
        return true;
    }

    private static byte[] Ranges()
    {
        var ranges = new byte[256];
        for (var count = 1; count < 256; count++)
        {
            ranges[count] = count switch
            {
                1 => 1,
                2 => 2,
                3 => 4,
                < 8 => 8,
                < 16 => 16,
                < 32 => 32,
                < 128 => 64,
                _ => 128,
            };
        }

        return ranges;
    }
}
