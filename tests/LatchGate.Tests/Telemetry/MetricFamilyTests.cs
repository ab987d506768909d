using System.Text;
using LatchGate.Cli.Commands;
using LatchGate.Telemetry;

namespace LatchGate.Tests.Telemetry;

/// <summary>Counters and histograms, against texts written by hand after OpenMetrics 1.0 and the Prometheus text format 0.0.4.</summary>
public sealed class MetricFamilyTests
{
    private static string Text(MetricFamily family)
    {
        var text = new StringBuilder();
        family.WriteTo(text);
        return text.ToString();
    }

    [Fact]
    public void Samples_of_a_counter_end_in_total_once()
    {
        var counter = new Counter("x_calls", "Calls.", "action", "decision");
        counter.Increment("b", "deny");
        counter.Increment("a", "allow");
        counter.Add(4, "a", "deny");
        counter.Increment("a", "allow");
        Assert.Equal(
            """
            # TYPE x_calls counter
            # HELP x_calls Calls.
            x_calls_total{action="a",decision="allow"} 2
            x_calls_total{action="a",decision="deny"} 4
            x_calls_total{action="b",decision="deny"} 1

            """,
            Text(counter));
    }

    [Fact]
    public void A_counter_has_one_label_or_none()
    {
        var one = new Counter("x_one", "One.", "reason");
        one.Increment("late");
        Assert.EndsWith("x_one_total{reason=\"late\"} 1\n", Text(one), StringComparison.Ordinal);
        var none = new Counter("x_none", "None.");
        none.Increment();
        Assert.EndsWith("x_none_total 1\n", Text(none), StringComparison.Ordinal);
    }

    [Fact]
    public void Buckets_are_cumulative_and_a_bound_belongs_to_its_bucket()
    {
        var histogram = new Histogram("x_seconds", "Time.", [0.000025, 0.5], "operation");
        histogram.Observe(TimeSpan.FromMicroseconds(25), "evaluate");
        histogram.Observe(TimeSpan.FromSeconds(0.25), "evaluate");
        histogram.Observe(TimeSpan.FromSeconds(2), "evaluate");
        Assert.Equal(
            """
            # TYPE x_seconds histogram
            # UNIT x_seconds seconds
            # HELP x_seconds Time.
            x_seconds_bucket{operation="evaluate",le="0.000025"} 1
            x_seconds_bucket{operation="evaluate",le="0.5"} 2
            x_seconds_bucket{operation="evaluate",le="+Inf"} 3
            x_seconds_sum{operation="evaluate"} 2.250025
            x_seconds_count{operation="evaluate"} 3

            """,
            Text(histogram));
    }

    [Fact]
    public void To_count_what_was_counted_before_allocates_nothing()
    {
        var counter = new Counter("x", "X.", "action", "decision");
        var histogram = new Histogram("y_seconds", "Y.", Histogram.OfParts, "action");
        var before = 0L;
        for (var i = 0; i < 1000; i++)
        {
            // The first of all makes the samples, and the runtime may compile.
            before = i == 100 ? GC.GetAllocatedBytesForCurrentThread() : before;
            counter.Increment("http_fetch", i % 2 == 0 ? "allow" : "deny");
            histogram.Observe(TimeSpan.FromMilliseconds(i), "http_fetch");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Nothing_is_lost_when_many_count_at_once()
    {
        var counter = new Counter("x", "X.", "a", "b");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                counter.Increment("one", i % 4 == 0 ? "first" : "other");
            }
        })));
        var text = Text(counter);
        Assert.Contains("x_total{a=\"one\",b=\"first\"} 20000\n", text, StringComparison.Ordinal);
        Assert.Contains("x_total{a=\"one\",b=\"other\"} 60000\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenMetrics_becomes_the_text_that_a_textfile_collector_reads()
    {
        const string Metrics = "# TYPE a counter\n# HELP a Of a.\na_total{x=\"y\"} 1\n# TYPE b histogram\n# UNIT b seconds\n# HELP b Of b.\nb_bucket{le=\"+Inf\"} 0\n"
            + "b_sum 0\nb_count 0\n# TYPE c gauge\n# HELP c Of c.\nc 5\n# EOF\n";
        Assert.Equal(
            "# TYPE a_total counter\n# HELP a_total Of a.\na_total{x=\"y\"} 1\n# TYPE b histogram\n# HELP b Of b.\nb_bucket{le=\"+Inf\"} 0\nb_sum 0\nb_count 0\n"
            + "# TYPE c gauge\n# HELP c Of c.\nc 5\n",
            MetricsCommand.ToPrometheus(Metrics));
    }
}
