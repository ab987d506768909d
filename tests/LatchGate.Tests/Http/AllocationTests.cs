using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using System.Reflection;

using LatchGate.Http;

namespace LatchGate.Tests.Http;

/// <summary>What a request costs in garbage once a connection is warm. Alone in its collection: the count is the process's.</summary>
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests
{
    private const int Requests = 2000;

    // Bytes: room for the date, the timer and the runtime, not for one object a request.
    private const int Allowance = 16;

    [Fact]
    public async Task A_request_allocates_next_to_nothing()
    {
        var debuggable = typeof(HttpServer).Assembly.GetCustomAttribute<DebuggableAttribute>();
        Assert.SkipWhen(debuggable?.IsJITOptimizerDisabled ?? false, "In a debug build every async method allocates its state machine.");
        await using var server = ServerFixture.Start(static (exchange, _) =>
        {
            exchange.Response.SetContentType("application/json"u8);
            exchange.Response.Body.Write("{}"u8);
            return default;
        });

        // Blocking from the start: a socket that was ever used asynchronously allocates in synchronous calls too.
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(server.Path));
        ReadOnlyMemory<byte> request = "POST /v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"u8.ToArray();
        var response = new byte[4096];
        var each = long.MaxValue;

        // The first rounds run code that is not optimised yet, which boxes.
        for (var round = 0; round < 50 && each >= Allowance; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await RunAsync();
            each = (GC.GetTotalAllocatedBytes(precise: true) - before) / Requests;
        }

        Assert.True(each < Allowance, $"{each} bytes a request");

        async Task RunAsync()
        {
            // A thread of its own with blocking calls, so that the client allocates nothing.
            await Task.Factory.StartNew(
                () =>
                {
                    for (var i = 0; i < Requests; i++)
                    {
                        client.Send(request.Span);
                        client.Receive(response);
                    }
                },
                TaskCreationOptions.LongRunning);
        }
    }
}

/// <summary>Keeps other tests away while allocations are counted.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationTestsCollection;
