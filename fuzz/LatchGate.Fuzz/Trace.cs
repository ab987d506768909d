using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LatchGate.Fuzz.Afl;

namespace LatchGate.Fuzz;

/// <summary>
/// Where instrumented code reports the basic blocks it enters. Edges are counted as AFL does: in 64 KiB of bytes, at the place
/// <c>previous ^ current</c>, with the previous block shifted so that A→B differs from B→A.
/// </summary>
/// <remarks>One thread is fuzzed at a time; hits of others blur the map but harm nothing.</remarks>
public static unsafe class Trace
{
    /// <summary>Bytes of the map of edges.</summary>
    public const int MapSize = 1 << 16;

    /// <summary>More blocks than this cannot be told apart.</summary>
    public const int MostBlocks = 1 << 19;

    // Odd, so the first 65,536 block numbers spread over the map without a collision.
    private const int Spread = 40_503;

    // AFL++'s own memory when it is there.
    private static readonly byte* _edges = AflMemory.AttachMap(MapSize);
    private static readonly byte* _blocks = (byte*)NativeMemory.AllocZeroed(MostBlocks);
    private static int _previous;

    /// <summary>The counts of this execution's edges.</summary>
    internal static Span<byte> Edges => new(_edges, MapSize);

    /// <summary>1 for each block that was ever entered.</summary>
    internal static Span<byte> Blocks => new(_blocks, MostBlocks);

    /// <summary>Called by instrumented code.</summary>
    /// <param name="block">The block's number, from 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Hit(int block)
    {
        var here = (block * Spread) & (MapSize - 1);
        _edges[_previous ^ here]++;
        _previous = here >> 1;
        _blocks[block] = 1;
    }

    /// <summary>Begins an execution: no block was entered yet. The map is cleared by whoever reads it.</summary>
    internal static void Begin() => _previous = 0;
}
