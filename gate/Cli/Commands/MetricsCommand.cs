using System.CommandLine;
using System.Text;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate metrics</c>: the gate's counters, asked for with an operator's credential, as a text for a collector of files.</summary>
internal static class MetricsCommand
{
    internal static Command Create(CliContext context)
    {
        var identity = new OperatorOptions();
        var prometheus = new Option<bool>("--prometheus")
        {
            Description = "Print Prometheus' own text format 0.0.4, as the textfile collector of its node exporter reads it, instead of OpenMetrics.",
        };
        var command = new Command("metrics", "Print the gate's metrics in OpenMetrics text. Any operator may.") { prometheus };
        identity.AddTo(command);
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var response = await PolicyChangeCommands.AskAsync(context, identity, parse, client => client.MetricsAsync(cancellation)).ConfigureAwait(false);
                var text = Encoding.UTF8.GetString(response.Content.Span);
                text = (parse.GetValue(prometheus) ? ToPrometheus(text) : text).TrimEnd('\n');
                printer.Result(
                    json =>
                    {
                        json.WriteBoolean("ok", true);
                        json.WriteString("text", text);
                    },
                    () => text);
                return ExitCode.Ok;
            },
            "latchgate metrics",
            "latchgate metrics --prometheus > /var/lib/node_exporter/latchgate.prom.new && mv /var/lib/node_exporter/latchgate.prom{.new,}");
        return command;
    }

    /// <summary>
    /// OpenMetrics 1.0 as text format 0.0.4: a counter's family bears the name of its samples, and there is neither unit nor end.
    /// </summary>
    internal static string ToPrometheus(string openMetrics)
    {
        var text = new StringBuilder(openMetrics.Length);
        var counter = "";
        foreach (var line in openMetrics.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("# TYPE ") && line.EndsWith(" counter"))
            {
                counter = line["# TYPE ".Length..^" counter".Length].ToString();
                text.Append("# TYPE ").Append(counter).Append("_total counter\n");
            }
            else if (counter.Length > 0 && line.StartsWith($"# HELP {counter} "))
            {
                text.Append("# HELP ").Append(counter).Append("_total").Append(line[("# HELP ".Length + counter.Length)..]).Append('\n');
            }
            else if (!line.IsEmpty && !line.StartsWith("# UNIT ") && !line.SequenceEqual("# EOF"))
            {
                text.Append(line).Append('\n');
            }
        }

        return text.ToString();
    }
}
