using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using LatchGate.Cli.Commands;
using LatchGate.Config;

namespace LatchGate.Cli;

/// <summary>The command line, from arguments to exit code (<see cref="ExitCode"/>).</summary>
public static class CliApp
{
    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="services">The rest of the program.</param>
    /// <param name="stop">Stops a running gate, as SIGTERM does.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments, CliServices services, CancellationToken stop = default)
    {
        using var output = GuardedWriter.OfResults(services.Output);
        using var error = GuardedWriter.OfMessages(services.Error);
        var guarded = services with { Output = output, Error = error };
        try
        {
            var exit = await RunGuardedAsync(arguments, guarded, stop).ConfigureAwait(false);
            await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            return exit;
        }
        catch (OutputLostException e)
        {
            // Not as JSON either: that would go where nothing can be written.
            new CliContext(guarded).PrinterFor(json: false).Fail("output_lost", $"The result cannot be written to standard output: {e.Message}");
            return (int)ExitCode.Error;
        }
    }

    private static async Task<int> RunGuardedAsync(string[] arguments, CliServices services, CancellationToken stop)
    {
        var context = new CliContext(services);
        var root = CreateRoot(context);
        // An argument that starts with @ is an argument: a request may hold any text.
        var parse = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parse.Errors.Count > 0 && parse.Action is not HelpAction and not ExamplesHelpAction)
        {
            var (message, remedy) = Explain(parse);
            context.PrinterFor(parse.GetValue(context.JsonOption)).Fail("usage", message, remedy);
            return (int)ExitCode.Usage;
        }

        return await parse.InvokeAsync(
            new InvocationConfiguration
            {
                Output = services.Output,
                Error = services.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            },
            stop).ConfigureAwait(false);
    }

    private static RootCommand CreateRoot(CliContext context)
    {
        var root = new RootCommand("LatchGate lets an agent act only through checked, approved and recorded actions.")
        {
            UpCommand.Create(context),
            InitCommand.Create(context),
            PresetsCommand.Create(context),
            ServeCommand.Create(context),
            CallCommand.Create(context),
            ActionsCommand.Create(context),
            ManifestsCommand.Create(context),
            ApprovalsCommand.Create(context),
            PolicyCommand.Create(context),
            LearnedCommand.Domains(context),
            LearnedCommand.Paths(context),
            BudgetsCommand.Create(context),
            EgressCommand.Create(context),
            DoctorCommand.Create(context),
            ControlCommands.Drain(context),
            ControlCommands.Reload(context),
            OperatorCommand.Create(context),
            SecretsCommand.Create(context),
            ReceiptsCommand.Create(context),
            RevokeCommand.Create(context),
            VerifyCommand.Create(context),
            AuditCommand.Create(context),
            KeysCommand.Create(context),
            BackupCommand.Create(context),
            IntentsCommand.Create(context),
            LedgerCommand.Create(context),
            WebhooksCommand.Create(context),
            StatusCommand.Create(context),
            MetricsCommand.Create(context),
            VersionCommand.Create(context),
        };
        root.Options.Add(context.ConfigOption);
        root.Options.Add(context.JsonOption);
        var help = root.Options.OfType<HelpOption>().Single();
        var examples = new ExamplesHelpAction((HelpAction)help.Action!, context.Examples);
        help.Action = examples;
        root.SetAction(examples.Invoke);
        context.Examples[root] = ["latchgate up", "latchgate call http_fetch url=https://api.github.com/zen", "latchgate approvals list", "latchgate verify"];
        return root;
    }

    // As it was typed: 'latchgate policy check'.
    private static string PathOf(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{PathOf(parent)} {result.Command.Name}" : "latchgate";

    /// <summary>The first error in words, and what was probably meant.</summary>
    private static (string Message, string? Remedy) Explain(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var path = PathOf(parse.CommandResult);
        var help = $"See '{path} --help'.";
        if (parse.UnmatchedTokens is not [var unknown, ..])
        {
            // The rest of that message names a type of .NET.
            var message = parse.Errors[0].Message;
            var type = message.IndexOf(" as expected type", StringComparison.Ordinal);
            return (type < 0 ? message : $"{message[..type]}.", help);
        }

        var isOption = unknown.StartsWith('-');
        var known = isOption
            ? command.Options.Concat([.. parse.RootCommandResult.Command.Options.Where(option => option.Recursive)]).SelectMany(option => option.Aliases.Prepend(option.Name))
            : command.Subcommands.Select(subcommand => subcommand.Name);
        var nearest = EditDistance.Nearest(unknown, known);
        return ($"'{unknown}' is no {(isOption ? "option" : command.Subcommands.Count > 0 ? "command" : "argument")} of {path}.", nearest is null ? help : $"Did you mean '{nearest}'?");
    }
}

/// <summary>The usual help, then examples.</summary>
internal sealed class ExamplesHelpAction(HelpAction help, Dictionary<Command, string[]> examples) : SynchronousCommandLineAction
{
    // Help is an answer, whatever else the line holds.
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var exit = help.Invoke(parseResult);
        if (examples.TryGetValue(parseResult.CommandResult.Command, out var lines) && lines.Length > 0)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var line in lines)
            {
                output.WriteLine($"  {line}");
            }

            output.WriteLine();
        }

        return exit;
    }
}
