using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace LatchGate.Telemetry;

/// <summary>A histogram of seconds with at most one label from a closed set (OpenMetrics 1.0).</summary>
/// <param name="name">With its unit: ends in <c>_seconds</c>.</param>
/// <param name="help">One sentence.</param>
/// <param name="bounds">Upper bounds of the buckets in seconds, rising; what lies beyond the last is counted too.</param>
/// <param name="label">The label's name; null for none.</param>
internal sealed class Histogram(string name, string help, double[] bounds, string? label = null) : MetricFamily(name, help)
{
    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);

    /// <summary>Bounds for a part of the gate's own work: 25 µs to 1 s.</summary>
    internal static double[] OfParts { get; } = [0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1];

    /// <summary>Bounds for whole calls: 500 µs to five minutes, the longest that an action may take.</summary>
    internal static double[] OfCalls { get; } = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 300];

    /// <summary>Records one duration.</summary>
    internal void Observe(TimeSpan duration, string value = "")
    {
        var series = _series.TryGetValue(value, out var known) ? known : _series.GetOrAdd(value, new Series(bounds.Length + 1));
        var seconds = duration.TotalSeconds;
        var bucket = 0;
        while (bucket < bounds.Length && seconds > bounds[bucket])
        {
            bucket++;
        }

        lock (series)
        {
            series.Counts[bucket]++;
            series.Sum += seconds;
        }
    }

    /// <inheritdoc/>
    internal override void WriteTo(StringBuilder text)
    {
        AppendHead(text, "histogram", "seconds");
        foreach (var value in _series.Keys.Order(StringComparer.Ordinal))
        {
            var series = _series[value];
            long[] counts;
            double sum;
            lock (series)
            {
                (counts, sum) = ((long[])series.Counts.Clone(), series.Sum);
            }

            long seen = 0;
            for (var i = 0; i < counts.Length; i++)
            {
                seen += counts[i];
                text.Append(Name).Append("_bucket{");
                if (label is not null)
                {
                    AppendLabel(text, label, value);
                    text.Append(',');
                }

                AppendLabel(text, "le", i == bounds.Length ? "+Inf" : bounds[i].ToString("0.######", CultureInfo.InvariantCulture));
                text.Append(CultureInfo.InvariantCulture, $"}} {seen}\n");
            }

            AppendSample(text, "_sum", value, sum.ToString("R", CultureInfo.InvariantCulture));
            AppendSample(text, "_count", value, seen.ToString(CultureInfo.InvariantCulture));
        }
    }

    private void AppendSample(StringBuilder text, string ending, string value, string number)
    {
        text.Append(Name).Append(ending);
        if (label is not null)
        {
            text.Append('{');
            AppendLabel(text, label, value);
            text.Append('}');
        }

        text.Append(' ').Append(number).Append('\n');
    }

    private sealed class Series(int buckets)
    {
        internal readonly long[] Counts = new long[buckets];
        internal double Sum;
    }
}
