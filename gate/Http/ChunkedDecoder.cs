namespace LatchGate.Http;

/// <summary>Takes the bytes of a decoded body.</summary>
internal interface IBodySink
{
    /// <summary>Appends; false when the body would pass its limit.</summary>
    bool TryAppend(ReadOnlySpan<byte> bytes);
}

/// <summary>How far a chunked body has come.</summary>
internal enum ChunkProgress
{
    /// <summary>More bytes are needed; all given ones were used.</summary>
    Incomplete,

    /// <summary>The body and its trailers are whole.</summary>
    Complete,

    /// <summary>The body is refused; see the fault.</summary>
    Refused,
}

/// <summary>
/// RFC 9112 §7.1, byte by byte but for chunk data, so that it may be cut anywhere:
/// <code>
/// chunked-body = *( chunk-size [ chunk-ext ] CRLF chunk-data CRLF ) 1*"0" [ chunk-ext ] CRLF *( field-line CRLF ) CRLF
/// chunk-size   = 1*8HEXDIG            (the RFC has no upper bound; no sound body needs more)
/// chunk-ext    = ";" *( HTAB / SP / VCHAR / obs-text )        (ignored; no white space before the semicolon)
/// </code>
/// Extensions and trailers are dropped and bounded.
/// </summary>
internal struct ChunkedDecoder
{
    private const int MostSizeDigits = 8;
    private const int MostExtensionBytes = 4 * 1024;

    private State _state;
    private int _digits;
    private uint _size;
    private int _extensionBytes;
    private int _trailerBytes;
    private int _trailerCount;

    private enum State : byte
    {
        Size,
        Extension,
        SizeLineFeed,
        Data,
        DataReturn,
        DataLineFeed,
        TrailerStart,
        TrailerName,
        TrailerValue,
        TrailerLineFeed,
        LastLineFeed,
    }

    /// <summary>Reads on.</summary>
    /// <param name="raw">Bytes as received.</param>
    /// <param name="sink">Where the data goes; null drops it.</param>
    /// <param name="limits">Bounds of trailers.</param>
    /// <param name="consumed">How many bytes of <paramref name="raw"/> belong to this body.</param>
    /// <param name="fault">Why it is refused.</param>
    internal ChunkProgress Decode(ReadOnlySpan<byte> raw, IBodySink? sink, HttpLimits limits, out int consumed, out HttpFault fault)
    {
        fault = HttpFault.None;
        consumed = 0;
        while (consumed < raw.Length)
        {
            if (_state == State.Data)
            {
                var take = (int)Math.Min(_size, (uint)(raw.Length - consumed));
                if (sink is not null && !sink.TryAppend(raw.Slice(consumed, take)))
                {
                    fault = HttpFault.PayloadTooLarge;
                    return ChunkProgress.Refused;
                }

                consumed += take;
                _size -= (uint)take;
                _state = _size == 0 ? State.DataReturn : State.Data;
                continue;
            }

            var next = raw[consumed++];
            if (_state == State.LastLineFeed && next == HttpGrammar.LineFeed)
            {
                return ChunkProgress.Complete;
            }

            fault = _state <= State.DataLineFeed ? StepChunk(next) : StepTrailer(next, limits);
            if (fault != HttpFault.None)
            {
                return ChunkProgress.Refused;
            }
        }

        return ChunkProgress.Incomplete;
    }

    private HttpFault StepChunk(byte next)
    {
        switch (_state)
        {
            case State.Size when char.IsAsciiHexDigit((char)next) && _digits < MostSizeDigits:
                _size = _size << 4 | (uint)HexValue(next);
                _digits++;
                return HttpFault.None;
            case State.Size when _digits > 0 && next == ';':
                _state = State.Extension;
                return HttpFault.None;
            case State.Size when _digits > 0 && next == HttpGrammar.CarriageReturn:
            case State.Extension when next == HttpGrammar.CarriageReturn:
                _state = State.SizeLineFeed;
                return HttpFault.None;
            case State.Extension when !HttpGrammar.ForbiddenInValue.Contains(next) && ++_extensionBytes <= MostExtensionBytes:
                return HttpFault.None;
            case State.SizeLineFeed when next == HttpGrammar.LineFeed:
                _state = _size == 0 ? State.TrailerStart : State.Data;
                _digits = 0;
                return HttpFault.None;
            case State.DataReturn when next == HttpGrammar.CarriageReturn:
                _state = State.DataLineFeed;
                return HttpFault.None;
            case State.DataLineFeed when next == HttpGrammar.LineFeed:
                _state = State.Size;
                return HttpFault.None;
            default:
                return HttpFault.MalformedChunk;
        }
    }

    private HttpFault StepTrailer(byte next, HttpLimits limits)
    {
        if (++_trailerBytes > limits.HeaderSectionBytes)
        {
            return HttpFault.HeaderSectionTooLarge;
        }

        switch (_state)
        {
            case State.TrailerStart when next == HttpGrammar.CarriageReturn:
                _state = State.LastLineFeed;
                return HttpFault.None;
            case State.TrailerStart when HttpGrammar.TokenBytes.Contains(next):
                _state = State.TrailerName;
                return ++_trailerCount > limits.HeaderCount ? HttpFault.TooManyHeaders : HttpFault.None;
            case State.TrailerName when HttpGrammar.TokenBytes.Contains(next):
                return HttpFault.None;
            case State.TrailerName when next == HttpGrammar.Colon:
                _state = State.TrailerValue;
                return HttpFault.None;
            case State.TrailerValue when next == HttpGrammar.CarriageReturn:
                _state = State.TrailerLineFeed;
                return HttpFault.None;
            case State.TrailerValue when !HttpGrammar.ForbiddenInValue.Contains(next):
                return HttpFault.None;
            case State.TrailerLineFeed when next == HttpGrammar.LineFeed:
                _state = State.TrailerStart;
                return HttpFault.None;
            default:
                return HttpFault.MalformedChunk;
        }
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
