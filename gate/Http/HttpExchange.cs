using System.Text;

namespace LatchGate.Http;

/// <summary>
/// One request and its response. Spans and memory from it are valid until the handler's task is done. Not thread-safe.
/// </summary>
public sealed class HttpExchange
{
    private readonly HttpConnection _connection;
    private readonly RequestHead _head;
    private readonly ReceiveBuffer _buffer;
    private string? _method;

    internal HttpExchange(HttpConnection connection, RequestHead head, ReceiveBuffer buffer, HttpResponse response)
    {
        _connection = connection;
        _head = head;
        _buffer = buffer;
        Response = response;
    }

    /// <summary>The method, case-sensitive as sent; the usual ones are interned.</summary>
    public string Method => _method ??= Interned(_head.Method(_buffer.Data));

    /// <summary>The request target as sent: visible ASCII, still percent-encoded.</summary>
    public ReadOnlySpan<byte> Target => _head.Target(_buffer.Data);

    /// <summary>The path as sent, still percent-encoded: starts with <c>/</c>, or is <c>*</c> for OPTIONS.</summary>
    public ReadOnlySpan<byte> Path => _head.Path(_buffer.Data);

    /// <summary>The query as sent without its question mark; empty if there is none. See <see cref="QueryReader"/>.</summary>
    public ReadOnlySpan<byte> Query => _head.Query(_buffer.Data);

    /// <summary>How many header lines there are.</summary>
    public int HeaderCount => _head.FieldCount;

    /// <summary>Who is at the other end.</summary>
    public PeerCredentials Peer => _connection.Peer;

    /// <summary>The answer.</summary>
    public HttpResponse Response { get; }

    /// <summary>The first value of a header, trimmed; it may hold bytes beyond ASCII, never control bytes but HTAB.</summary>
    /// <param name="lowerName">The name in lower case.</param>
    /// <param name="value">The value, possibly empty.</param>
    public bool TryGetHeader(ReadOnlySpan<byte> lowerName, out ReadOnlySpan<byte> value) => _head.TryGetField(_buffer.Data, lowerName, out value);

    /// <summary>How many lines of one header there are.</summary>
    /// <param name="lowerName">The name in lower case.</param>
    public int CountHeaders(ReadOnlySpan<byte> lowerName) => _head.CountFields(_buffer.Data, lowerName);

    /// <summary>
    /// Reads the whole body, once; later calls give the same. Sends <c>100 Continue</c> if the client waits for it.
    /// </summary>
    /// <returns>
    /// The body, empty if there is none. Null if it is too large, malformed, late or cut short: the server then answers in the
    /// handler's stead, whatever the handler does, so return at once.
    /// </returns>
    public ValueTask<ReadOnlyMemory<byte>?> ReadBodyAsync() => _connection.ReadBodyAsync();

    /// <summary>Makes this ready for the next request.</summary>
    internal void Reset()
    {
        _method = null;
        Response.Reset();
    }

    private static string Interned(ReadOnlySpan<byte> method) => method switch
    {
        _ when method.SequenceEqual("GET"u8) => "GET",
        _ when method.SequenceEqual("POST"u8) => "POST",
        _ when method.SequenceEqual("DELETE"u8) => "DELETE",
        _ when method.SequenceEqual("HEAD"u8) => "HEAD",
        _ when method.SequenceEqual("PUT"u8) => "PUT",
        _ when method.SequenceEqual("PATCH"u8) => "PATCH",
        _ when method.SequenceEqual("OPTIONS"u8) => "OPTIONS",
        _ => Encoding.ASCII.GetString(method),
    };
}
