using System.CommandLine;
using LatchGate.Cli.FirstRun;
using LatchGate.Config;
using LatchGate.Pipeline;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate up</c>: makes what is missing, then runs the gate in the foreground.</summary>
internal static class UpCommand
{
    internal static Command Create(CliContext context)
    {
        var local = new Option<bool>("--local") { Description = "Keep everything in ./.latchgate, as if the directory existed." };
        var command = new Command("up", "Start the gate here; the first time, make its keys, operator and configuration.") { local };
        context.Run(
            command,
            (parse, printer, stop) => RunAsync(context, printer, parse.GetValue(context.ConfigOption), parse.GetValue(local), stop),
            "latchgate up",
            "latchgate up --local",
            "latchgate up --config /etc/latchgate/latchgate.toml");
        return command;
    }

    private static async Task<ExitCode> RunAsync(CliContext context, Printer printer, string? file, bool local, CancellationToken stop)
    {
        var services = context.Services;
        IReadOnlyList<string> created = [];
        if (file is null && services.Environment.Variable("LATCHGATE_CONFIG") is null)
        {
            var layout = FirstRunLayout.Choose(services.Environment, local);
            created = FirstRunSetup.Complete(layout, services.Environment, services.Actions());
            file = layout.ConfigFile;
        }
        else if (local)
        {
            throw CliException.Usage("--local makes a configuration, so it cannot be used together with one that is named.");
        }

        foreach (var path in created)
        {
            printer.Done($"made {path}");
        }

        var config = GateConfigReader.Load(file, services.Environment);
        await GateRunner.RunAsync(config, services.RunGate, ready => Announce(printer, config, ready, created), stop).ConfigureAwait(false);
        printer.Done("stopped");
        return ExitCode.Ok;
    }

    private static void Announce(Printer printer, GateConfig config, GateReady ready, IReadOnlyList<string> created)
    {
        printer.Done($"The gate is up with {ready.Actions} actions; configuration {config.Source.File}");
        printer.Note($"  agents     {ready.ClientSocket}");
        printer.Note($"  operators  {ready.AdminSocket}");
        printer.Note("Try, in another terminal:");
        printer.Note("  latchgate call http_fetch url=https://api.github.com/zen");
        printer.Note("  latchgate approvals list");
        printer.Note("Ctrl-C stops it.");
        if (!printer.IsJson)
        {
            return;
        }

        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                json.WriteString("config", config.Source.File);
                json.WriteString("client_socket", ready.ClientSocket);
                json.WriteString("admin_socket", ready.AdminSocket);
                json.WriteNumber("actions", ready.Actions);
                json.WriteStartArray("created");
                foreach (var path in created)
                {
                    json.WriteStringValue(path);
                }

                json.WriteEndArray();
            },
            () => "");
    }
}
