using System.CommandLine;
using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Json;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate intents</c>: calls that began and have no receipt, and what an operator found out about them.</summary>
internal static class IntentsCommand
{
    internal static Command Create(CliContext context)
    {
        var identity = new OperatorOptions();
        var command = new Command("intents", "List calls that began and have no receipt, and note how they ended.");
        identity.AddTo(command);
        command.Subcommands.Add(List(context, identity));
        command.Subcommands.Add(Resolve(context, identity));
        return command;
    }

    private static Command List(CliContext context, OperatorOptions identity)
    {
        var command = new Command("list", "List the intents without receipt: their effects may have happened.");
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var response = await PolicyChangeCommands.AskAsync(context, identity, parse, client => client.IntentsAsync(cancellation)).ConfigureAwait(false);
                printer.Result(json => PolicyChangeCommands.WriteOk(json, response.Body), () => Table(response.Body.GetProperty("intents")));
                return ExitCode.Ok;
            },
            "latchgate intents list");
        return command;
    }

    private static Command Resolve(CliContext context, OperatorOptions identity)
    {
        var id = new Argument<string>("GRANT") { Description = "The intent's grant id, from 'latchgate intents list'." };
        var outcome = new Option<string>("--outcome") { Description = "What you found: happened, not_happened or unknown.", HelpName = "WORD", Required = true };
        var note = new Option<string>("--note") { Description = "How you know, for the record: 1 to 2000 characters. Never a secret.", HelpName = "TEXT", Required = true };
        var command = new Command("resolve", "Note how a call without receipt ended. The note is in the chain, under your name, for good; it repeats nothing.") { id, outcome, note };
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var grant = CallCommand.Id(parse.GetValue(id)!, "grant");
                var word = parse.GetValue(outcome)!.Replace('-', '_');
                if (!ResolvedAsWords.TryParse(word, out _))
                {
                    throw CliException.Usage($"'{parse.GetValue(outcome)}' is no outcome.", "Give --outcome happened, not_happened or unknown.");
                }

                var response = await PolicyChangeCommands.AskAsync(
                    context, identity, parse, client => client.ResolveIntentAsync(grant, word, parse.GetValue(note)!, cancellation)).ConfigureAwait(false);
                printer.Result(json => PolicyChangeCommands.WriteOk(json, response.Body), () => "");
                printer.Done($"noted; {response.Body.GetProperty("unresolved_intents").GetInt64()} intents are left");
                return ExitCode.Ok;
            },
            "latchgate intents resolve 01990f6e-0000-7000-8000-000000000000 --outcome happened --note \"the issue is there: #42\"");
        return command;
    }

    private static string Table(JsonElement intents)
    {
        var rows = intents.ConvertAll(static e => new[] { Text(e, "grant_id"), Text(e, "started_at"), Text(e, "action_id"), Text(e, "principal"), Text(e, "trace_id") });
        return rows.Length == 0 ? "Every call that began has a receipt, or a note." : Printer.Table(["GRANT", "STARTED", "ACTION", "PRINCIPAL", "TRACE"], rows);
    }

    private static string Text(JsonElement e, string member) => e.TryGetProperty(member, out var value) ? value.GetString() ?? "" : "";
}
