using LatchGate.Pipeline;

namespace LatchGate.Http;

/// <summary>One listener.</summary>
/// <param name="SocketPath">Absolute path of the Unix domain socket; at most 106 bytes, its directory is made (0700) if absent.</param>
/// <param name="Error">What a start-up failure of this listener is called.</param>
public sealed record HttpServerOptions(string SocketPath, StartupError Error)
{
    /// <summary>Bounds of what is taken.</summary>
    public HttpLimits Limits { get; init; } = new();

    /// <summary>How long <see cref="HttpServer.DisposeAsync"/> lets requests in flight finish.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Hears of every unexpected exception of a handler or of the server; must not throw. Null drops them.</summary>
    public Action<Exception>? UnexpectedError { get; init; }
}
