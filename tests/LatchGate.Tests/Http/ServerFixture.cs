using System.Buffers;
using System.Collections.Concurrent;
using System.Text;

using LatchGate.Http;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Http;

/// <summary>A server in a fresh directory.</summary>
internal sealed class ServerFixture : IAsyncDisposable
{
    private readonly string _directory;

    private ServerFixture(string directory, RequestHandler handler, HttpLimits? limits, TimeProvider? time)
    {
        _directory = directory;
        Path = System.IO.Path.Combine(directory, "run", "gate.sock");
        Server = HttpServer.Start(
            new HttpServerOptions(Path, StartupError.ClientUdsFailed)
            {
                Limits = limits ?? new HttpLimits { SweepInterval = TimeSpan.FromMilliseconds(20) },
                StopTimeout = TimeSpan.FromSeconds(20),
                UnexpectedError = Errors.Enqueue,
            },
            handler,
            time ?? TimeProvider.System);
    }

    internal HttpServer Server { get; }

    internal string Path { get; }

    internal ConcurrentQueue<Exception> Errors { get; } = new();

    internal static ServerFixture Start(RequestHandler? handler = null, HttpLimits? limits = null, TimeProvider? time = null)
        => new(Directory.CreateTempSubdirectory("lghttp").FullName, handler ?? EchoAsync, limits, time);

    /// <summary>Answers with method, path, query and body, one a line.</summary>
    internal static async ValueTask EchoAsync(HttpExchange exchange, CancellationToken aborted)
    {
        if (await exchange.ReadBodyAsync() is not { } body)
        {
            return;
        }

        var response = exchange.Response;
        response.SetContentType("text/plain"u8);
        response.Body.Write(Encoding.ASCII.GetBytes(exchange.Method + "\n"));
        response.Body.Write(exchange.Path);
        response.Body.Write("\n"u8);
        response.Body.Write(exchange.Query);
        response.Body.Write("\n"u8);
        response.Body.Write(body.Span);
    }

    internal Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(Path);

    /// <summary>One connection, one write, one response.</summary>
    internal async Task<RawResponse?> RoundTripAsync(string request)
    {
        using var client = await ConnectAsync();
        await client.SendAsync(request);
        return await client.ReadAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
