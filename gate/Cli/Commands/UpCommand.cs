using System.CommandLine;
using LatchGate.Cli.FirstRun;
using LatchGate.Cli.Presets;
using LatchGate.Config;
using LatchGate.Pipeline;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate up</c>: makes what is missing, then runs the gate in the foreground.</summary>
internal static class UpCommand
{
    internal static Command Create(CliContext context)
    {
        var local = new Option<bool>("--local") { Description = "Keep everything in ./.latchgate, as if the directory existed." };
        var preset = InitCommand.PresetOption("The first time: which actions, and who may use them; a preset's name or a file.");
        var command = new Command("up", "Start the gate here; the first time, make its keys, operator and configuration.")
        {
            local, preset,
        };
        context.Run(
            command,
            (parse, printer, stop) =>
                RunAsync(context, printer, parse.GetValue(context.ConfigOption), parse.GetValue(local), parse.GetValue(preset), stop),
            "latchgate up",
            "latchgate up --local",
            "latchgate up --preset coding",
            "latchgate up --config /etc/latchgate/latchgate.toml");
        return command;
    }

    private static async Task<ExitCode> RunAsync(
        CliContext context, Printer printer, string? file, bool local, string? preset, CancellationToken stop)
    {
        var services = context.Services;
        IReadOnlyList<string> created = [];
        if (file is null && services.Environment.Variable("LATCHGATE_CONFIG") is null)
        {
            var layout = FirstRunLayout.Choose(services.Environment, local);
            if (preset is not null && File.Exists(layout.ConfigFile))
            {
                throw CliException.Usage(
                    $"--preset is for the first run, and {layout.ConfigFile} exists.",
                    $"Start without it, or replace the configuration with: latchgate init --preset {preset} --force");
            }

            var plan = FirstRunPlan.ForUser(Select(preset, services), services.Environment);
            created = FirstRunSetup.Complete(layout, services.Environment, plan);
            file = layout.ConfigFile;
        }
        else if (local || preset is not null)
        {
            throw CliException.Usage(
                $"{(local ? "--local" : "--preset")} makes a configuration, so it cannot be used together with one that is named.");
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

    private static PresetSelection Select(string? preset, CliServices services) =>
        preset is null ? PresetSelection.OfFirstRun(services.Actions()) : InitCommand.Select(preset, services);

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
