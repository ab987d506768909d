namespace LatchGate.Http;

/// <summary>
/// Why the server itself refuses a request, before or instead of a handler. <see cref="HttpFaults"/> maps each to its status,
/// wire code and message.
/// </summary>
public enum HttpFault
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The first line is not <c>method SP target SP version</c> (RFC 9112 §3).</summary>
    MalformedRequestLine,

    /// <summary>The target is neither origin, absolute nor asterisk form, or holds a byte that RFC 3986 does not allow.</summary>
    InvalidTarget,

    /// <summary>The version is neither HTTP/1.0 nor HTTP/1.1.</summary>
    UnsupportedVersion,

    /// <summary>The request line is longer than the limit.</summary>
    UriTooLong,

    /// <summary>A line ends in a lone LF (RFC 9112 §2.2).</summary>
    BareLineFeed,

    /// <summary>A header line has no colon, or its name is not a token: white space before the colon is this too (RFC 9112 §5.1).</summary>
    MalformedHeader,

    /// <summary>A header value holds a control byte, such as NUL or a lone CR (RFC 9110 §5.5).</summary>
    InvalidHeaderValue,

    /// <summary>A header line starts with white space, the obsolete line folding (RFC 9112 §5.2).</summary>
    FoldedHeader,

    /// <summary>The header section is longer than the limit.</summary>
    HeaderSectionTooLarge,

    /// <summary>There are more header lines than the limit.</summary>
    TooManyHeaders,

    /// <summary>An HTTP/1.1 request has no Host (RFC 9112 §3.2).</summary>
    MissingHost,

    /// <summary>There is more than one Host (RFC 9112 §3.2).</summary>
    DuplicateHost,

    /// <summary>Content-Length is not one decimal number, or is beyond 2^63-1 (RFC 9112 §6.3).</summary>
    InvalidContentLength,

    /// <summary>Content-Length appears more than once, even if the values agree.</summary>
    DuplicateContentLength,

    /// <summary>Content-Length and Transfer-Encoding appear together (RFC 9112 §6.1).</summary>
    ConflictingFraming,

    /// <summary>Transfer-Encoding is malformed, does not end in chunked, names it twice, or comes with HTTP/1.0 (RFC 9112 §6.1).</summary>
    InvalidTransferEncoding,

    /// <summary>Transfer-Encoding names a coding other than chunked.</summary>
    UnsupportedTransferCoding,

    /// <summary>A chunk size, chunk extension, chunk end or trailer is malformed (RFC 9112 §7.1).</summary>
    MalformedChunk,

    /// <summary>The connection ended before the body was complete.</summary>
    IncompleteBody,

    /// <summary>The body is longer than the limit.</summary>
    PayloadTooLarge,

    /// <summary>The header section or the body did not arrive in time.</summary>
    RequestTimeout,

    /// <summary>Expect names something other than <c>100-continue</c> (RFC 9110 §10.1.1).</summary>
    ExpectationFailed,

    /// <summary>The server holds as many connections as it may.</summary>
    TooManyConnections,

    /// <summary>The server holds as many connections of this uid as it may.</summary>
    TooManyConnectionsOfUid,

    /// <summary>The handler failed unexpectedly.</summary>
    InternalError,
}
