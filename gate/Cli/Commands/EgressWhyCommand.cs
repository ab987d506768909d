using System.CommandLine;
using System.Text.Json;
using LatchGate.Cli.Client;
using LatchGate.Evidence;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate egress why</c>: what the ledger says of the destinations of one call.</summary>
internal static class EgressWhyCommand
{
    // A call makes some ten events at most, and each redirect one.
    private const int MostEvents = EventQuery.MaxLimit;

    internal static Command Create(CliContext context, OperatorOptions identity)
    {
        var trace = new Argument<string>("TRACE_ID") { Description = "The call, as its answer and its receipt name it." };
        var events = new RecordedEvents(context, identity);
        var command = new Command("why", "Say what was decided about the destinations of a call, by which rule, and what to do.") { trace };
        events.AddTo(command);
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var id = parse.GetValue(trace)!;
                if (!ResourceId.IsValid(id))
                {
                    throw CliException.Usage($"'{id}' is not a trace id.");
                }

                var found = await events.ReadAsync(parse, new EventQuery { TraceId = id }, MostEvents, cancellation).ConfigureAwait(false);
                if (found.Count == 0)
                {
                    throw new CliException(ExitCode.Error, "not_found", $"The ledger has no event of {id}.", "The trace_id stands in every answer of the gate, and in the receipt.");
                }

                // Newest first as read; told as it happened.
                found.Reverse();
                Tell(printer, id, found);
                return ExitCode.Ok;
            },
            "latchgate egress why 01990f6e-0000-7000-8000-000000000000",
            "latchgate egress why 01990f6e-0000-7000-8000-000000000000 --ledger audit.db --json");
        return command;
    }

    private static void Tell(Printer printer, string id, List<JsonElement> events)
    {
        JsonElement? call = null;
        var hops = new List<RecordedHop>();
        foreach (var e in events)
        {
            // An approved call has the event of its request first; the last tells the end.
            call = e.Text("event_type") == EventTypes.ActionCall ? e : call;
            if (RecordedHop.TryRead(e, out var hop))
            {
                hops.Add(hop);
            }
        }

        var last = hops.FindLast(static hop => !hop.IsAllowed);
        var remedy = last?.Remedy;
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                json.WriteString("trace_id", id);
                json.WriteString("action_id", (call ?? events[0]).Text("action_id"));
                json.WriteString("principal", (call ?? events[0]).Text("principal"));
                json.WriteString("time", (call ?? events[0]).Text("timestamp"));
                json.WriteString("decision", call?.Text("decision"));
                json.WriteString("deny_reason", call?.Text("deny_reason"));
                json.WriteStartArray("hops");
                foreach (var hop in hops)
                {
                    hop.Write(json);
                }

                json.WriteEndArray();
                json.WriteString("remedy", remedy);
            },
            () => Text(id, call ?? events[0], hops));
        if (remedy is not null)
        {
            printer.Note($"→ {remedy}");
        }
        else if (hops.Count == 0)
        {
            printer.Note("No destination of it was judged: it ended before, or its action uses none.");
        }
    }

    private static string Text(string id, JsonElement call, List<RecordedHop> hops)
    {
        var head = Printer.Clean(
            $"{id}  {call.Text("timestamp")}  {call.Text("action_id")}  {call.Text("principal")}  {call.Text("decision")}{(call.Text("deny_reason") is { } reason ? "  " + reason : "")}");
        if (hops.Count == 0)
        {
            return head;
        }

        var rows = new List<string[]>(hops.Count);
        foreach (var hop in hops)
        {
            rows.Add(hop.Row());
        }

        return $"{head}\n{Printer.Table(RecordedHop.Header, rows)}";
    }
}
