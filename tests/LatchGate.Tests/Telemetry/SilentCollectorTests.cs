using System.Globalization;
using LatchGate.Tests.Api;
using LatchGate.Tests.HostIo;

namespace LatchGate.Tests.Telemetry;

/// <summary>A collector that takes connections and never answers: calls go on, and what it does not take is counted.</summary>
public sealed class SilentCollectorTests
{
    [Fact]
    public async Task Calls_go_on_while_the_collector_is_silent_and_the_drops_are_counted()
    {
        await using var silent = new LoopbackServer((_, _, stop) => Task.Delay(Timeout.Infinite, stop));
        var gate = new LiveGate
        {
            MoreConfiguration = string.Create(CultureInfo.InvariantCulture, $"[otlp]\nendpoint = \"http://127.0.0.1:{silent.Port}\"\nqueue_length = 16\ntimeout_ms = 60000\n"),
        };
        await gate.InitializeAsync();
        try
        {
            using var agent = gate.Wire();
            await agent.LeaseAsync();
            for (var i = 0; i < 60; i++)
            {
                Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{gate.Url()}}"}""")).Status);
            }

            using var @operator = gate.WireOperator();
            var line = Assert.Single(
                (await @operator.AuthorizedAsync("GET", "/metrics")).Content.Split('\n'),
                line => line.StartsWith("latchgate_otlp_dropped_total{signal=\"traces\"} ", StringComparison.Ordinal));

            // 60 calls of ten spans and a request each; at most the queue's 16 signals and what was taken before it filled are held.
            Assert.True(int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture) > 0, line);
            Assert.Null(gate.Verify().Defect);
        }
        finally
        {
            await gate.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_collector_that_is_not_there_costs_no_call()
    {
        var gone = new LoopbackServer("");
        var gate = new LiveGate { MoreConfiguration = string.Create(CultureInfo.InvariantCulture, $"[otlp]\nendpoint = \"http://127.0.0.1:{gone.Port}\"\n") };
        await gone.DisposeAsync();
        await gate.InitializeAsync();
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{gate.Url()}}"}""")).Status);
        await gate.DisposeAsync();
    }
}
