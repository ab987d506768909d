using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LatchGate.Crypto;

namespace LatchGate.Secrets.Redaction;

/// <summary>
/// Finds any of many byte strings in one pass (Wu and Manber, 1994): the last <see cref="Block"/> bytes of a window as long as the shortest
/// pattern say, by a table, how far the window may move before it can hold a pattern at all. Patterns and tables are in locked memory.
/// </summary>
internal sealed unsafe class SecretPatterns : IDisposable
{
    private const int Block = 4;
    private const int LongestWindow = 64;

    private readonly SecureMemory _memory;
    private readonly int _window;
    private readonly int _hashShift;

    // Offsets within the memory: per hash a shift (byte) and a first pattern (ushort, 1-based); per pattern its fields; then the bytes.
    private readonly int _heads;
    private readonly int _fields;
    private readonly int _bytes;

    private SecretPatterns(PatternDraft draft)
    {
        HasBlank = draft.HasBlank;
        Shortest = draft.Count == 0 ? int.MaxValue : draft.Shortest;
        _window = Math.Min(draft.Shortest, LongestWindow);

        // A table of eight times the entries leaves most shifts at their longest.
        var bits = 10;
        while (bits < 15 && 1 << bits < draft.Count * (_window - Block + 1) * 8)
        {
            bits++;
        }

        _hashShift = 32 - bits;
        _heads = 1 << bits;
        _fields = _heads + ((1 << bits) * sizeof(ushort));
        _bytes = _fields + (draft.Count * sizeof(Pattern));
        _memory = new SecureMemory(_bytes + draft.Bytes.Length);
        try
        {
            draft.Bytes.CopyTo(_memory.Span[_bytes..]);
            Fill(draft);
        }
        catch
        {
            _memory.Dispose();
            throw;
        }
    }

    /// <summary>Whether some pattern has a blank in it.</summary>
    internal bool HasBlank { get; }

    /// <summary>Length of the shortest pattern; the largest integer when there is none.</summary>
    internal int Shortest { get; }

    /// <summary>The patterns of the values that end at <paramref name="ends"/>, one after another in <paramref name="values"/>.</summary>
    internal static SecretPatterns Of(ReadOnlySpan<byte> values, ReadOnlySpan<int> ends)
    {
        using var draft = new PatternDraft(values.Length, ends.Length);
        var start = 0;
        foreach (var end in ends)
        {
            draft.AddForms(values[start..end]);
            start = end;
        }

        return new SecretPatterns(draft);
    }

    /// <summary>Looks for patterns.</summary>
    /// <param name="text">Where to look.</param>
    /// <param name="ranges">Takes the range of each occurrence; without it the first one ends the search.</param>
    /// <param name="map">Where each byte of the text starts in the text that the ranges are about; empty for the text itself.</param>
    /// <returns>Whether there is one.</returns>
    internal bool Find(ReadOnlySpan<byte> text, RangeList? ranges, ReadOnlySpan<int> map)
    {
        if (text.Length < Shortest)
        {
            return false;
        }

        var isFound = false;
        fixed (byte* memory = _memory.Span, start = text)
        {
            var heads = (ushort*)(memory + _heads);
            var end = start + text.Length;

            // The last byte of the window.
            for (var at = start + _window - 1; at < end;)
            {
                var hash = Unsafe.ReadUnaligned<uint>(at - (Block - 1)) * 2654435761u >> _hashShift;
                var shift = memory[hash];
                if (shift != 0)
                {
                    at += shift;
                    continue;
                }

                var from = (int)(at - start) - _window + 1;
                for (var i = heads[hash]; i != 0;)
                {
                    var pattern = (Pattern*)(memory + _fields) + (i - 1);
                    if (text[from..].StartsWith(new ReadOnlySpan<byte>(memory + _bytes + pattern->Start, pattern->Length)))
                    {
                        isFound = true;
                        if (ranges is null)
                        {
                            return true;
                        }

                        Add(ranges, text, from, pattern, map);
                    }

                    i = pattern->Next;
                }

                at++;
            }
        }

        return isFound;
    }

    /// <summary>Wipes the patterns.</summary>
    public void Dispose() => _memory.Dispose();

    // The base64 digits at both ends of a value hold bits of its neighbours, too; they go with it.
    private static void Add(RangeList ranges, ReadOnlySpan<byte> text, int start, Pattern* pattern, ReadOnlySpan<int> map)
    {
        var end = start + pattern->Length;
        start -= (pattern->Sides & PatternSides.Before) != 0 && start > 0 && IsBase64(text[start - 1]) ? 1 : 0;
        end += (pattern->Sides & PatternSides.After) != 0 && end < text.Length && IsBase64(text[end]) ? 1 : 0;
        if (map.IsEmpty)
        {
            ranges.Add(start, end);
            return;
        }

        // An escape may stand for several bytes: it goes as a whole.
        while (end < text.Length && map[end] == map[end - 1])
        {
            end++;
        }

        ranges.Add(map[start], map[end]);
    }

    private static bool IsBase64(byte c) => char.IsAsciiLetterOrDigit((char)c) || c is (byte)'+' or (byte)'/' or (byte)'-' or (byte)'_';

    private void Fill(PatternDraft draft)
    {
        var memory = _memory.Span;
        var heads = MemoryMarshal.Cast<byte, ushort>(memory[_heads.._fields]);
        var patterns = MemoryMarshal.Cast<byte, Pattern>(memory[_fields.._bytes]);
        memory[.._heads].Fill((byte)(_window - Block + 1));
        heads.Clear();
        for (var i = 0; i < draft.Count; i++)
        {
            var (start, length, sides) = draft[i];
            var bytes = memory.Slice(_bytes + start, _window);
            for (var end = Block; end <= _window; end++)
            {
                var hash = MemoryMarshal.Read<uint>(bytes[(end - Block)..]) * 2654435761u >> _hashShift;
                memory[(int)hash] = Math.Min(memory[(int)hash], (byte)(_window - end));
                if (end == _window)
                {
                    patterns[i] = new Pattern { Start = start, Length = length, Sides = sides, Next = heads[(int)hash] };
                    heads[(int)hash] = (ushort)(i + 1);
                }
            }
        }
    }

    private struct Pattern
    {
        internal int Start;
        internal int Length;
        internal ushort Next;
        internal PatternSides Sides;
    }
}
