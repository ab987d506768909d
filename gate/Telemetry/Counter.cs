using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace LatchGate.Telemetry;

/// <summary>A counter with labels from closed sets (OpenMetrics 1.0). A label never holds text from outside.</summary>
/// <param name="name">Without the <c>_total</c> that the text form adds.</param>
/// <param name="help">One sentence.</param>
/// <param name="labels">Label names, in order.</param>
internal sealed class Counter(string name, string help, params string[] labels)
{
    private readonly ConcurrentDictionary<string, StrongCount> _samples = new(StringComparer.Ordinal);

    /// <summary>Adds one to the sample with these label values.</summary>
    internal void Increment(params ReadOnlySpan<string> values) => Add(1, values);

    /// <summary>Adds <paramref name="amount"/>, which is not negative, to the sample with these label values.</summary>
    internal void Add(long amount, params ReadOnlySpan<string> values)
    {
        var key = values.Length switch { 0 => "", 1 => values[0], _ => string.Join('\u001f', values) };
        Interlocked.Add(ref _samples.GetOrAdd(key, static _ => new StrongCount()).Value, amount);
    }

    /// <summary>Appends the family in text form.</summary>
    internal void WriteTo(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} counter\n# HELP {name} {help}\n");
        foreach (var key in _samples.Keys.Order(StringComparer.Ordinal))
        {
            text.Append(name).Append("_total");
            MetricText.AppendLabels(text, labels, key);
            text.Append(CultureInfo.InvariantCulture, $" {Volatile.Read(ref _samples[key].Value)}\n");
        }
    }

    private sealed class StrongCount
    {
        internal long Value;
    }
}

/// <summary>Text that metric families share.</summary>
internal static class MetricText
{
    /// <summary>Appends <c>{name="value",…}</c>; label values are words of the gate's own and need no escapes.</summary>
    internal static void AppendLabels(StringBuilder text, string[] labels, string key)
    {
        if (labels.Length == 0)
        {
            return;
        }

        var values = key.Split('\u001f');
        text.Append('{');
        for (var i = 0; i < labels.Length; i++)
        {
            text.Append(i == 0 ? "" : ",").Append(labels[i]).Append("=\"").Append(values[i]).Append('"');
        }

        text.Append('}');
    }
}
