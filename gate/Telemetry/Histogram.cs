using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace LatchGate.Telemetry;

/// <summary>A histogram of seconds with one label (OpenMetrics 1.0). Buckets from 100 µs, where the gate's own work lies.</summary>
internal sealed class Histogram(string name, string help, string label)
{
    private static readonly double[] Bounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);

    /// <summary>Records one duration.</summary>
    internal void Observe(string value, TimeSpan duration)
    {
        var series = _series.GetOrAdd(value, static _ => new Series());
        var seconds = duration.TotalSeconds;
        var bucket = Array.FindIndex(Bounds, bound => seconds <= bound);
        lock (series)
        {
            series.Counts[bucket < 0 ? Bounds.Length : bucket]++;
            series.Sum += seconds;
        }
    }

    /// <summary>Appends the family in text form.</summary>
    internal void WriteTo(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} histogram\n# UNIT {name} seconds\n# HELP {name} {help}\n");
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
                var bound = i == Bounds.Length ? "+Inf" : Bounds[i].ToString("R", CultureInfo.InvariantCulture);
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{label}=\"{value}\",le=\"{bound}\"}} {seen}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"{name}_sum{{{label}=\"{value}\"}} {sum:R}\n{name}_count{{{label}=\"{value}\"}} {seen}\n");
        }
    }

    private sealed class Series
    {
        internal readonly long[] Counts = new long[Bounds.Length + 1];
        internal double Sum;
    }
}
