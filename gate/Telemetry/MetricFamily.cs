using System.Globalization;
using System.Text;

namespace LatchGate.Telemetry;

/// <summary>One metric with its samples, as OpenMetrics 1.0 writes it.</summary>
/// <param name="name">Without the ending that the text form adds to samples.</param>
/// <param name="help">One sentence.</param>
internal abstract class MetricFamily(string name, string help)
{
    /// <summary>The name.</summary>
    protected string Name => name;

    /// <summary>Appends the family.</summary>
    internal abstract void WriteTo(StringBuilder text);

    /// <summary>Appends a gauge without labels.</summary>
    internal static void AppendGauge(StringBuilder text, string name, string help, long value) =>
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} gauge\n# HELP {name} {help}\n{name} {value}\n");

    /// <summary>Appends a counter without labels.</summary>
    internal static void AppendCounter(StringBuilder text, string name, string help, long value) =>
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} counter\n# HELP {name} {help}\n{name}_total {value}\n");

    /// <summary>Appends type and help, and the unit where there is one.</summary>
    protected void AppendHead(StringBuilder text, string type, string? unit = null)
    {
        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        if (unit is not null)
        {
            text.Append("# UNIT ").Append(name).Append(' ').Append(unit).Append('\n');
        }

        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
    }

    /// <summary>Appends <c>label="value"</c>; values are words of the gate's own and need no escapes.</summary>
    protected static void AppendLabel(StringBuilder text, string label, string value) =>
        text.Append(label).Append("=\"").Append(value).Append('"');
}
