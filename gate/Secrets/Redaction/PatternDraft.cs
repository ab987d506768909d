using System.Buffers.Text;
using LatchGate.Crypto;

namespace LatchGate.Secrets.Redaction;

/// <summary>Which neighbours of a pattern tell a part of the value.</summary>
[Flags]
internal enum PatternSides : byte
{
    /// <summary>Neither.</summary>
    None = 0,

    /// <summary>The digit before it.</summary>
    Before = 1,

    /// <summary>The digit after it.</summary>
    After = 2,
}

/// <summary>Gathers the forms in which values are looked for, in locked memory.</summary>
internal sealed class PatternDraft : IDisposable
{
    /// <summary>Forms of one value: itself, and two alphabets of base64 at three alignments.</summary>
    private const int Forms = 7;

    private readonly SecureMemory _memory;
    private readonly SecureMemory _scratch;
    private readonly int[] _starts;
    private readonly PatternSides[] _sides;

    /// <summary>Room for the forms of <paramref name="count"/> values of <paramref name="length"/> bytes in all.</summary>
    internal PatternDraft(int length, int count)
    {
        if (count > ushort.MaxValue / Forms)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, "Too many secrets.");
        }

        // Each form in base64 has at most four digits for three bytes, of the value and two before it.
        _scratch = new SecureMemory(Base64.GetMaxEncodedToUtf8Length(length + 2) + length + 2);
        _memory = new SecureMemory(length + 1 + ((Forms - 1) * (Base64.GetMaxEncodedToUtf8Length(length) + (4 * count))));
        _starts = new int[(Forms * count) + 1];
        _sides = new PatternSides[Forms * count];
    }

    /// <summary>Number of patterns.</summary>
    internal int Count { get; private set; }

    /// <summary>Whether some value has a blank in it.</summary>
    internal bool HasBlank { get; private set; }

    /// <summary>Length of the shortest pattern.</summary>
    internal int Shortest { get; private set; } = SecretValues.MinimumLength;

    /// <summary>All patterns, one after another.</summary>
    internal ReadOnlySpan<byte> Bytes => _memory.Span[.._starts[Count]];

    /// <summary>The pattern number <paramref name="i"/>.</summary>
    internal (int Start, int Length, PatternSides Sides) this[int i] => (_starts[i], _starts[i + 1] - _starts[i], _sides[i]);

    /// <summary>Adds all forms of a value, without the whitespace around it.</summary>
    internal void AddForms(ReadOnlySpan<byte> value)
    {
        value = value.Trim(" \t\r\n"u8);
        if (value.Length < SecretValues.MinimumLength)
        {
            return;
        }

        HasBlank |= value.Contains((byte)' ');
        Add(value, PatternSides.None);
        for (var before = 0; before < 3; before++)
        {
            AddBase64(value, before);
        }
    }

    /// <summary>Wipes everything.</summary>
    public void Dispose()
    {
        _memory.Dispose();
        _scratch.Dispose();
    }

    // What base64 makes of the value, whatever stands around it: the digits that hold nothing but bits of the value.
    private void AddBase64(ReadOnlySpan<byte> value, int before)
    {
        var padded = _scratch.Span[..(before + value.Length)];
        padded[..before].Clear();
        value.CopyTo(padded[before..]);
        var digits = _scratch.Span[padded.Length..];
        if (Base64.EncodeToUtf8(padded, digits, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            throw new InvalidOperationException("A value has no base64.");
        }

        var first = ((before * 8) + 5) / 6;
        var last = padded.Length * 8 / 6;
        var sides = (before > 0 ? PatternSides.Before : PatternSides.None) | (padded.Length * 8 % 6 > 0 ? PatternSides.After : PatternSides.None);
        var form = digits[first..last];
        Add(form, sides);
        if (form.ContainsAny((byte)'+', (byte)'/'))
        {
            form.Replace((byte)'+', (byte)'-');
            form.Replace((byte)'/', (byte)'_');
            Add(form, sides);
        }
    }

    private void Add(ReadOnlySpan<byte> pattern, PatternSides sides)
    {
        var start = _starts[Count];
        pattern.CopyTo(_memory.Span[start..]);
        _sides[Count++] = sides;
        _starts[Count] = start + pattern.Length;
        Shortest = Count == 1 ? pattern.Length : Math.Min(Shortest, pattern.Length);
    }
}
