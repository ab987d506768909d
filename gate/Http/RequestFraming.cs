using System.Text;

namespace LatchGate.Http;

/// <summary>
/// What the headers say about where the request ends and what happens to the connection after it: RFC 9112 §6 and §9.3, RFC 9110
/// §10.1.1. Whatever two parsers could read in two ways is refused, since that is how requests are smuggled.
/// </summary>
internal struct RequestFraming
{
    private const int LongestLength = 19;

    private bool _hasHost;
    private bool _hasContentLength;
    private bool _hasTransferEncoding;
    private int _chunkedCodings;
    private int _otherCodings;
    private bool _endsInChunked;
    private bool _saysClose;
    private bool _saysKeepAlive;

    /// <summary>Bytes of the body; 0 without one, unknown while <see cref="IsChunked"/>.</summary>
    internal long ContentLength { get; private set; }

    internal readonly bool IsChunked => _chunkedCodings > 0;

    /// <summary>Whether the client waits for <c>100 Continue</c> before it sends the body.</summary>
    internal bool ExpectsContinue { get; private set; }

    internal bool KeepsAlive { get; private set; }

    /// <summary>Looks at one header line. The usual header matches no length here and costs one jump.</summary>
    internal HttpFault Observe(ReadOnlySpan<byte> lowerName, ReadOnlySpan<byte> value) => lowerName.Length switch
    {
        4 when lowerName.SequenceEqual("host"u8) => ObserveHost(),
        6 when lowerName.SequenceEqual("expect"u8) => ObserveExpect(value),
        10 when lowerName.SequenceEqual("connection"u8) => ObserveConnection(value),
        14 when lowerName.SequenceEqual("content-length"u8) => ObserveContentLength(value),
        17 when lowerName.SequenceEqual("transfer-encoding"u8) => ObserveTransferEncoding(value),
        _ => HttpFault.None,
    };

    /// <summary>Judges the whole section once its last line has been observed.</summary>
    internal HttpFault Complete(bool isHttp11, int bodyLimit)
    {
        KeepsAlive = !_saysClose && (isHttp11 || _saysKeepAlive);
        if (_hasContentLength && _hasTransferEncoding)
        {
            return HttpFault.ConflictingFraming;
        }

        if (_hasTransferEncoding)
        {
            if (!isHttp11 || _chunkedCodings > 1 || (_chunkedCodings == 1 && !_endsInChunked))
            {
                return HttpFault.InvalidTransferEncoding;
            }

            if (_otherCodings > 0)
            {
                return HttpFault.UnsupportedTransferCoding;
            }
        }

        if (isHttp11 && !_hasHost)
        {
            return HttpFault.MissingHost;
        }

        // RFC 9110 §10.1.1: an expectation of an HTTP/1.0 client, or without a body, is ignored.
        ExpectsContinue &= isHttp11 && (IsChunked || ContentLength > 0);
        return ContentLength > bodyLimit ? HttpFault.PayloadTooLarge : HttpFault.None;
    }

    private HttpFault ObserveHost()
    {
        var fault = _hasHost ? HttpFault.DuplicateHost : HttpFault.None;
        _hasHost = true;
        return fault;
    }

    private HttpFault ObserveExpect(ReadOnlySpan<byte> value)
    {
        if (ExpectsContinue || !Ascii.EqualsIgnoreCase(value, "100-continue"u8))
        {
            return HttpFault.ExpectationFailed;
        }

        ExpectsContinue = true;
        return HttpFault.None;
    }

    private HttpFault ObserveConnection(ReadOnlySpan<byte> value)
    {
        foreach (var range in value.Split((byte)','))
        {
            var option = HttpGrammar.TrimOptionalWhiteSpace(value[range]);
            _saysClose |= Ascii.EqualsIgnoreCase(option, "close"u8);
            _saysKeepAlive |= Ascii.EqualsIgnoreCase(option, "keep-alive"u8);
        }

        return HttpFault.None;
    }

    private HttpFault ObserveContentLength(ReadOnlySpan<byte> value)
    {
        if (_hasContentLength)
        {
            return HttpFault.DuplicateContentLength;
        }

        _hasContentLength = true;
        if (value.IsEmpty || value.Length > LongestLength || value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return HttpFault.InvalidContentLength;
        }

        // Nineteen digits always fit into 64 unsigned bits.
        ulong length = 0;
        foreach (var digit in value)
        {
            length = length * 10 + (uint)(digit - '0');
        }

        if (length > long.MaxValue)
        {
            return HttpFault.InvalidContentLength;
        }

        ContentLength = (long)length;
        return HttpFault.None;
    }

    private HttpFault ObserveTransferEncoding(ReadOnlySpan<byte> value)
    {
        _hasTransferEncoding = true;
        foreach (var range in value.Split((byte)','))
        {
            var coding = HttpGrammar.TrimOptionalWhiteSpace(value[range]);
            _endsInChunked = Ascii.EqualsIgnoreCase(coding, "chunked"u8);
            if (_endsInChunked)
            {
                _chunkedCodings++;
            }
            else if (!HttpGrammar.IsToken(coding))
            {
                return HttpFault.InvalidTransferEncoding;
            }
            else
            {
                _otherCodings++;
            }
        }

        return HttpFault.None;
    }
}
