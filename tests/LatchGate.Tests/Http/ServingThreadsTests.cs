using System.Text;
using LatchGate.Http;
using LatchGate.Sandbox;
using LatchGate.Tests.Sandbox;

namespace LatchGate.Tests.Http;

/// <summary>Requests run on the few threads that wait for them: nobody may keep those from the others.</summary>
public sealed class ServingThreadsTests
{
    private const string Health = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string Slow = "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n";

    private static readonly HttpLimits Limits = new() { SweepInterval = TimeSpan.FromMilliseconds(20) };

    [Fact]
    public async Task Guests_that_compute_do_not_hold_up_other_connections()
    {
        // More of them than the server has threads.
        const int Guests = 3;
        using var sandbox = new SandboxHost(Guests);
        using var spinning = new ManualResetEventSlim();
        var ended = 0;
        await using var server = ServerFixture.Start(
            async (exchange, aborted) =>
            {
                if (exchange.Path.SequenceEqual("/healthz"u8))
                {
                    return;
                }

                await ServingThreads.AllowBlocking();
                spinning.Set();
                var result = await sandbox.AttackAsync(
                    "spin", limits: HostileModules.Limits with { Fuel = 1_000_000_000_000, TimeoutSeconds = 3 }, cancellation: CancellationToken.None);
                Assert.Equal(TrapReason.DeadlineExceeded, result.Trap);
                Interlocked.Increment(ref ended);
            },
            Limits,
            threads: 2);
        using var other = await server.ConnectAsync();
        AskBlocking(other);
        var slow = await StartSlowAsync(server, Guests);

        // From here on without the thread pool: the guests for which no serving thread could be lent fill it.
        Assert.True(spinning.Wait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        for (var i = 0; i < 20; i++)
        {
            AskBlocking(other);
        }

        Assert.Equal(0, Volatile.Read(ref ended));
        await EndSlowAsync(slow);
        Assert.Empty(server.Errors);
    }

    [Fact]
    public async Task Handlers_that_block_leave_a_thread_to_the_others()
    {
        const int Blocked = 3;
        using var open = new ManualResetEventSlim();
        await using var server = ServerFixture.Start(
            async (exchange, aborted) =>
            {
                if (exchange.Path.SequenceEqual("/slow"u8))
                {
                    await ServingThreads.AllowBlocking();
                    open.Wait(CancellationToken.None);
                }
            },
            Limits,
            threads: 3);
        using var other = await server.ConnectAsync();
        AskBlocking(other);
        var slow = await StartSlowAsync(server, Blocked);
        for (var i = 0; i < 20; i++)
        {
            AskBlocking(other);
        }

        open.Set();
        await EndSlowAsync(slow);
    }

    [Fact]
    public async Task A_thread_that_has_been_lent_comes_back()
    {
        var stayed = 0;
        await using var server = ServerFixture.Start(
            async (exchange, aborted) =>
            {
                var thread = Environment.CurrentManagedThreadId;
                await ServingThreads.AllowBlocking();
                stayed += thread == Environment.CurrentManagedThreadId ? 1 : 0;
            },
            Limits,
            threads: 2);
        using var client = await server.ConnectAsync();
        for (var i = 0; i < 50; i++)
        {
            await client.SendAsync(Health);
            Assert.Equal(200, (await client.ReadAsync())!.Status);
        }

        // The first bytes may have been there before the threads were asked to wait for them.
        Assert.InRange(stayed, 49, 50);
    }

    [Fact]
    public async Task Clients_that_never_wait_for_answers_take_turns_with_those_that_do()
    {
        const int Flooders = 4;
        await using var server = ServerFixture.Start(limits: Limits, threads: 2);
        using var stop = new CancellationTokenSource();
        var flood = string.Concat(Enumerable.Repeat(Health, 200));
        var flooders = Enumerable.Range(0, Flooders).Select(async _ =>
        {
            using var client = await server.ConnectAsync();
            var reading = Task.Run(async () =>
            {
                var sink = new byte[64 * 1024];
                while (await client.Socket.ReceiveAsync(sink) > 0)
                {
                }
            });
            while (!stop.IsCancellationRequested)
            {
                await client.SendAsync(flood);
            }

            client.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            await reading;
        }).ToArray();

        using var other = await server.ConnectAsync();
        for (var i = 0; i < 50; i++)
        {
            await other.SendAsync(Health);
            Assert.Equal(200, (await other.ReadAsync())!.Status);
        }

        Assert.All(flooders, static f => Assert.False(f.IsCompleted));
        await stop.CancelAsync();
        await Task.WhenAll(flooders);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_handler_that_blocks_beyond_the_deadline()
    {
        using var open = new ManualResetEventSlim();
        using var entered = new ManualResetEventSlim();
        await using var server = ServerFixture.Start(
            async (exchange, aborted) =>
            {
                await ServingThreads.AllowBlocking();
                entered.Set();
                open.Wait(CancellationToken.None);
            },
            Limits,
            threads: 2);
        using var client = await server.ConnectAsync();
        await client.SendAsync(Slow);
        await Task.Run(entered.Wait, TestContext.Current.CancellationToken);
        await server.Server.StopAsync(TimeSpan.FromMilliseconds(50));
        Assert.False(open.IsSet);
        open.Set();
    }

    [Fact]
    public void Fewer_than_two_threads_could_not_serve_while_one_is_lent() =>
        Assert.Throws<ArgumentOutOfRangeException>(static () => new ServingThreads(1));

    private static async Task<RawClient[]> StartSlowAsync(ServerFixture server, int count)
    {
        var clients = new RawClient[count];
        for (var i = 0; i < count; i++)
        {
            clients[i] = await server.ConnectAsync();
            await clients[i].SendAsync(Health);
            Assert.Equal(200, (await clients[i].ReadAsync())!.Status);
        }

        foreach (var client in clients)
        {
            client.Socket.Send(Encoding.ASCII.GetBytes(Slow));
        }

        return clients;
    }

    private static void AskBlocking(RawClient client)
    {
        client.Socket.Send(Encoding.ASCII.GetBytes(Health));
        var answer = new byte[1024];
        Assert.StartsWith("HTTP/1.1 200 ", Encoding.ASCII.GetString(answer, 0, client.Socket.Receive(answer)), StringComparison.Ordinal);
    }

    private static async Task EndSlowAsync(RawClient[] clients)
    {
        foreach (var client in clients)
        {
            Assert.Equal(200, (await client.ReadAsync())!.Status);
            client.Dispose();
        }
    }
}
