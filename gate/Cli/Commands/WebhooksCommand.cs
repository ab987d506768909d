using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LatchGate.Cli.Client;
using LatchGate.Evidence;
using LatchGate.Json;
using LatchGate.Webhooks;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate webhooks</c>: who is told of events, what is on its way, and what was given up.</summary>
internal sealed class WebhooksCommand
{
    private const int UsualLimit = 50;

    private readonly CliContext _context;
    private readonly OperatorOptions _identity = new();
    private readonly Option<string?> _endpoint = new("--endpoint") { Description = "Only those of this webhook.", HelpName = "NAME" };
    private readonly Option<int> _limit = new("--limit") { Description = "At most so many, newest first.", HelpName = "N", DefaultValueFactory = static _ => UsualLimit };

    private WebhooksCommand(CliContext context) => _context = context;

    internal static Command Create(CliContext context)
    {
        var webhooks = new WebhooksCommand(context);
        var letters = new Command("dead-letters", "List, send again or remove events that a webhook did not take.")
        {
            webhooks.DeadLetters(),
            webhooks.Change(isReplay: true),
            webhooks.Change(isReplay: false),
        };
        var command = new Command("webhooks", "List and test webhooks, and look after what they are sent.") { webhooks.List(), webhooks.Test(), webhooks.Deliveries(), letters };
        webhooks._identity.AddTo(command);
        return command;
    }

