using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Cli.Presets;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate presets</c>: which selections of actions there are, and what they come to in this build.</summary>
internal static class PresetsCommand
{
    private static readonly RiskLevel[] _levels = [RiskLevel.Low, RiskLevel.Medium, RiskLevel.High, RiskLevel.Critical];

    internal static Command Create(CliContext context)
    {
        var list = new Command("list", "List the presets: how many actions of each risk, and what every caller gets.");
        context.Run(
            list, (_, printer, _) => Task.FromResult(List(context, printer)), "latchgate presets list", "latchgate presets list --json");

        var name = new Argument<string>("PRESET") { Description = "A name of the list, or a file that ends with .toml." };
        var show = new Command("show", "Show what a preset selects, and who gets what.") { name };
        context.Run(
            show,
            (parse, printer, _) => Task.FromResult(Show(context, printer, parse.GetValue(name)!)),
            "latchgate presets show coding",
            "latchgate presets show ./mine.toml");

        var command = new Command("presets", "Look at the selections of actions that 'latchgate init' makes.") { list, show };
        return command;
    }

    internal static ExitCode List(CliContext context, Printer printer)
    {
        var services = context.Services;
        var presets = PresetFinder.All(services.Environment);
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                json.WriteStartArray("presets");
                foreach (var preset in presets)
                {
                    json.WriteStartObject();
                    WriteSummary(json, preset, services.Actions());
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            },
            () => Printer.Table(
                ["PRESET", "ACTIONS", "LOW", "MEDIUM", "HIGH", "CRITICAL", "TO ALL", "FOR"],
                presets.ConvertAll(preset => Row(preset, services.Actions()))));
        return ExitCode.Ok;
    }

    private static ExitCode Show(CliContext context, Printer printer, string name)
    {
        var preset = PresetFinder.Find(name, context.Services.Environment);
        var selection = PresetSelection.Of(preset, context.Services.Actions());
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                WriteSummary(json, preset, context.Services.Actions());
                json.WriteStartArray("selected");
                foreach (var action in selection.Actions)
                {
                    json.WriteStartObject();
                    json.WriteString("action_id", action.Id);
                    json.WriteString("risk_level", action.Risk.ToWire());
                    json.WriteBoolean("wildcard", selection.IsForAll(action));
                    json.WriteBoolean("principal", selection.IsForNamed(action));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            },
            () => Text(preset, selection));
        return ExitCode.Ok;
    }

    // A preset that this build cannot fill is listed with the reason: the others can be used.
    private static void WriteSummary(Utf8JsonWriter json, Preset preset, IReadOnlyList<ActionSpec> build)
    {
        json.WriteString("name", preset.Name);
        json.WriteString("description", preset.Description);
        json.WriteString("origin", preset.Origin);
        json.WriteString("manifests", preset.Selector);
        json.WriteString("wildcard_grant", preset.Wildcard.Text);
        json.WriteString("principal_grant", preset.Named.Text);
        if (TrySelect(preset, build, out var problem) is not { } selection)
        {
            json.WriteString("problem", problem);
            return;
        }

        json.WriteNumber("actions", selection.Actions.Count);
        foreach (var level in _levels)
        {
            json.WriteNumber(level.ToWire(), selection.Count(level));
        }
    }

    private static string[] Row(Preset preset, IReadOnlyList<ActionSpec> build)
    {
        if (TrySelect(preset, build, out var problem) is not { } selection)
        {
            return [preset.Name, "-", "-", "-", "-", "-", preset.Wildcard.Text, problem];
        }

        var row = new List<string> { preset.Name, Number(selection.Actions.Count) };
        foreach (var level in _levels)
        {
            row.Add(Number(selection.Count(level)));
        }

        return [.. row, preset.Wildcard.Text, preset.Description];
    }

    private static PresetSelection? TrySelect(Preset preset, IReadOnlyList<ActionSpec> build, out string problem)
    {
        try
        {
            problem = "";
            return PresetSelection.Of(preset, build);
        }
        catch (CliException e)
        {
            problem = e.Message;
            return null;
        }
    }

    private static string Text(Preset preset, PresetSelection selection)
    {
        var text = new StringBuilder();
        text.Append("preset           ").Append(Printer.Clean(preset.Name)).Append(" (").Append(Printer.Clean(preset.Origin)).Append(")\n")
            .Append("                 ").Append(Printer.Clean(preset.Description)).Append('\n')
            .Append("manifests        ").Append(Printer.Clean(preset.Selector)).Append('\n')
            .Append("principal_grant  ").Append(preset.Named.Text).Append('\n')
            .Append("wildcard_grant   ").Append(preset.Wildcard.Text).Append("\n\n");
        var rows = new List<string[]>();
        foreach (var action in selection.Actions)
        {
            var principals = !selection.IsForNamed(action) ? "-" : action.Risk.NeedsHuman() ? "after approval" : "yes";
            rows.Add([action.Id, action.Risk.ToWire(), principals, selection.IsForAll(action) ? "yes" : "-"]);
        }

        return text.Append(Printer.Table(["ACTION", "RISK", "PRINCIPALS", "OTHERS"], rows)).ToString();
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
