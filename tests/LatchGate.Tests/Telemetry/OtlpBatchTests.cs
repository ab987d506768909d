using LatchGate.Config;
using LatchGate.Egress;
using LatchGate.Telemetry;
using LatchGate.Telemetry.Otlp;

namespace LatchGate.Tests.Telemetry;

public sealed class OtlpBatchTests
{
    [Fact]
    public async Task A_batch_that_cannot_be_written_is_counted_and_the_next_is_sent()
    {
        await using var collector = new OtlpCollector();
        using var text = new StringWriter();
        await using var exporter = new OtlpExporter(
            new OtlpConfig(collector.Endpoint, "test", 5000, 16, false, new Dictionary<string, string>(), new Dictionary<string, string>()),
            new GateLog(text, LogLevel.Info, TimeProvider.System), TimeProvider.System);
        exporter.Offer(OtlpJsonTests.Went((EgressReason)250));
        await Eventually.HoldsAsync(() => exporter.DroppedSpans > 0);

        Assert.Equal((1L, 1L), (exporter.DroppedSpans, exporter.DroppedLogs));
        Assert.Contains("\"unexpected\"", text.ToString(), StringComparison.Ordinal);
        exporter.Offer(OtlpJsonTests.Went());
        await collector.ArrivedAsync();
        Assert.Single(collector.Bodies("/v1/traces"));
        Assert.Equal(1, exporter.DroppedSpans);
    }
}
