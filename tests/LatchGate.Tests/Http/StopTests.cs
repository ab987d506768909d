using LatchGate.Http;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Http;

/// <summary>What a stopping server finishes, what it ends, and when.</summary>
public sealed class StopTests
{
    private const string Request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    [Fact]
    public async Task Idle_connections_end_and_the_socket_is_gone()
    {
        await using var server = ServerFixture.Start();
        using var fresh = await server.ConnectAsync();
        using var used = await server.ConnectAsync();
        await used.SendAsync(Request);
        Assert.Equal(200, (await used.ReadAsync())!.Status);

        await server.Server.StopAsync(TimeSpan.FromMinutes(10));

        Assert.True(await fresh.IsClosedAsync());
        Assert.True(await used.IsClosedAsync());
        Assert.False(File.Exists(server.Path));
        Assert.Equal(0, server.Server.ConnectionCount);
    }

    [Fact]
    public async Task A_request_in_flight_is_finished_and_its_connection_then_ends()
    {
        var begun = new TaskCompletionSource();
        var mayEnd = new TaskCompletionSource();
        await using var server = ServerFixture.Start(async (exchange, aborted) =>
        {
            begun.SetResult();
            await mayEnd.Task;
            exchange.Response.Status = aborted.IsCancellationRequested ? 500 : 202;
        });
        using var client = await server.ConnectAsync();
        await client.SendAsync(Request + Request);
        await begun.Task;

        var stopping = server.Server.StopAsync(TimeSpan.FromMinutes(10));
        while (File.Exists(server.Path))
        {
            await Task.Delay(1);
        }

        Assert.False(stopping.IsCompleted);
        mayEnd.SetResult();
        await stopping;

        var response = (await client.ReadAsync())!;
        Assert.Equal(202, response.Status);
        Assert.True(response.Closes);
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task After_the_deadline_connections_are_cut_and_handlers_are_told_but_run_to_their_end()
    {
        var time = new ManualTime();
        var begun = new TaskCompletionSource();
        var told = new TaskCompletionSource();
        var mayEnd = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await using var server = ServerFixture.Start(
            async (_, aborted) =>
            {
                await using var registration = aborted.Register(told.SetResult);
                begun.SetResult();
                await mayEnd.Task;
                ended.SetResult();
            },
            time: time);
        using var client = await server.ConnectAsync();
        await client.SendAsync(Request);
        await begun.Task;

        var stopping = server.Server.StopAsync(TimeSpan.FromSeconds(5));
        while (!stopping.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }

        await stopping;
        await told.Task;
        Assert.True(await client.IsClosedAsync());
        Assert.False(ended.Task.IsCompleted);
        await server.Server.DisposeAsync();
        mayEnd.SetResult();
        await ended.Task;
        Assert.Empty(server.Errors);
    }

    [Fact]
    public async Task Stopping_twice_is_stopping_once()
    {
        await using var server = ServerFixture.Start();
        await Task.WhenAll(server.Server.StopAsync(TimeSpan.FromMinutes(10)), server.Server.StopAsync(TimeSpan.FromMinutes(10)));
    }

    [Fact]
    public void A_limit_out_of_its_range_is_refused_at_start()
        => Assert.Throws<ArgumentOutOfRangeException>(() => HttpServer.Start(
            new HttpServerOptions("/nonexistent/gate.sock", StartupError.ClientUdsFailed) { Limits = new HttpLimits { BodyBytes = -1 } },
            ServerFixture.EchoAsync,
            TimeProvider.System));
}
