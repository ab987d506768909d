using System.Globalization;
using LatchGate.Config;
using LatchGate.Pipeline;
using LatchGate.Telemetry;
using LatchGate.Telemetry.Otlp;
using LatchGate.Tests.Config;
using LatchGate.Tests.HostIo;

namespace LatchGate.Tests.Telemetry;

/// <summary>The exporter against a collector over real sockets.</summary>
public sealed class OtlpExporterTests
{
    private readonly StringWriter _log = new();

    private OtlpExporter Exporter(Uri endpoint, int queue = 2048, int timeoutMs = 5000, Dictionary<string, string>? headers = null, Dictionary<string, string>? files = null) =>
        new(
            new OtlpConfig(endpoint, "gate-a", timeoutMs, queue, ClrkAliases: false, headers ?? [], files ?? []),
            new GateLog(_log, LogLevel.Info, TimeProvider.System),
            TimeProvider.System);

    [Fact]
    public async Task Spans_go_to_traces_and_refusals_to_logs_as_well()
    {
        await using var collector = new OtlpCollector();
        await using (var exporter = Exporter(collector.Endpoint))
        {
            exporter.Offer(OtlpJsonTests.Refused("https://a.example.com/"));
            exporter.Offer(OtlpJsonTests.Went());
            await collector.ArrivedAsync();
            await collector.ArrivedAsync();
            Assert.Equal((0, 0), (exporter.DroppedSpans, exporter.DroppedLogs));
        }

        var spans = Assert.Single(collector.Bodies("/v1/traces")).GetProperty("resourceSpans")[0].GetProperty("scopeSpans")[0].GetProperty("spans");
        Assert.Equal(["egress.dial.denied", "egress.request"], spans.EnumerateArray().Select(s => s.GetProperty("name").GetString()));
        var logs = Assert.Single(collector.Bodies("/v1/logs")).GetProperty("resourceLogs")[0].GetProperty("scopeLogs")[0].GetProperty("logRecords");
        Assert.Equal("egress.dial.denied", Assert.Single(logs.EnumerateArray()).GetProperty("eventName").GetString());
        Assert.All(collector.Requests, r => Assert.Contains("Content-Type: application/json", r.Head, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Headers_are_sent_and_a_secret_one_is_read_from_its_file()
    {
        using var root = new TempDirectory();
        var file = root["otlp.token"];
        await File.WriteAllTextAsync(file, "Bearer abc\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var collector = new OtlpCollector();
        await using var exporter = Exporter(collector.Endpoint, headers: new() { ["X-Scope-OrgID"] = "tenant" }, files: new() { ["Authorization"] = file });
        exporter.Offer(OtlpJsonTests.Went());
        await collector.ArrivedAsync();
        var head = Assert.Single(collector.Requests).Head;
        Assert.Contains("X-Scope-OrgID: tenant", head, StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer abc", head, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_header_in_a_file_that_others_may_read_stops_the_start()
    {
        using var root = new TempDirectory();
        var file = root["otlp.token"];
        File.WriteAllText(file, "Bearer abc\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var refused = Assert.Throws<StartupException>(() => Exporter(new Uri("http://127.0.0.1:1"), files: new() { ["Authorization"] = file }));
        Assert.Equal(StartupError.ConfigValidationFailed, refused.Error);
        Assert.DoesNotContain("abc", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_collector_that_asks_for_patience_is_asked_again(int status)
    {
        var answers = new Queue<string>([string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Wait\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"), LoopbackServer.Ok("{}")]);
        await using var collector = new OtlpCollector(_ => answers.Dequeue());
        await using var exporter = Exporter(collector.Endpoint);
        exporter.Offer(OtlpJsonTests.Went());
        await collector.ArrivedAsync();
        await collector.ArrivedAsync();
        var bodies = collector.Bodies("/v1/traces");
        Assert.Equal(2, bodies.Count);
        Assert.Equal(bodies[0].GetRawText(), bodies[1].GetRawText());
        Assert.Equal(0, exporter.DroppedSpans);
    }

    [Fact]
    public async Task A_collector_that_refuses_is_not_asked_again_and_the_records_count_as_dropped()
    {
        await using var collector = new OtlpCollector(_ => "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n");
        OtlpExporter exporter;
        await using (exporter = Exporter(collector.Endpoint))
        {
            exporter.Offer(OtlpJsonTests.Refused("https://a.example.com/"));
            exporter.Offer(OtlpJsonTests.Went());
            await collector.ArrivedAsync();
            await collector.ArrivedAsync();
        }

        Assert.Equal(2, collector.Requests.Count);
        Assert.Equal((2, 1), (exporter.DroppedSpans, exporter.DroppedLogs));
        Assert.Contains("otlp_export_failed", _log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_collector_rejects_of_a_request_counts_as_dropped()
    {
        await using var collector = new OtlpCollector(path => LoopbackServer.Ok(
            path == "/v1/traces" ? """{"partialSuccess":{"rejectedSpans":"1","errorMessage":"full"}}""" : """{"partialSuccess":{"rejectedLogRecords":1}}"""));
        OtlpExporter exporter;
        await using (exporter = Exporter(collector.Endpoint))
        {
            exporter.Offer(OtlpJsonTests.Refused("https://a.example.com/"));
            exporter.Offer(OtlpJsonTests.Went());
            await collector.ArrivedAsync();
            await collector.ArrivedAsync();
        }

        Assert.Equal((1, 1), (exporter.DroppedSpans, exporter.DroppedLogs));
    }

    [Fact]
    public async Task A_full_queue_drops_and_counts_and_never_waits()
    {
        // A collector that takes connections and never answers.
        await using var silent = new LoopbackServer((_, _, stop) => Task.Delay(Timeout.Infinite, stop));
        OtlpExporter exporter;
        await using (exporter = Exporter(new Uri($"http://127.0.0.1:{silent.Port}"), queue: 16, timeoutMs: 60_000))
        {
            for (var i = 0; i < 1000; i++)
            {
                exporter.Offer(OtlpJsonTests.Refused("https://a.example.com/"));
            }

            // At most the queue and one batch of what was in it are held.
            Assert.InRange(exporter.DroppedSpans, 1000 - 32, 1000 - 16);
            Assert.Equal(exporter.DroppedSpans, exporter.DroppedLogs);
        }

        // Stopping gives up on what was not taken, and counts it.
        Assert.Equal((1000, 1000), (exporter.DroppedSpans, exporter.DroppedLogs));
    }

    [Fact]
    public async Task A_redirecting_collector_is_not_followed()
    {
        await using var other = new OtlpCollector();
        await using var collector = new OtlpCollector(_ => $"HTTP/1.1 307 There\r\nLocation: {other.Endpoint}\r\nContent-Length: 0\r\n\r\n");
        OtlpExporter exporter;
        await using (exporter = Exporter(collector.Endpoint))
        {
            exporter.Offer(OtlpJsonTests.Went());
            await collector.ArrivedAsync();
        }

        Assert.Empty(other.Requests);
        Assert.Equal(1, exporter.DroppedSpans);
    }
}
