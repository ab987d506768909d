using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>
/// Builds one text of a task in UTF-8: a URL, a header, a body. What a value may hold depends on where it stands; the first that may not
/// is kept as the fault (reference/kernel.md §2.4).
/// </summary>
/// <param name="initial">Where the text begins; it moves to a pooled buffer when it outgrows this.</param>
internal ref struct TaskText(Span<byte> initial)
{
    /// <summary>Bytes that fit without a pooled buffer: most URLs and all but odd headers.</summary>
    public const int OnStack = 512;

    private const int MaxLabel = 63;

    private Span<byte> _buffer = initial;
    private byte[]? _rented;
    private int _length;
    private int _segment;
    private bool _hasPair;
    private TemplateFault _fault;

    /// <summary>Text of the template.</summary>
    public void Literal(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Reserve(text.Length));
        _length += text.Length;
    }

    /// <summary>A value as it is.</summary>
    public void Text(JsonElement value) => Literal(Value(value));

    /// <summary>A value, percent-encoded but for RFC 3986's unreserved characters.</summary>
    public void Encoded(JsonElement value) => Encoded(Value(value));

    /// <summary>A value in a header: visible ASCII and blanks. Anything else could end the header, or reach the peer as something else.</summary>
    public void Header(JsonElement value)
    {
        var text = Value(value);
        if (text.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            Fail(TemplateFault.InvalidHeaderValue);
        }

        Literal(text);
    }

    /// <summary>A value in a host label: letters, digits and hyphens, 1 to 63 of them.</summary>
    public void HostLabel(JsonElement value)
    {
        var text = Value(value);
        if (text.Length is 0 or > MaxLabel || text.ContainsAnyExcept(LabelBytes))
        {
            Fail(TemplateFault.InvalidHostLabel);
        }

        Literal(text);
    }

    /// <summary>A path segment with a value begins.</summary>
    public void BeginSegment() => _segment = _length;

    /// <summary>The segment ends: an empty or a dot segment would change the path around it.</summary>
    public void EndSegment()
    {
        if (_buffer[_segment.._length] is [] or [(byte)'.'] or [(byte)'.', (byte)'.'])
        {
            Fail(TemplateFault.DotSegment);
        }
    }

    /// <summary>A value that is several path segments.</summary>
    public void Segments(JsonElement value)
    {
        var text = Value(value);
        while (true)
        {
            var slash = text.IndexOf((byte)'/');
            BeginSegment();
            Encoded(slash < 0 ? text : text[..slash]);
            EndSegment();
            if (slash < 0)
            {
                return;
            }

            Literal("/"u8);
            text = text[(slash + 1)..];
        }
    }

    /// <summary>A pair of the query begins, with the name and its <c>=</c>.</summary>
    public void Pair(ReadOnlySpan<byte> name)
    {
        Literal(_hasPair ? "&"u8 : "?"u8);
        _hasPair = true;
        Literal(name);
    }

    /// <summary>A field of a form begins, with the name and its <c>=</c>.</summary>
    public void Field(ReadOnlySpan<byte> name)
    {
        Literal(_hasPair ? "&"u8 : ""u8);
        _hasPair = true;
        Literal(name);
    }

    /// <summary>Writes the text as a JSON string and gives the buffer back; false where a value did not fit its place.</summary>
    public bool TryWrite(Utf8JsonWriter task, out TemplateFault fault)
    {
        fault = _fault;
        if (fault == TemplateFault.None)
        {
            task.WriteStringValue(_buffer[.._length]);
        }

        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented, clearArray: true);
            _rented = null;
        }

        return fault == TemplateFault.None;
    }

    private static ReadOnlySpan<byte> LabelBytes => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"u8;

    private static ReadOnlySpan<byte> Unreserved => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"u8;

    private void Encoded(ReadOnlySpan<byte> text)
    {
        foreach (var octet in text)
        {
            if (Unreserved.Contains(octet))
            {
                Reserve(1)[0] = octet;
                _length++;
                continue;
            }

            var triplet = Reserve(3);
            triplet[0] = (byte)'%';
            triplet[1] = Hex(octet >> 4);
            triplet[2] = Hex(octet & 15);
            _length += 3;
        }
    }

    // A string without its quotes and escapes, or the text of a number, a boolean or null. An integer that is written as 1.0 or 1e2 is
    // written out, so that a URL holds the same text for the same number.
    private readonly ReadOnlySpan<byte> Value(JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value);
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                var inner = raw[1..^1];
                return inner.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(value.GetString()!) : inner;
            case JsonValueKind.Number when raw.ContainsAny((byte)'.', (byte)'e', (byte)'E') && JsonNumber.IsInteger(value) && value.TryGetDecimal(out var number):
                return Encoding.UTF8.GetBytes(decimal.Truncate(number).ToString("F0", System.Globalization.CultureInfo.InvariantCulture));
            default:
                return raw;
        }
    }

    private Span<byte> Reserve(int count)
    {
        if (_length + count > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + count, _buffer.Length * 2));
            _buffer[.._length].CopyTo(larger);
            if (_rented is not null)
            {
                ArrayPool<byte>.Shared.Return(_rented, clearArray: true);
            }

            _buffer = _rented = larger;
        }

        return _buffer[_length..];
    }

    private void Fail(TemplateFault fault) => _fault = _fault == TemplateFault.None ? fault : _fault;

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'A' + digit - 10);
}
