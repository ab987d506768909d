using System.CommandLine;
using System.Text.Json;
using LatchGate.Cli.Client;
using LatchGate.Evidence;
using LatchGate.Json;

namespace LatchGate.Cli.Commands;

/// <summary>
/// <c>latchgate domains</c> and <c>latchgate paths</c>: what actions have learned. Changes are made by the running gate, which
/// records who made them.
/// </summary>
internal sealed class LearnedCommand
{
    private readonly CliContext _context;
    private readonly OperatorOptions _identity = new();
    private readonly LearnedKind _kind;

    private LearnedCommand(CliContext context, LearnedKind kind) => (_context, _kind) = (context, kind);

    private bool IsDomain => _kind == LearnedKind.Domain;

    private string Noun => IsDomain ? "host" : "glob";

    private string Name => IsDomain ? "domains" : "paths";

    private string Member => IsDomain ? "domain" : "path_glob";

    private string SampleAction => IsDomain ? "http_fetch" : "fs_read";

    private string Sample => IsDomain ? "api.example.com" : "'notes/*.md'";

    internal static Command Domains(CliContext context) => new LearnedCommand(context, LearnedKind.Domain)
        .Create("See and change the hosts that actions have learned beside those of their manifests.");

    internal static Command Paths(CliContext context) => new LearnedCommand(context, LearnedKind.Path)
        .Create("See and change the paths that file actions have learned beside those of their manifests.");

    private Command Create(string description)
    {
        var command = new Command(Name, description);
        command.Subcommands.Add(List());
        command.Subcommands.Add(Change(add: true));
        command.Subcommands.Add(Change(add: false));
        command.Subcommands.Add(Clear());
        command.Subcommands.Add(LearnedCheck.Create(_context, _identity, _kind, Sample));
        _identity.AddTo(command);
        return command;
    }

    private Command List()
    {
        var action = new Argument<string?>("ACTION") { Description = "Only of this action.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("list", $"List learned {Name}.") { action };
        _context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var response = await AskAsync(parse, client => client.LearnedAsync(_kind, parse.GetValue(action), cancellation)).ConfigureAwait(false);
                printer.Result(json => PolicyChangeCommands.WriteOk(json, response.Body), () => Table(response.Body));
                return ExitCode.Ok;
            },
            $"latchgate {Name} list",
            $"latchgate {Name} list {SampleAction} --json");
        return command;
    }

    private Command Change(bool add)
    {
        var action = ActionArgument();
        var value = new Argument<string>(IsDomain ? "DOMAIN" : "GLOB")
        {
            Description = IsDomain ? "A host, exactly; or '*.' and a host, for one label below it." : "A relative path; * stays within a directory, ** does not.",
        };
        var force = new Option<bool>("--force") { Description = "Take a wildcard under a name of two labels, such as *.example.com." };
        var command = add
            ? new Command("add", $"Let an action whose manifest permits learning use one more {Noun}; it takes effect at once.") { action, value }
            : new Command("remove", $"Take a learned {Noun} away; it takes effect at once.") { action, value };
        if (add && IsDomain)
        {
            command.Options.Add(force);
        }

        _context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var (actionId, text) = (parse.GetValue(action)!, parse.GetValue(value)!);
                var isForced = add && IsDomain && parse.GetValue(force);
                var response = await AskAsync(parse, client => client.ChangeLearnedAsync(_kind, add, actionId, text, isForced, cancellation)).ConfigureAwait(false);
                var isChanged = response.Body.TryGetProperty(add ? "inserted" : "deleted", out var changed) && changed.ValueKind == JsonValueKind.True;
                var word = (add, isChanged) switch { (true, true) => "added", (true, false) => "already_exists", (_, true) => "removed", _ => "not_found" };
                printer.Result(
                    json =>
                    {
                        json.WriteBoolean("ok", true);
                        json.WriteString("action", word);
                        json.WriteString("action_id", actionId);
                        json.WriteString(Member, response.Text(Member));
                    },
                    () => "");
                printer.Done($"{word.Replace('_', ' ')}: {Printer.Clean(response.Text(Member) ?? "")}");
                return ExitCode.Ok;
            },
            $"latchgate {Name} {(add ? "add" : "remove")} {SampleAction} {Sample}");
        return command;
    }

    private Command Clear()
    {
        var action = ActionArgument();
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var command = new Command("clear", $"Take all learned {Name} of an action away.") { action, yes };
        _context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var actionId = parse.GetValue(action)!;
                if (!parse.GetValue(yes))
                {
                    if (!_context.Services.IsInteractive || printer.IsJson)
                    {
                        throw CliException.Usage("Nobody can be asked here.", $"Look with 'latchgate {Name} list {actionId}', then repeat with --yes.");
                    }

                    using var answers = new StreamReader(_context.Services.Input());
                    if (!printer.Confirm($"Take all learned {Name} of {actionId} away?", answers))
                    {
                        return ExitCode.Error;
                    }
                }

                var response = await AskAsync(parse, client => client.ClearLearnedAsync(_kind, actionId, cancellation)).ConfigureAwait(false);
                printer.Result(json => PolicyChangeCommands.WriteOk(json, response.Body), () => "");
                printer.Done($"removed {response.Body.GetProperty("deleted_count").GetInt32()}");
                return ExitCode.Ok;
            },
            $"latchgate {Name} clear {SampleAction} --yes");
        return command;
    }

    private static Argument<string> ActionArgument() => new("ACTION") { Description = "The action's id." };

    private Task<GateResponse> AskAsync(ParseResult parse, Func<OperatorClient, Task<GateResponse>> ask) =>
        PolicyChangeCommands.AskAsync(_context, _identity, parse, ask);

    private string Table(JsonElement body)
    {
        var rows = body.GetProperty(Name).ConvertAll(e => new[] { Text(e, "action_id"), Text(e, Member), Text(e, "added_by"), Text(e, "added_at"), Text(e, "source") });
        return rows.Length == 0 ? $"No {Name} were learned." : Printer.Table(["ACTION", IsDomain ? "DOMAIN" : "GLOB", "BY", "AT", "SOURCE"], rows);
    }

    private static string Text(JsonElement element, string member) => element.TryGetProperty(member, out var value) ? value.GetString() ?? "" : "";
}
