using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>Builds one text of a task in UTF-8: a URL, a header, a body. How values are written is in TaskText.Values.cs.</summary>
/// <param name="initial">Where the text begins; it moves to a pooled buffer when it outgrows this.</param>
internal ref partial struct TaskText(Span<byte> initial)
{
    /// <summary>Bytes that fit without a pooled buffer: most URLs and all but odd headers.</summary>
    public const int OnStack = 512;

    private Span<byte> _buffer = initial;
    private byte[]? _rented;
    private int _segment;
    private int _encoded;

    /// <summary>Bytes so far.</summary>
    public int Length { get; private set; }

    /// <summary>The text so far.</summary>
    public readonly Span<byte> Written => _buffer[..Length];

    /// <summary>Text of the template.</summary>
    public void Literal(scoped ReadOnlySpan<byte> text)
    {
        text.CopyTo(Reserve(text.Length));
        Length += text.Length;
    }

    /// <summary>Takes back all after the first bytes.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>A path segment with a value begins.</summary>
    public void BeginSegment() => _segment = Length;

    /// <summary>The segment ends: an empty or a dot segment would change the path around it.</summary>
    public readonly TemplateFault EndSegment() =>
        _buffer[_segment..Length] is [] or [(byte)'.'] or [(byte)'.', (byte)'.'] ? TemplateFault.DotSegment : TemplateFault.None;

    /// <summary>Text that is encoded as a whole begins.</summary>
    public void BeginEncoded() => _encoded = Length;

    /// <summary>That text ends.</summary>
    public void EndEncoded(TextMode mode)
    {
        var plain = Length - _encoded;
        Reserve(Base64.GetMaxEncodedToUtf8Length(plain) - plain);
        if (Base64.EncodeToUtf8InPlace(_buffer[_encoded..], plain, out var written) != OperationStatus.Done)
        {
            throw new InvalidOperationException("The reserved buffer is too small.");
        }

        Length = _encoded + (mode == TextMode.Base64Url ? UrlSafe(_buffer.Slice(_encoded, written)) : written);
    }

    /// <summary>The bytes that a valid text of base64 stands for.</summary>
    public void Decoded(scoped ReadOnlySpan<byte> text)
    {
        var room = Reserve(Base64.GetMaxDecodedFromUtf8Length(text.Length));
        if (Base64.DecodeFromUtf8(text, room, out _, out var written) != OperationStatus.Done)
        {
            throw new ArgumentException("The text is not base64.", nameof(text));
        }

        Length += written;
    }

    /// <summary>Writes the text as a JSON string, and gives the buffer back.</summary>
    public void WriteTo(Utf8JsonWriter task)
    {
        task.WriteStringValue(Written);
        Free();
    }

    /// <summary>Gives the buffer back.</summary>
    public void Free()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented, clearArray: true);
            _rented = null;
        }
    }

    private static int UrlSafe(Span<byte> base64)
    {
        base64.Replace((byte)'+', (byte)'-');
        base64.Replace((byte)'/', (byte)'_');
        return base64.TrimEnd((byte)'=').Length;
    }

    private void Octet(byte octet)
    {
        Reserve(1)[0] = octet;
        Length++;
    }

    private Span<byte> Reserve(int count)
    {
        if (Length + count > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Length + count, _buffer.Length * 2));
            _buffer[..Length].CopyTo(larger);
            Free();
            _buffer = _rented = larger;
        }

        return _buffer[Length..];
    }
}
