using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LatchGate.Cli.Client;
using LatchGate.Cli.Commands;
using LatchGate.Evidence;
using LatchGate.Storage;

namespace LatchGate.Cli;

/// <summary>Reads events of the ledger: from the running gate, with an operator's credential, or from the file.</summary>
internal sealed class RecordedEvents(CliContext context, OperatorOptions identity)
{
    private readonly Option<string?> _ledger = new("--ledger") { Description = "Read this database, without a gate.", HelpName = "FILE" };

    internal void AddTo(Command command) => command.Options.Add(_ledger);

    /// <summary>Events that match, newest first.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="query">Which; its limit bounds a page, not the whole.</param>
    /// <param name="most">At most this many are read.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="CliException">No gate, no credential, or no ledger.</exception>
    internal async Task<List<JsonElement>> ReadAsync(ParseResult parse, EventQuery query, int most, CancellationToken cancellation)
    {
        var events = new List<JsonElement>();
        var file = parse.GetValue(_ledger) is { } named ? Path.GetFullPath(named, context.Services.Environment.CurrentDirectory) : null;
        if (file is not null)
        {
            VerifyCommand.RequireLedger(file);
        }

        query = query with { Limit = EventQuery.MaxLimit };
        while (events.Count < most)
        {
            var before = events.Count;
            if (file is null)
            {
                await AddFromGateAsync(parse, query, events, cancellation).ConfigureAwait(false);
            }
            else
            {
                AddFrom(file, query, events);
            }

            if (events.Count - before < EventQuery.MaxLimit)
            {
                break;
            }

            query = query with { BeforeSeq = events[^1].GetProperty("seq").GetInt64() };
        }

        return events;
    }

    private async Task AddFromGateAsync(ParseResult parse, EventQuery query, List<JsonElement> events, CancellationToken cancellation)
    {
        using var client = identity.Open(context, parse);
        GateResponse response;
        try
        {
            response = await client.AuditEventsAsync(TextOf(query), cancellation).ConfigureAwait(false);
        }
        catch (GateUnreachableException e)
        {
            throw new CliException(ExitCode.Error, "gate_unreachable", e.Message, "Start it with 'latchgate up', or read the ledger itself with --ledger FILE.", e);
        }

        if (!response.IsSuccess)
        {
            throw new CliException(ExitCode.Error, response.ErrorCode, $"The gate refused: {response.ErrorText}.");
        }

        foreach (var item in response.Body.GetProperty("events").EnumerateArray())
        {
            events.Add(item);
        }
    }

    private static void AddFrom(string file, EventQuery query, List<JsonElement> events)
    {
        try
        {
            using var reader = LedgerReader.OpenFile(file);
            foreach (var stored in reader.QueryEvents(query))
            {
                using var document = JsonDocument.Parse(stored.Json);
                events.Add(document.RootElement.Clone());
            }
        }
        catch (Exception e) when (e is DatabaseException or JsonException)
        {
            throw new CliException(ExitCode.Error, "ledger_unreadable", $"{file} cannot be read: {e.Message}", "Name the gate's ledger with --ledger.", e);
        }
    }

    private static string TextOf(EventQuery query)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"?limit={query.Limit}");
        text += query.TraceId is { } trace ? $"&trace_id={Uri.EscapeDataString(trace)}" : "";
        text += query.EventType is { } type ? $"&event_type={Uri.EscapeDataString(type)}" : "";
        text += query.ActionId is { } action ? $"&action_id={Uri.EscapeDataString(action)}" : "";
        text += query.After is { } after ? $"&after={Uri.EscapeDataString(WireTime.Format(after))}" : "";
        return text + (query.BeforeSeq is { } seq ? string.Create(CultureInfo.InvariantCulture, $"&before_seq={seq}") : "");
    }
}
