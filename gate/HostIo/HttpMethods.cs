namespace LatchGate.HostIo;

/// <summary>Methods that the host sends (RFC 9110 §9.3, RFC 5789). CONNECT and TRACE are not among them.</summary>
internal static class HttpMethods
{
    internal static bool IsKnown(string method) => method is "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS";

    /// <summary>Safe in the sense of RFC 9110 §9.2.1: sending it twice changes nothing.</summary>
    internal static bool IsSafe(string method) => method is "GET" or "HEAD" or "OPTIONS";

    /// <summary>The client's object for a known method.</summary>
    internal static HttpMethod Of(string method) => method switch
    {
        "GET" => HttpMethod.Get,
        "HEAD" => HttpMethod.Head,
        "POST" => HttpMethod.Post,
        "PUT" => HttpMethod.Put,
        "PATCH" => HttpMethod.Patch,
        "DELETE" => HttpMethod.Delete,
        "OPTIONS" => HttpMethod.Options,
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "No method that is sent."),
    };
}