    private Command List()
    {
        var command = new Command("list", "List the webhooks of the running gate: where they are, what they are told, and how much waits.");
        _context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var response = await AskAsync(parse, client => client.WebhooksAsync(cancellation)).ConfigureAwait(false);
                printer.Result(json => PolicyChangeCommands.WriteOk(json, response.Body), () => Endpoints(response.Body.GetProperty("webhooks")));
                return ExitCode.Ok;
            },
            "latchgate webhooks list",
            "latchgate webhooks list --json");
        return command;
    }

    private Command Test()
    {
        var name = new Argument<string>("NAME") { Description = "The webhook's name in the configuration." };
        var command = new Command("test", "Let the gate send one event of type 'test', once; exit 1 if the webhook does not take it.") { name };
        _context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var endpoint = Named(parse.GetValue(name)!);
                var response = await AskAsync(parse, client => client.TestWebhookAsync(endpoint, cancellation)).ConfigureAwait(false);
                var (isTaken, milliseconds) = (response.Body.GetProperty("ok").GetBoolean(), response.Body.GetProperty("elapsed_ms").GetInt64());
                printer.Result(
                    json =>
                    {
                        json.WriteBoolean("ok", isTaken);
                        CallOutcome.WriteMembers(json, response.Body);
                    },
                    () => "");
                if (isTaken)
                {
                    printer.Done($"{endpoint} took it in {milliseconds} ms (HTTP {response.Body.GetProperty("status_code").GetInt32()})");
                    return ExitCode.Ok;
                }

                printer.Warn($"{endpoint} did not take it: {response.Text("error")} after {milliseconds} ms");
                return ExitCode.Error;
            },
            "latchgate webhooks test oncall");
        return command;
    }

    private Command Deliveries()
    {
        var state = new Option<string?>("--state") { Description = "pending, delivered or dead.", HelpName = "WORD" };
        var command = new Command("deliveries", "List what was sent and what is on its way; what was delivered is kept for a week.") { state, _endpoint, _limit };
        _context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var word = parse.GetValue(state);
                if (word is not null && !DeliveryStates.TryParse(word, out _))
                {
                    throw CliException.Usage($"'{word}' is no state.", "Give --state pending, delivered or dead.");
                }

                return await ShowAsync(parse, printer, word, cancellation).ConfigureAwait(false);
            },
            "latchgate webhooks deliveries --state pending",
            "latchgate webhooks deliveries --endpoint oncall --json");
        return command;
    }

    private Command DeadLetters()
    {
        var command = new Command("list", "List the events that were given up, and why.") { _endpoint, _limit };
        _context.Run(
            command,
            (parse, printer, cancellation) => ShowAsync(parse, printer, DeliveryState.Dead.ToWire(), cancellation),
            "latchgate webhooks dead-letters list");
        return command;
    }

    private Command Change(bool isReplay)
    {
        var id = new Argument<string?>("ID") { Description = "The number in the list.", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "All of them, or with --endpoint all of that webhook." };
        var command = isReplay
            ? new Command("replay", "Send events again that were given up, under their own ids, from the first attempt on.") { id, all, _endpoint }
            : new Command("purge", "Remove events that were given up. The ledger keeps what they told of.") { id, all, _endpoint };
        var name = isReplay ? "replay" : "purge";
        _context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var (one, isAll, endpoint) = (parse.GetValue(id), parse.GetValue(all), parse.GetValue(_endpoint));
                if (one is null != isAll || (one is not null && endpoint is not null))
                {
                    throw CliException.Usage("Either one is meant, or all.", "Give an ID from 'latchgate webhooks dead-letters list', or --all, with --endpoint NAME for those of one webhook.");
                }

                long? delivery = null;
                if (one is not null)
                {
                    delivery = long.TryParse(one, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                        ? number
                        : throw CliException.Usage($"'{Printer.Clean(one)}' is no number of a dead letter.", "'latchgate webhooks dead-letters list' has them.");
                }

                endpoint = endpoint is null ? null : Named(endpoint);
                var response = await AskAsync(parse, client => client.ChangeDeadLettersAsync(name, delivery, endpoint, cancellation)).ConfigureAwait(false);
                printer.Result(json => PolicyChangeCommands.WriteOk(json, response.Body), () => "");
                printer.Done(isReplay
                    ? $"{response.Body.GetProperty("replayed").GetInt32()} on their way again"
                    : $"{response.Body.GetProperty("purged").GetInt32()} removed");
                return ExitCode.Ok;
            },
            $"latchgate webhooks dead-letters {name} 42",
            $"latchgate webhooks dead-letters {name} --all --endpoint oncall");
        return command;
    }

    private async Task<ExitCode> ShowAsync(ParseResult parse, Printer printer, string? state, CancellationToken cancellation)
    {
        var (limit, endpoint) = (parse.GetValue(_limit), parse.GetValue(_endpoint));
        if (limit is < 1 or > 1000)
        {
            throw CliException.Usage($"--limit {limit} is out of range.", "Give 1 to 1000.");
        }

        endpoint = endpoint is null ? null : Named(endpoint);
        var response = await AskAsync(parse, client => client.DeliveriesAsync(state, endpoint, limit, cancellation)).ConfigureAwait(false);
        printer.Result(json => PolicyChangeCommands.WriteOk(json, response.Body), () => Rows(response.Body.GetProperty("deliveries")));
        return ExitCode.Ok;
    }

    private Task<GateResponse> AskAsync(ParseResult parse, Func<OperatorClient, Task<GateResponse>> ask) =>
        PolicyChangeCommands.AskAsync(_context, _identity, parse, ask);

    private static string Named(string name) => SecretText.IsName(name) && ResourceId.IsValid(name)
        ? name
        : throw CliException.Usage($"'{Printer.Clean(name)}' is no webhook's name.", "'latchgate webhooks list' lists them.");

    private static string Endpoints(JsonElement webhooks)
    {
        var rows = webhooks.ConvertAll(static e => new[]
        {
            e.Text("name") ?? "", e.Text("format") ?? "", e.Text("origin") ?? "", Number(e, "pending"), Number(e, "dead_letters"),
            e.GetProperty("disabled").GetBoolean() ? "disabled" : string.Join(' ', e.GetProperty("events").ConvertAll(static name => name.GetString()!)),
        });
        return rows.Length == 0 ? "No webhook is configured." : Printer.Table(["NAME", "FORMAT", "ORIGIN", "PENDING", "DEAD", "EVENTS"], rows);
    }

    private static string Rows(JsonElement deliveries)
    {
        var rows = deliveries.ConvertAll(static e => new[]
        {
            Number(e, "id"), e.Text("created_at") ?? "", e.Text("endpoint") ?? "", e.Text("type") ?? "", e.Text("state") ?? "", Number(e, "attempts"), e.Text("error") ?? "",
            e.Text("event_id") ?? "",
        });
        return rows.Length == 0 ? "There are none." : Printer.Table(["ID", "CREATED", "WEBHOOK", "TYPE", "STATE", "ATTEMPTS", "ERROR", "EVENT"], rows);
    }

    private static string Number(JsonElement e, string member) => e.GetProperty(member).GetInt64().ToString(CultureInfo.InvariantCulture);
}
