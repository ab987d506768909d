using System.Buffers.Binary;

namespace LatchGate.Fuzz.Engine;

/// <summary>Makes inputs out of inputs: AFL's havoc stage, its splice, and tokens of a dictionary.</summary>
internal sealed class Mutator(byte[][] tokens, int maxLength)
{
    private const int MostEditsLog = 4;
    private const int MostBlock = 64;

    private static readonly long[] _interesting =
        [0, 1, -1, 16, 32, 64, 100, 127, 128, 255, 256, 512, 1000, 1024, 4096, 32_767, 32_768, 65_535, 65_536, int.MaxValue, int.MinValue, long.MaxValue];

    private static readonly byte[] _marks = " \t\r\n\0\"\\/.:,;%@#?&=-_[]{}()<>*+~09azAZ\u007f"u8.ToArray();

    private readonly byte[] _buffer = new byte[maxLength];
    private int _length;

    /// <summary>The last input made; valid until the next.</summary>
    internal ReadOnlySpan<byte> Current => _buffer.AsSpan(0, _length);

    /// <summary>Makes one out of two of the corpus.</summary>
    internal void Make(Corpus corpus, ref SplitMix random)
    {
        Take(corpus.Pick(ref random));
        if (random.Next(8) == 0)
        {
            Splice(corpus.Pick(ref random), ref random);
        }

        for (var edits = 1 << random.Next(MostEditsLog + 1); edits > 0; edits--)
        {
            Edit(corpus, ref random);
        }
    }

    private void Take(ReadOnlySpan<byte> input)
    {
        _length = Math.Min(input.Length, maxLength);
        input[.._length].CopyTo(_buffer);
    }

    // The front of this one, the back of the other.
    private void Splice(ReadOnlySpan<byte> other, ref SplitMix random)
    {
        var front = random.Next(_length + 1);
        var back = other[random.Next(other.Length + 1)..];
        back = back[..Math.Min(back.Length, maxLength - front)];
        back.CopyTo(_buffer.AsSpan(front));
        _length = front + back.Length;
    }

    private void Edit(Corpus corpus, ref SplitMix random)
    {
        var kind = random.Next(tokens.Length > 0 ? 16 : 13);
        if (_length == 0)
        {
            kind = 6 + kind % 2;
        }

        var at = _length == 0 ? 0 : random.Next(_length);
        switch (kind)
        {
            case 0:
                _buffer[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                _buffer[at] = random.NextByte();
                break;
            case 2:
                _buffer[at] = (byte)(_buffer[at] + random.Next(71) - 35);
                break;
            case 3:
                _buffer[at] = _marks[random.Next(_marks.Length)];
                break;
            case 4 or 5:
                Remove(at, 1 + random.Next(Math.Min(_length - at, MostBlock)));
                break;
            case 6:
                Insert(at, [_marks[random.Next(_marks.Length)]]);
                break;
            case 7:
                Insert(at, [random.NextByte()]);
                break;
            case 8:
                Repeat(at, ref random);
                break;
            case 9:
                Insert(random.Next(_length + 1), Piece(Current, ref random).ToArray());
                break;
            case 10:
                Overwrite(at, Piece(corpus.Pick(ref random), ref random));
                break;
            case 11:
                Insert(at, Piece(corpus.Pick(ref random), ref random));
                break;
            case 12:
                Number(at, ref random);
                break;
            case 13 or 14:
                Insert(random.Next(_length + 1), tokens[random.Next(tokens.Length)]);
                break;
            default:
                Overwrite(at, tokens[random.Next(tokens.Length)]);
                break;
        }
    }

    private void Repeat(int at, ref SplitMix random)
    {
        Span<byte> run = stackalloc byte[MostBlock];
        run = run[..(1 + random.Next(MostBlock))];
        run.Fill(_buffer[at]);
        Insert(at, run);
    }

    private void Number(int at, ref SplitMix random)
    {
        var value = _interesting[random.Next(_interesting.Length)];
        Span<byte> bytes = stackalloc byte[24];
        if (random.Next(3) == 0)
        {
            _ = value.TryFormat(bytes, out var digits, provider: System.Globalization.CultureInfo.InvariantCulture);
            Insert(at, bytes[..digits]);
            return;
        }

        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        Overwrite(at, bytes.Slice(8 - (1 << random.Next(3)), 1 << random.Next(2)));
    }

    private static ReadOnlySpan<byte> Piece(ReadOnlySpan<byte> whole, ref SplitMix random)
    {
        if (whole.IsEmpty)
        {
            return whole;
        }

        var start = random.Next(whole.Length);
        return whole.Slice(start, 1 + random.Next(Math.Min(whole.Length - start, MostBlock)));
    }

    private void Insert(int at, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > maxLength - _length)
        {
            return;
        }

        _buffer.AsSpan(at, _length - at).CopyTo(_buffer.AsSpan(at + bytes.Length));
        bytes.CopyTo(_buffer.AsSpan(at));
        _length += bytes.Length;
    }

    private void Remove(int at, int count)
    {
        _buffer.AsSpan(at + count, _length - at - count).CopyTo(_buffer.AsSpan(at));
        _length -= count;
    }

    private void Overwrite(int at, ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, maxLength - at)];
        bytes.CopyTo(_buffer.AsSpan(at));
        _length = Math.Max(_length, at + bytes.Length);
    }
}
