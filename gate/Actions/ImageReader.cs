using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;
using LatchGate.Crypto;

namespace LatchGate.Actions;

/// <summary>
/// Reads one record of the compiled actions. Every byte has seven bits, so that the generator can write the whole as one UTF-8 literal;
/// texts are kept once, in a section of their own, and named by their offset there.
/// </summary>
/// <param name="bytes">The section that the record is in.</param>
/// <param name="texts">The texts.</param>
/// <param name="at">Where the record begins.</param>
internal ref struct ImageReader(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> texts, int at)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly ReadOnlySpan<byte> _texts = texts;
    private int _at = at;

    /// <summary>A whole number: six bits a byte, lowest first; 64 is added to all but the last.</summary>
    public long Long() => Long(_bytes, ref _at);

    /// <inheritdoc cref="Long()"/>
    public int Number() => (int)Long(_bytes, ref _at);

    /// <summary>A boolean.</summary>
    public bool Flag() => _bytes[_at++] != 0;

    /// <summary>A text.</summary>
    public string Text() => Encoding.UTF8.GetString(Utf8(_texts, Number()));

    /// <summary>A text, or null.</summary>
    public string? OptionalText() =>
        Number() is var reference && reference == 0 ? null : Encoding.UTF8.GetString(Utf8(_texts, reference - 1));

    /// <summary>A text as UTF-8; it lives as long as the program.</summary>
    public ReadOnlySpan<byte> Utf8() => Utf8(_texts, Number());

    /// <summary>Texts, after their number.</summary>
    public ImmutableArray<string> Texts()
    {
        var count = Number();
        if (count == 0)
        {
            return [];
        }

        var texts = ImmutableArray.CreateBuilder<string>(count);
        while (count-- > 0)
        {
            texts.Add(Text());
        }

        return texts.MoveToImmutable();
    }

    /// <summary>The digest that a text holds in base64.</summary>
    /// <param name="text">The offset of the text.</param>
    public readonly Sha256Digest Digest(int text)
    {
        Span<byte> bytes = stackalloc byte[Sha256Digest.Size];
        if (Base64.DecodeFromUtf8(Utf8(_texts, text), bytes, out _, out _) != OperationStatus.Done)
        {
            throw new InvalidOperationException("A digest of the compiled actions is malformed.");
        }

        return Sha256Digest.FromBytes(bytes);
    }

    /// <summary>The text at an offset of the section of texts.</summary>
    public static ReadOnlySpan<byte> Utf8(ReadOnlySpan<byte> texts, int at)
    {
        var length = (int)Long(texts, ref at);
        return texts.Slice(at, length);
    }

    /// <summary>A number at <paramref name="at"/>, which moves past it.</summary>
    public static long Long(ReadOnlySpan<byte> bytes, scoped ref int at)
    {
        long value = bytes[at++];
        if (value < 64)
        {
            return value;
        }

        value -= 64;
        for (var shift = 6; ; shift += 6)
        {
            long next = bytes[at++];
            value |= (next & 63) << shift;
            if (next < 64)
            {
                return value;
            }
        }
    }
}
