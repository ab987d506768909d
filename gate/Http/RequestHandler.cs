namespace LatchGate.Http;

/// <summary>Answers one request.</summary>
/// <param name="exchange">Request and response; reused for the next request once the returned task is done.</param>
/// <param name="aborted">
/// Cancelled when the peer has hung up (noticed within a sweep or two) or the server's stop deadline has passed. The server only
/// tells; it never abandons a handler, which runs to its end.
/// </param>
public delegate ValueTask RequestHandler(HttpExchange exchange, CancellationToken aborted);
