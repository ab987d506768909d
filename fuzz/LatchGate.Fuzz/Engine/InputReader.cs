using System.Text;

namespace LatchGate.Fuzz.Engine;

/// <summary>Turns bytes into choices. Past its end an input reads as zeros, so that every input means something.</summary>
internal ref struct InputReader(ReadOnlySpan<byte> input)
{
    private ReadOnlySpan<byte> _rest = input;

    internal byte NextByte()
    {
        if (_rest.IsEmpty)
        {
            return 0;
        }

        var next = _rest[0];
        _rest = _rest[1..];
        return next;
    }

    /// <summary>One of a pool.</summary>
    internal T Pick<T>(ReadOnlySpan<T> pool) => pool[NextByte() % pool.Length];

    /// <summary>Up to the next NUL or the end.</summary>
    internal string NextText()
    {
        var end = _rest.IndexOf((byte)0);
        var text = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? default : _rest[(end + 1)..];
        return Encoding.UTF8.GetString(text);
    }

    /// <summary>Exactly so many bytes, zeros past the end.</summary>
    internal byte[] NextBytes(int count)
    {
        var bytes = new byte[count];
        var taken = Math.Min(count, _rest.Length);
        _rest[..taken].CopyTo(bytes);
        _rest = _rest[taken..];
        return bytes;
    }
}
