using System.Diagnostics;
using System.Text;

namespace LatchGate.Http;

/// <summary>What each <see cref="HttpFault"/> is on the wire: <c>{"error":"code","message":"sentence"}</c> (reference/wire.md §2.1).</summary>
public static class HttpFaults
{
    private static readonly byte[][] Bodies = Array.ConvertAll(Enum.GetValues<HttpFault>(), RenderBody);

    /// <summary>The HTTP status of <paramref name="fault"/>.</summary>
    public static int Status(HttpFault fault) => fault switch
    {
        HttpFault.None => 200,
        HttpFault.MalformedRequestLine or HttpFault.InvalidTarget or HttpFault.BareLineFeed or HttpFault.MalformedHeader
            or HttpFault.InvalidHeaderValue or HttpFault.FoldedHeader or HttpFault.MissingHost or HttpFault.DuplicateHost
            or HttpFault.InvalidContentLength or HttpFault.DuplicateContentLength or HttpFault.ConflictingFraming
            or HttpFault.InvalidTransferEncoding or HttpFault.MalformedChunk or HttpFault.IncompleteBody => 400,
        HttpFault.RequestTimeout => 408,
        HttpFault.PayloadTooLarge => 413,
        HttpFault.UriTooLong => 414,
        HttpFault.ExpectationFailed => 417,
        HttpFault.HeaderSectionTooLarge or HttpFault.TooManyHeaders => 431,
        HttpFault.InternalError => 500,
        HttpFault.UnsupportedTransferCoding => 501,
        HttpFault.TooManyConnections or HttpFault.TooManyConnectionsOfUid => 503,
        HttpFault.UnsupportedVersion => 505,
        _ => throw new UnreachableException(),
    };

    /// <summary>The stable code that a client may branch on.</summary>
    public static string Code(HttpFault fault) => Status(fault) switch
    {
        200 => "ok",
        400 => "bad_request",
        408 => "request_timeout",
        413 => "payload_too_large",
        414 => "uri_too_long",
        417 => "expectation_failed",
        431 => "header_too_large",
        500 => "internal_error",
        501 => "not_implemented",
        503 => "too_many_connections",
        505 => "unsupported_version",
        _ => throw new UnreachableException(),
    };

    /// <summary>What is wrong and what to do, in one sentence without quotes or backslashes.</summary>
    public static string Message(HttpFault fault) => fault switch
    {
        HttpFault.None => "Nothing is wrong.",
        HttpFault.MalformedRequestLine => "The request line is malformed; send 'METHOD /path HTTP/1.1' with single spaces.",
        HttpFault.InvalidTarget => "The request target is malformed; send an absolute path and percent-encode everything RFC 3986 does not allow.",
        HttpFault.UnsupportedVersion => "The HTTP version is not supported; use HTTP/1.1.",
        HttpFault.UriTooLong => "The request line is too long; shorten the path or the query.",
        HttpFault.BareLineFeed => "A line ends in LF alone; end every line in CR LF.",
        HttpFault.MalformedHeader => "A header line is malformed; send 'name: value' with no white space in or after the name.",
        HttpFault.InvalidHeaderValue => "A header value holds a control byte; remove it.",
        HttpFault.FoldedHeader => "A header line starts with white space; send each header on one line.",
        HttpFault.HeaderSectionTooLarge => "The headers are too large together; send fewer or shorter ones.",
        HttpFault.TooManyHeaders => "There are too many headers; send fewer.",
        HttpFault.MissingHost => "The Host header is missing; send exactly one (any value will do).",
        HttpFault.DuplicateHost => "There is more than one Host header; send exactly one.",
        HttpFault.InvalidContentLength => "Content-Length is not a plain decimal number; send the body's length in bytes.",
        HttpFault.DuplicateContentLength => "Content-Length appears more than once; send it once.",
        HttpFault.ConflictingFraming => "Content-Length and Transfer-Encoding exclude each other; send one of them.",
        HttpFault.InvalidTransferEncoding => "Transfer-Encoding is malformed; send 'chunked' alone, over HTTP/1.1, or use Content-Length.",
        HttpFault.UnsupportedTransferCoding => "Only the transfer coding 'chunked' is supported; send the body without another coding.",
        HttpFault.MalformedChunk => "The chunked body is malformed; check chunk sizes, line ends and trailers.",
        HttpFault.IncompleteBody => "The connection ended before the body was complete; send as many bytes as announced.",
        HttpFault.PayloadTooLarge => "The body is too large; send a smaller one.",
        HttpFault.RequestTimeout => "The request did not arrive in time; send it again without pauses.",
        HttpFault.ExpectationFailed => "The expectation is not supported; send 'Expect: 100-continue' or none.",
        HttpFault.TooManyConnections => "The gate holds as many connections as it may; close idle ones and try again.",
        HttpFault.TooManyConnectionsOfUid => "Your user holds as many connections as it may; close idle ones and try again.",
        HttpFault.InternalError => "The gate failed unexpectedly; its log says why.",
        _ => throw new UnreachableException(),
    };

    /// <summary>The JSON body of <paramref name="fault"/>, rendered once.</summary>
    internal static ReadOnlySpan<byte> Body(HttpFault fault) => Bodies[(int)fault];

    private static byte[] RenderBody(HttpFault fault)
        => Encoding.ASCII.GetBytes($$"""{"error":"{{Code(fault)}}","message":"{{Message(fault)}}"}""");
}
