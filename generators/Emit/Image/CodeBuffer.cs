using System.Collections.Generic;
using System.Text;

namespace LatchGate.Generators.Emit.Image;

/// <summary>
/// Bytes of seven bits: numbers of six bits a byte, lowest first, with 64 added to all but the last. References to what has no place yet are
/// left open in four bytes, which read as the same number.
/// </summary>
internal sealed class CodeBuffer
{
    private const int Open = 4;

    private readonly List<byte> _bytes = [];
    private readonly List<Gap> _gaps = [];

    /// <summary>Bytes so far.</summary>
    public int Length => _bytes.Count;

    /// <summary>The bytes, which are not to be changed.</summary>
    public List<byte> Bytes => _bytes;

    /// <summary>The references that are open.</summary>
    public IReadOnlyList<Gap> Gaps => _gaps;

    /// <summary>One byte.</summary>
    public void Byte(int value) => _bytes.Add((byte)value);

    /// <summary>A boolean.</summary>
    public void Flag(bool value) => _bytes.Add(value ? (byte)1 : (byte)0);

    /// <summary>A number that is not negative.</summary>
    public void Number(long value)
    {
        for (; value >= 64; value >>= 6)
        {
            _bytes.Add((byte)((value & 63) | 64));
        }

        _bytes.Add((byte)value);
    }

    /// <summary>Four bytes of seven bits.</summary>
    public void Fixed(int value)
    {
        for (var shift = 0; shift < 28; shift += 7)
        {
            _bytes.Add((byte)(value >> shift & 127));
        }
    }

    /// <summary>Text after its length in bytes.</summary>
    public void Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        Number(utf8.Length);
        _bytes.AddRange(utf8);
    }

    /// <summary>Another buffer.</summary>
    public void Append(CodeBuffer other)
    {
        foreach (var gap in other._gaps)
        {
            _gaps.Add(gap with { At = gap.At + _bytes.Count });
        }

        _bytes.AddRange(other._bytes);
    }

    /// <summary>Another buffer after its length.</summary>
    public void Block(CodeBuffer other)
    {
        Number(other.Length);
        Append(other);
    }

    /// <summary>A reference that is filled in later, with <paramref name="add"/> added to it.</summary>
    public void Leave(int target, int add)
    {
        _gaps.Add(new Gap(_bytes.Count, target, add));
        for (var i = 0; i < Open; i++)
        {
            _bytes.Add(0);
        }
    }

    /// <summary>Fills in a reference.</summary>
    public void Fill(int at, int value)
    {
        for (var i = 0; i < Open; i++, value >>= 6)
        {
            _bytes[at + i] = (byte)((value & 63) | (i < Open - 1 ? 64 : 0));
        }
    }

    /// <summary>A reference that is open: where it stands, and what it refers to.</summary>
    internal sealed record Gap(int At, int Target, int Add);
}
