using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace LatchGate.Telemetry;

/// <summary>
/// A counter with up to two labels from closed sets (OpenMetrics 1.0). A label never holds text from outside. Counting takes no lock and
/// allocates nothing once a sample exists.
/// </summary>
/// <param name="name">Without the <c>_total</c> that the text form adds.</param>
/// <param name="help">One sentence.</param>
/// <param name="labels">Label names, in order; at most two.</param>
internal sealed class Counter(string name, string help, params string[] labels) : MetricFamily(name, help)
{
    // By the first label; each begins a list of the samples with that label, one for each value of the second.
    private readonly ConcurrentDictionary<string, Sample> _samples = new(StringComparer.Ordinal);

    /// <summary>Adds one to the sample with these label values.</summary>
    internal void Increment(string first = "", string second = "") => Add(1, first, second);

    /// <summary>Adds <paramref name="amount"/>, which is not negative, to the sample with these label values.</summary>
    internal void Add(long amount, string first = "", string second = "")
    {
        var sample = _samples.GetOrAdd(first, static _ => new Sample(""));
        while (sample.Second != second)
        {
            sample = Volatile.Read(ref sample.Next) ?? Interlocked.CompareExchange(ref sample.Next, new Sample(second), null) ?? sample.Next!;
        }

        Interlocked.Add(ref sample.Value, amount);
    }

    /// <inheritdoc/>
    internal override void WriteTo(StringBuilder text)
    {
        AppendHead(text, "counter");
        foreach (var first in _samples.Keys.Order(StringComparer.Ordinal))
        {
            // Of two labels the head of the list has no second, and counts nothing.
            for (var sample = labels.Length > 1 ? _samples[first].Next : _samples[first]; sample is not null; sample = sample.Next)
            {
                text.Append(Name).Append("_total");
                if (labels.Length > 0)
                {
                    text.Append('{');
                    AppendLabel(text, labels[0], first);
                    if (labels.Length > 1)
                    {
                        text.Append(',');
                        AppendLabel(text, labels[1], sample.Second);
                    }

                    text.Append('}');
                }

                text.Append(CultureInfo.InvariantCulture, $" {Volatile.Read(ref sample.Value)}\n");
            }
        }
    }

    private sealed class Sample(string second)
    {
        internal readonly string Second = second;
        internal long Value;
        internal Sample? Next;
    }
}
