using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Evidence;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate egress learn</c>: what enforcing would refuse, counted, with the lines that would open it.</summary>
internal static class EgressLearnCommand
{
    private const int MostEvents = 100_000;

    internal static Command Create(CliContext context, OperatorOptions identity)
    {
        var since = new Option<string?>("--since") { Description = $"Only calls after this: {SinceText.Forms}.", HelpName = "TIME" };
        var action = new Option<string?>("--action") { Description = "Only this action.", HelpName = "ACTION" };
        var denied = new Option<bool>("--denied") { Description = "Count what lists really refused as well." };
        var events = new RecordedEvents(context, identity);
        var command = new Command("learn", "List the destinations that audit mode let through and enforcing would refuse, with what would open them.") { since, action, denied };
        events.AddTo(command);
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var query = new EventQuery
                {
                    ActionId = parse.GetValue(action),
                    After = parse.GetValue(since) is { } text ? SinceText.Read(text, context.Services.Time) : null,
                };
                var hops = new List<RecordedHop>();
                var isCut = false;
                foreach (var type in Types(parse.GetValue(denied)))
                {
                    var found = await events.ReadAsync(parse, query with { EventType = type }, MostEvents, cancellation).ConfigureAwait(false);
                    isCut |= found.Count >= MostEvents;
                    foreach (var e in found)
                    {
                        if (RecordedHop.TryRead(e, out var hop))
                        {
                            hops.Add(hop);
                        }
                    }
                }

                Tell(printer, LearnedFromAudit.Gather(hops, parse.GetValue(denied)), context.Services.Actions());
                if (isCut)
                {
                    printer.Warn($"only the newest {MostEvents} records of a kind were read; narrow it with --since or --action");
                }

                return ExitCode.Ok;
            },
            "latchgate egress learn --since 24h",
            "latchgate egress learn --action http_fetch --denied --json");
        return command;
    }

    // What was forgiven went out, or failed on its way.
    private static string[] Types(bool denied) =>
        denied ? [EventTypes.EgressAllowed, EventTypes.EgressFailed, EventTypes.EgressDenied] : [EventTypes.EgressAllowed, EventTypes.EgressFailed];

    private static void Tell(Printer printer, List<RefusedDestination> entries, IReadOnlyList<ActionSpec> actions)
    {
        printer.Result(json => WriteJson(json, entries, actions), () => Text(entries));
        var commands = new List<string>();
        var rules = new List<string>();
        var blocked = new List<string>();
        foreach (var entry in entries)
        {
            if (entry.IsDenied)
            {
                blocked.Add($"{entry.ActionId}: {entry.Target.Origin}");
            }
            else if (entry.Command(Find(actions, entry.ActionId)) is { } command)
            {
                commands.Add(command);
            }
            else
            {
                rules.Add($"{entry.Rule()}   # {entry.ActionId}");
            }
        }

        Lines(printer, "To open them while the gate runs:", commands);
        Lines(printer, "To open them by the manifest, below 'egress: allow:', and build again:", rules);
        Lines(printer, "A deny rule refuses these; only changing it opens them:", blocked);
    }

    private static void Lines(Printer printer, string head, List<string> lines)
    {
        if (lines.Count > 0)
        {
            printer.Note(head);
            foreach (var line in lines)
            {
                printer.Note($"  {line}");
            }
        }
    }

    private static void WriteJson(Utf8JsonWriter json, List<RefusedDestination> entries, IReadOnlyList<ActionSpec> actions)
    {
        json.WriteBoolean("ok", true);
        json.WriteStartArray("destinations");
        foreach (var entry in entries)
        {
            json.WriteStartObject();
            json.WriteString("action_id", entry.ActionId);
            json.WriteString("origin", entry.Target.Origin);
            json.WriteString("host", entry.Target.Host);
            json.WriteNumber("port", entry.Target.Port);
            json.WriteNumber("count", entry.Count);
            json.WriteString("first", entry.First);
            json.WriteString("last", entry.Last);
            Texts(json, "methods", entry.Methods);
            Texts(json, "would_deny", entry.Reasons);
            json.WriteString("command", entry.IsDenied ? null : entry.Command(Find(actions, entry.ActionId)));
            json.WriteString("rule", entry.IsDenied ? null : entry.Rule());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Texts(Utf8JsonWriter json, string name, IReadOnlyCollection<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static string Text(List<RefusedDestination> entries)
    {
        var rows = new List<string[]>(entries.Count);
        foreach (var entry in entries)
        {
            rows.Add([
                entry.Count.ToString(CultureInfo.InvariantCulture), entry.ActionId, string.Join(", ", entry.Reasons), string.Join(", ", entry.Methods), entry.Target.Origin,
                entry.Last,
            ]);
        }

        return rows.Count == 0 ? "Nothing that enforcing would refuse is recorded." : Printer.Table(["COUNT", "ACTION", "WOULD DENY", "METHODS", "TO", "LAST"], rows);
    }

    private static ActionSpec? Find(IReadOnlyList<ActionSpec> actions, string id)
    {
        foreach (var action in actions)
        {
            if (action.Id == id)
            {
                return action;
            }
        }

        return null;
    }
}
