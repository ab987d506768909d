using LatchGate.Http;

namespace LatchGate.Api;

/// <summary>Which sockets serve a route (reference/wire.md §1.2).</summary>
[Flags]
internal enum Surface
{
    /// <summary>The agents' socket.</summary>
    Client = 1,

    /// <summary>The operators' socket.</summary>
    Admin = 2,

    /// <summary>Either.</summary>
    Both = Client | Admin,

    /// <summary>The socket for collectors of metrics, where one is configured: who may connect to it may read them.</summary>
    Metrics = 4,
}

/// <summary>Answers a request whose path matched.</summary>
/// <param name="exchange">The request and its response.</param>
/// <param name="id">The decoded <c>{id}</c> of the path; empty where the route has none.</param>
/// <param name="aborted">Fires when the client has gone.</param>
internal delegate ValueTask RouteHandler(HttpExchange exchange, string id, CancellationToken aborted);

/// <summary>One line of the route table.</summary>
/// <param name="Surface">Where it is served.</param>
/// <param name="Method">The method, upper case; a GET route also answers HEAD.</param>
/// <param name="Pattern">The path; <c>{id}</c> stands for one segment.</param>
/// <param name="Handler">Answers.</param>
/// <param name="AllowsSlash">Whether <c>{id}</c> may hold an encoded slash, as principals' names may.</param>
internal sealed record Route(Surface Surface, string Method, string Pattern, RouteHandler Handler, bool AllowsSlash = false);
