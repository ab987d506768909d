using System.Text;

namespace LatchGate.Cli;

/// <summary>Writes events in one of the forms of <c>latchgate audit</c>.</summary>
internal sealed class AuditFormat
{
    private static readonly string[] _tableHeader = ["SEQ", "TIME", "EVENT", "ACTION", "PRINCIPAL", "DECISION", "REASON"];
    private static readonly string[] _csvHeader =
        ["trace_id", "timestamp", "event_type", "action_id", "principal", "decision", "reason", "session_id", "dev_mode"];

    // Of a table that grows while it is shown.
    private static readonly int[] _widths = [8, 24, 20, 20, 20, 16, 0];

    private readonly TextWriter _output;
    private readonly string _form;
    private readonly bool _grows;
    private readonly List<string[]> _rows = [];
    private bool _begun;

    /// <param name="output">Takes the text.</param>
    /// <param name="form"><c>table</c>, <c>json</c> (an array), <c>object</c> (<c>{"ok":true,"events":[…]}</c>), <c>jsonl</c> or <c>csv</c>.</param>
    /// <param name="grows">Whether rows are shown as they come.</param>
    internal AuditFormat(TextWriter output, string form, bool grows) => (_output, _form, _grows) = (output, form, grows);

    internal void Write(AuditRow row)
    {
        switch (_form)
        {
            case "jsonl":
                _output.Write(row.Text);
                _output.Write('\n');
                break;
            case "csv":
                Begin();
                _output.Write(Csv([
                    row.Member("trace_id"), row.Member("timestamp"), row.Member("event_type"), row.Member("action_id"), row.Member("principal"),
                    row.Member("decision"), row.Member("deny_reason"), row.Member("session_id"), row.DevMode ? "true" : "false"]));
                break;
            case "table":
                var cells = Cells(row);
                if (_grows)
                {
                    Begin();
                    WritePadded(cells);
                }
                else
                {
                    _rows.Add(cells);
                }

                break;
            default:
                _output.Write(_begun ? "," : _form == "object" ? "{\"ok\":true,\"events\":[" : "[");
                _begun = true;
                _output.Write(row.Text);
                break;
        }
    }

    internal void Flush() => _output.Flush();

    /// <summary>Writes what comes at the end.</summary>
    internal void End()
    {
        switch (_form)
        {
            case "csv":
                Begin();
                break;
            case "table" when !_grows:
                _output.WriteLine(_rows.Count == 0 ? "No events." : Printer.Table(_tableHeader, _rows));
                break;
            case "json" or "object":
                _output.Write(_begun ? "" : _form == "object" ? "{\"ok\":true,\"events\":[" : "[");
                _output.Write(_form == "object" ? "]}\n" : "]\n");
                break;
        }

        _output.Flush();
    }

    /// <summary>
    /// One record of RFC 4180. A cell that a spreadsheet would take for a formula (D-78) gets an apostrophe in front, since its text came
    /// from outside: it then shows, and does nothing.
    /// </summary>
    internal static string Csv(ReadOnlySpan<string> cells)
    {
        var line = new StringBuilder();
        for (var i = 0; i < cells.Length; i++)
        {
            var cell = cells[i] is ['=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠', ..] ? "'" + cells[i] : cells[i];
            line.Append(i == 0 ? "" : ",");
            if (cell.AsSpan().ContainsAny(",\"\r\n"))
            {
                line.Append('"').Append(cell.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
            }
            else
            {
                line.Append(cell);
            }
        }

        return line.Append("\r\n").ToString();
    }

    private static string[] Cells(AuditRow row) =>
    [
        row.Seq.ToString(System.Globalization.CultureInfo.InvariantCulture), row.Member("timestamp"), row.Member("event_type"), row.Member("action_id"),
        row.Member("principal"), row.Member("decision"), row.Member("deny_reason"),
    ];

    private void Begin()
    {
        if (_begun)
        {
            return;
        }

        _begun = true;
        if (_form == "csv")
        {
            _output.Write(Csv(_csvHeader));
        }
        else
        {
            WritePadded(_tableHeader);
        }
    }

    private void WritePadded(string[] cells)
    {
        var line = new StringBuilder();
        for (var i = 0; i < cells.Length; i++)
        {
            line.Append(i == 0 ? "" : "  ").Append(Printer.Clean(cells[i]).PadRight(_widths[i]));
        }

        _output.WriteLine(line.ToString().TrimEnd());
    }
}
