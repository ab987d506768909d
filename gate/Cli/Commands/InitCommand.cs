using System.CommandLine;
using LatchGate.Cli.FirstRun;
using LatchGate.Cli.Presets;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate init</c>: the files of a first run, for a selection of actions; starts nothing.</summary>
internal static class InitCommand
{
    internal static Command Create(CliContext context)
    {
        var preset = PresetOption("Which actions, and who may use them: a preset's name or a file. By default as 'latchgate up' has it.");
        var local = new Option<bool>("--local") { Description = "Keep everything in ./.latchgate, as if the directory existed." };
        var force = new Option<bool>("--force") { Description = "Replace configuration and policy data; the old become FILE.bak. Keys stay." };
        var principal = new Option<string[]>("--principal")
        {
            Description = "Who gets the preset's actions; NAME=UID maps another user of this machine. By default agent:USER.",
            HelpName = "NAME",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
        };
        var list = new Option<bool>("--list") { Description = "List the presets." };
        var command = new Command("init", "Make keys, operator, configuration and policy data for a preset.")
        {
            preset, principal, force, local, list,
        };
        context.Run(
            command,
            (parse, printer, _) =>
            {
                if (parse.GetValue(list))
                {
                    return Task.FromResult(PresetsCommand.List(context, printer));
                }

                if (parse.GetValue(context.ConfigOption) is not null)
                {
                    throw CliException.Usage("init makes a configuration, so none can be named.", "Without --local it is made in the user's directory.");
                }

                var named = parse.GetValue(principal) ?? [];
                return Task.FromResult(Run(context, printer, parse.GetValue(preset), named, parse.GetValue(force), parse.GetValue(local)));
            },
            "latchgate init --preset coding",
            "latchgate init --preset ./mine.toml --principal agent:ci=1001 --force",
            "latchgate init --list");
        return command;
    }

    internal static Option<string?> PresetOption(string description) =>
        new("--preset") { Description = description, HelpName = "NAME|FILE.toml" };

    /// <summary>The selection of a preset that may be used here.</summary>
    /// <exception cref="CliException">There is no such preset, this build does not have what it selects, or it is unsafe.</exception>
    internal static PresetSelection Select(string preset, CliServices services)
    {
        var selection = PresetSelection.Of(PresetFinder.Find(preset, services.Environment), services.Actions());
        selection.RequireSafe(services.Environment);
        return selection;
    }

    private static ExitCode Run(CliContext context, Printer printer, string? preset, string[] principals, bool force, bool local)
    {
        var services = context.Services;
        var selection = preset is null ? PresetSelection.OfFirstRun(services.Actions()) : Select(preset, services);
        var plan = FirstRunPlan.For(selection, principals, services.Environment);
        var layout = FirstRunLayout.Choose(services.Environment, local);
        var existing = File.Exists(layout.ConfigFile) ? layout.ConfigFile : File.Exists(layout.PolicyData) ? layout.PolicyData : null;
        if (existing is not null)
        {
            if (!force)
            {
                throw new CliException(
                    ExitCode.Error, "already_initialised", $"{existing} exists.",
                    "Replace it with --force; it is kept as a .bak file. Or change it by hand and run 'latchgate reload'.");
            }

            plan = plan.Under(FirstRunSetup.PutAside(layout));
        }

        var created = FirstRunSetup.Complete(layout, services.Environment, plan);
        Tell(printer, layout, plan, created);
        return ExitCode.Ok;
    }

    private static void Tell(Printer printer, FirstRunLayout layout, FirstRunPlan plan, IReadOnlyList<string> created)
    {
        var selection = plan.Selection;
        foreach (var path in created)
        {
            printer.Done($"made {path}");
        }

        var (named, wildcard) = (selection.ForNamed().Count, selection.ForAll().Count);
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                json.WriteString("preset", selection.Preset.Name);
                json.WriteString("config_path", layout.ConfigFile);
                json.WriteString("policy_data_path", layout.PolicyData);
                json.WriteString("policy_version", plan.PolicyVersion);
                json.WriteNumber("manifests_count", selection.Actions.Count);
                json.WriteNumber("granted", named);
                json.WriteNumber("wildcard_granted", wildcard);
                json.WriteStartArray("principals");
                foreach (var principal in plan.Principals)
                {
                    json.WriteStringValue(principal.Name);
                }

                json.WriteEndArray();
                json.WriteString("operator", "default");
                json.WriteString("api_key_file", layout.OperatorApiKey);
                json.WriteString("private_key_path", layout.OperatorKey);
                json.WriteString("dpop_jkt", FirstRunSetup.ThumbprintOf(layout.OperatorKey));
                json.WriteStartArray("created");
                foreach (var path in created)
                {
                    json.WriteStringValue(path);
                }

                json.WriteEndArray();
            },
            () => $"preset      {Printer.Clean(selection.Preset.Name)}\nactions     {selection.Actions.Count}\n"
                + $"granted     {named} to {Names(plan)}, {wildcard} to others\nconfig      {layout.ConfigFile}");
        printer.Note("Next: 'latchgate doctor' looks at all of it, 'latchgate up' starts the gate.");
    }

    private static string Names(FirstRunPlan plan)
    {
        var names = new List<string>();
        foreach (var principal in plan.Principals)
        {
            names.Add(principal.Name);
        }

        return string.Join(", ", names);
    }
}
