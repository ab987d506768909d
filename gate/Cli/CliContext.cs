using System.CommandLine;
using System.Text.Json;
using LatchGate.Cli.Client;
using LatchGate.Config;
using LatchGate.Pipeline;

namespace LatchGate.Cli;

/// <summary>What every command shares: the global options, the printer, and how an error becomes an exit code.</summary>
internal sealed class CliContext(CliServices services)
{
    internal Option<string?> ConfigOption { get; } = new("--config")
    {
        Description = "Configuration file (also LATCHGATE_CONFIG).",
        HelpName = "FILE",
        Recursive = true,
    };

    internal Option<bool> JsonOption { get; } = new("--json")
    {
        Description = "One JSON value on standard output, no messages.",
        Recursive = true,
    };

    internal CliServices Services { get; } = services;

    /// <summary>The examples of each command, shown by its help.</summary>
    internal Dictionary<Command, string[]> Examples { get; } = [];

    /// <summary>Tells <paramref name="command"/> what to do; expected exceptions become a message and an exit code.</summary>
    internal void Run(Command command, Func<ParseResult, Printer, CancellationToken, Task<ExitCode>> action, params string[] examples)
    {
        Examples[command] = examples;
        command.SetAction(async (parse, cancellation) => (int)await GuardAsync(PrinterFor(parse.GetValue(JsonOption)), printer => action(parse, printer, cancellation)).ConfigureAwait(false));
    }

    internal Printer PrinterFor(bool json)
    {
        var variable = Services.Environment.Variable;
        var useColour = Services.IsErrorTerminal && string.IsNullOrEmpty(variable("NO_COLOR")) && variable("TERM") != "dumb";
        return new Printer(Services.Output, Services.Error, json, useColour);
    }

    /// <exception cref="StartupException">The configuration is bad.</exception>
    internal GateConfig LoadConfig(ParseResult parse) => GateConfigReader.Load(parse.GetValue(ConfigOption), Services.Environment);

    /// <summary>The error's stable code: the snake_case name.</summary>
    internal static string CodeOf(StartupError error) => JsonNamingPolicy.SnakeCaseLower.ConvertName(error.ToString());

    private static async Task<ExitCode> GuardAsync(Printer printer, Func<Printer, Task<ExitCode>> action)
    {
        try
        {
            return await action(printer).ConfigureAwait(false);
        }
        catch (CliException e)
        {
            printer.Fail(e.Code, e.Message, e.Remedy);
            return e.Exit;
        }
        catch (StartupException e)
        {
            printer.Fail(CodeOf(e.Error), e.Detail, e.Remedy);
            return ExitCode.Error;
        }
        catch (GateUnreachableException e)
        {
            printer.Fail("gate_unreachable", e.Message, e.Remedy);
            return ExitCode.Error;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk is full, or what a command writes to is gone.
            printer.Fail("io_failed", e.Message);
            return ExitCode.Error;
        }
        catch (Exception e) when (e is not OperationCanceledException and not OutputLostException)
        {
            // Nothing above expects it: a defect, shown whole to whoever reports it.
            printer.Fail("internal_error", $"{e.GetType().Name}: {e.Message}", "This is a defect of latchgate; please report it.");
            foreach (var line in (e.StackTrace ?? "").Split('\n'))
            {
                printer.Note(line);
            }

            return ExitCode.Error;
        }
    }
}
