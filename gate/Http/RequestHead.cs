using System.Runtime.CompilerServices;
using System.Text;

namespace LatchGate.Http;

/// <summary>How far a request head has come.</summary>
internal enum HeadProgress
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>The head is whole and sound.</summary>
    Complete,

    /// <summary>The head is refused; see <see cref="RequestHead.Fault"/>.</summary>
    Refused,
}

/// <summary>
/// Reads request line and headers as they arrive, each byte once, whatever the pieces (RFC 9112 §2.1):
/// <code>
/// head       = [ CRLF ] request-line CRLF *( field-line CRLF ) CRLF
/// field-line = field-name ":" OWS field-value OWS
/// </code>
/// Only offsets are kept, so the buffer may move between calls. One object serves a connection; nothing is allocated per request.
/// </summary>
internal sealed class RequestHead(HttpLimits limits)
{
    private const int UsualFields = 16;

    private Field[] _fields = new Field[UsualFields];
    private int _fieldCount;
    private int _scanned;
    private int _lineStart;
    private int _requestLineStart;
    private int _sectionStart;
    private RequestLine _line;
    private RequestFraming _framing;

    /// <summary>Why the head was refused.</summary>
    internal HttpFault Fault { get; private set; }

    /// <summary>Bytes of the whole head, blank lines around it included.</summary>
    internal int Length => _scanned;

    internal int FieldCount => _fieldCount;

    internal ref readonly RequestFraming Framing => ref _framing;

    internal bool IsHttp11 => _line.IsHttp11;

    /// <summary>Forgets the last request.</summary>
    internal void Reset()
    {
        _fieldCount = 0;
        _scanned = 0;
        _lineStart = 0;
        _requestLineStart = 0;
        _sectionStart = 0;
        _line = default;
        _framing = default;
        Fault = HttpFault.None;
    }

    /// <summary>Reads on. Field names are put into lower case in place.</summary>
    /// <param name="data">All bytes of the request so far, from its first one.</param>
    internal HeadProgress Advance(Span<byte> data)
    {
        while (true)
        {
            var feed = data[_scanned..].IndexOf(HttpGrammar.LineFeed);
            if (feed < 0)
            {
                _scanned = data.Length;
                return JudgePartialLine(data);
            }

            var lineEnd = _scanned + feed - 1;
            _scanned += feed + 1;
            if (lineEnd < _lineStart || data[lineEnd] != HttpGrammar.CarriageReturn)
            {
                return Refuse(HttpFault.BareLineFeed);
            }

            var line = data[_lineStart..lineEnd];
            var isEmpty = line.IsEmpty;
            if (_sectionStart == 0)
            {
                if (!isEmpty)
                {
                    Fault = ParseRequestLine(line);
                }
                else if (_lineStart != 0)
                {
                    // RFC 9112 §2.2 forgives one empty line before a request, not more.
                    Fault = HttpFault.MalformedRequestLine;
                }
            }
            else if (_scanned - _sectionStart > limits.HeaderSectionBytes)
            {
                Fault = HttpFault.HeaderSectionTooLarge;
            }
            else if (isEmpty)
            {
                Fault = _framing.Complete(_line.IsHttp11, limits.BodyBytes);
                return Fault == HttpFault.None ? HeadProgress.Complete : HeadProgress.Refused;
            }
            else
            {
                Fault = ParseField(line);
            }

            if (Fault != HttpFault.None)
            {
                return HeadProgress.Refused;
            }

            _lineStart = _scanned;
        }
    }

    /// <summary>The method; <paramref name="data"/> starts at the request, here and below.</summary>
    internal ReadOnlySpan<byte> Method(ReadOnlySpan<byte> data) => data.Slice(_requestLineStart, _line.MethodLength);

    /// <summary>The target as it was sent.</summary>
    internal ReadOnlySpan<byte> Target(ReadOnlySpan<byte> data) => data[(_requestLineStart + _line.TargetStart)..(_requestLineStart + _line.TargetEnd)];

