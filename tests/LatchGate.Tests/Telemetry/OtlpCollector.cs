using System.Text;
using System.Text.Json;
using LatchGate.Tests.HostIo;

namespace LatchGate.Tests.Telemetry;

/// <summary>An OTLP collector over a real socket: remembers what it was sent, and answers as a test says.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    internal const string Taken = "{}";

    private readonly LoopbackServer _server;
    private readonly SemaphoreSlim _arrived = new(0);

    internal OtlpCollector(Func<string, string>? answer = null) => _server = new LoopbackServer(async (request, stream, stop) =>
    {
        var path = request.Head.Split(' ')[1];
        var text = answer?.Invoke(path) ?? LoopbackServer.Ok(Taken);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), stop);
        _arrived.Release();
    });

    internal Uri Endpoint => new($"http://127.0.0.1:{_server.Port}");

    internal IReadOnlyList<SeenRequest> Requests => [.. _server.Requests];

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _arrived.Dispose();
    }

    /// <summary>Waits until one more request was answered.</summary>
    internal Task ArrivedAsync() => _arrived.WaitAsync(TestContext.Current.CancellationToken);

    /// <summary>The bodies that came to a path, parsed.</summary>
    internal IReadOnlyList<JsonElement> Bodies(string path)
    {
        var bodies = new List<JsonElement>();
        foreach (var request in _server.Requests)
        {
            if (request.Head.StartsWith($"POST {path} HTTP/1.1\r\n", StringComparison.Ordinal))
            {
                bodies.Add(JsonDocument.Parse(request.Body).RootElement);
            }
        }

        return bodies;
    }
}
