using System.CommandLine;
using LatchGate.Config;
using LatchGate.Pipeline;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate serve</c>: runs the gate under a supervisor, from its configuration alone; makes no keys.</summary>
internal static class ServeCommand
{
    internal static Command Create(CliContext context)
    {
        var command = new Command("serve", "Run the gate from its configuration file; makes nothing, asks nothing.");
        context.Run(
            command,
            (parse, printer, stop) => RunAsync(context, printer, parse.GetValue(context.ConfigOption), stop),
            "latchgate serve --config /etc/latchgate/latchgate.toml");
        return command;
    }

    private static async Task<ExitCode> RunAsync(CliContext context, Printer printer, string? file, CancellationToken stop)
    {
        try
        {
            var config = GateConfigReader.Load(file, context.Services.Environment);
            if (config.Source.Layer == ConfigLayer.Default)
            {
                throw new StartupException(
                    StartupError.ConfigValidationFailed,
                    "There is no configuration file.",
                    "Name one with --config, or run 'latchgate up' once to have one made.");
            }

            await GateRunner.RunAsync(config, context.Services.RunGate, ready => Announce(printer, ready), stop).ConfigureAwait(false);
            return ExitCode.Ok;
        }
        catch (StartupException e)
        {
            printer.ErrorLine(json =>
            {
                json.WriteString("startup_error", CliContext.CodeOf(e.Error));
                json.WriteString("detail", e.Detail);
                json.WriteString("remedy", e.Remedy);
            });
            return ExitCode.Error;
        }
    }

    private static void Announce(Printer printer, GateReady ready)
    {
        printer.Done($"The gate is up with {ready.Actions} actions: {ready.ClientSocket}, {ready.AdminSocket}");
        if (printer.IsJson)
        {
            printer.Result(
                json =>
                {
                    json.WriteBoolean("ok", true);
                    json.WriteString("client_socket", ready.ClientSocket);
                    json.WriteString("admin_socket", ready.AdminSocket);
                    json.WriteNumber("actions", ready.Actions);
                },
                () => "");
        }
    }
}