    /// <summary>The path, still percent-encoded.</summary>
    internal ReadOnlySpan<byte> Path(ReadOnlySpan<byte> data) => data[(_requestLineStart + _line.PathStart)..(_requestLineStart + _line.PathEnd)];

    /// <summary>The query without its question mark; empty if there is none.</summary>
    internal ReadOnlySpan<byte> Query(ReadOnlySpan<byte> data)
        => _line.PathEnd == _line.TargetEnd ? default : data[(_requestLineStart + _line.PathEnd + 1)..(_requestLineStart + _line.TargetEnd)];

    /// <summary>The first value of a header.</summary>
    internal bool TryGetField(ReadOnlySpan<byte> data, ReadOnlySpan<byte> lowerName, out ReadOnlySpan<byte> value)
    {
        foreach (ref readonly var field in _fields.AsSpan(0, _fieldCount))
        {
            if (field.NameLength == lowerName.Length && data.Slice(field.NameStart, field.NameLength).SequenceEqual(lowerName))
            {
                value = data.Slice(field.ValueStart, field.ValueLength);
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>How many lines a header has.</summary>
    internal int CountFields(ReadOnlySpan<byte> data, ReadOnlySpan<byte> lowerName)
    {
        var count = 0;
        foreach (ref readonly var field in _fields.AsSpan(0, _fieldCount))
        {
            count += data.Slice(field.NameStart, field.NameLength).SequenceEqual(lowerName) ? 1 : 0;
        }

        return count;
    }

    private HttpFault ParseRequestLine(ReadOnlySpan<byte> line)
    {
        if (line.Length > limits.RequestLineBytes)
        {
            return HttpFault.UriTooLong;
        }

        _requestLineStart = _lineStart;
        _sectionStart = _scanned;
        return RequestLine.Parse(line, out _line);
    }

    private HttpFault ParseField(Span<byte> line)
    {
        var colon = line.IndexOf(HttpGrammar.Colon);
        if (colon <= 0 || !HttpGrammar.IsToken(line[..colon]))
        {
            return line[0] is HttpGrammar.Space or HttpGrammar.Tab ? HttpFault.FoldedHeader : HttpFault.MalformedHeader;
        }

        var raw = line[(colon + 1)..];
        if (raw.ContainsAny(HttpGrammar.ForbiddenInValue))
        {
            return HttpFault.InvalidHeaderValue;
        }

        if (_fieldCount == limits.HeaderCount)
        {
            return HttpFault.TooManyHeaders;
        }

        if (_fieldCount == _fields.Length)
        {
            Array.Resize(ref _fields, Math.Min(limits.HeaderCount, _fields.Length * 2));
        }

        var name = line[..colon];
        _ = Ascii.ToLowerInPlace(name, out _);
        ReadOnlySpan<byte> trimmedStart = raw.TrimStart(" \t"u8);
        var value = trimmedStart.TrimEnd(" \t"u8);
        _fields[_fieldCount++] = new Field(_lineStart, colon, _lineStart + line.Length - trimmedStart.Length, value.Length);
        return _framing.Observe(name, value);
    }

    /// <summary>Refuses a line whose end has not come as soon as nothing that could follow would make it good.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private HeadProgress JudgePartialLine(ReadOnlySpan<byte> data)
    {
        var line = data[_lineStart..];
        if (_sectionStart != 0)
        {
            return data.Length - _sectionStart > limits.HeaderSectionBytes ? Refuse(HttpFault.HeaderSectionTooLarge) : HeadProgress.Incomplete;
        }

        // The first byte tells a TLS handshake from a request, without waiting for a line end that never comes.
        if (!line.IsEmpty && line[0] != HttpGrammar.CarriageReturn && !HttpGrammar.TokenBytes.Contains(line[0]))
        {
            return Refuse(HttpFault.MalformedRequestLine);
        }

        return line.Length > limits.RequestLineBytes + 1 ? Refuse(HttpFault.UriTooLong) : HeadProgress.Incomplete;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private HeadProgress Refuse(HttpFault fault)
    {
        Fault = fault;
        return HeadProgress.Refused;
    }

    private readonly record struct Field(int NameStart, int NameLength, int ValueStart, int ValueLength);
}
