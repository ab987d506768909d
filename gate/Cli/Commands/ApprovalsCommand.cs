using System.CommandLine;
using System.Text.Json;
using LatchGate.Cli.Client;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate approvals</c>: what waits for an operator, and the decision.</summary>
internal static class ApprovalsCommand
{
    private static readonly string[] _states = ["pending", "claimed", "executing", "approved", "denied", "failed", "expired"];

    internal static Command Create(CliContext context)
    {
        var identity = new OperatorOptions();
        var command = new Command("approvals", "List and decide calls that wait for an operator.");
        command.Subcommands.Add(List(context, identity));
        command.Subcommands.Add(Show(context, identity));
        command.Subcommands.Add(Approve(context, identity));
        command.Subcommands.Add(Deny(context, identity));
        identity.AddTo(command);
        return command;
    }

    private static Command List(CliContext context, OperatorOptions identity)
    {
        var status = new Option<string?>("--status", "-s") { Description = "Only these: pending (the default), claimed, executing, approved, denied, failed, expired.", HelpName = "STATUS" };
        var all = new Option<bool>("--all") { Description = "Decided ones too." };
        var before = new Option<string?>("--before") { Description = "The next page: the last ID of this one.", HelpName = "ID" };
        var limit = new Option<int>("--limit", "-l") { Description = "At most this many, up to 200.", DefaultValueFactory = _ => 50 };
        var command = new Command("list", "List approvals, newest first.") { status, all, limit, before };
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var most = parse.GetValue(limit);
                if (most is < 1 or > 200)
                {
                    throw CliException.Usage("--limit takes 1 to 200.");
                }

                var wanted = parse.GetValue(status);
                if (wanted is not null && (parse.GetValue(all) || Array.IndexOf(_states, wanted) < 0))
                {
                    throw CliException.Usage(parse.GetValue(all) ? "Give either --status or --all." : $"--status takes one of: {string.Join(", ", _states)}.");
                }

                var from = parse.GetValue(before) is { } last ? Id(last) : null;
                using var client = identity.Open(context, parse);
                var response = Success(await client.ApprovalsAsync(parse.GetValue(all) ? null : wanted ?? "pending", most, cancellation, from).ConfigureAwait(false));
                printer.Result(json => WriteOk(json, response), () => ApprovalText.Table(response.Body));
                return ExitCode.Ok;
            },
            "latchgate approvals list",
            "latchgate approvals list --status denied --limit 200",
            "latchgate approvals list --all --json");
        return command;
    }

    private static Command Show(CliContext context, OperatorOptions identity)
    {
        var id = IdArgument();
        var command = new Command("show", "Show one call: the request as it will be sent, without credentials, and all that is decided on.") { id };
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                using var client = identity.Open(context, parse);
                var response = await DetailAsync(client, parse.GetValue(id)!, cancellation).ConfigureAwait(false);
                printer.Result(json => WriteOk(json, response), () => ApprovalText.Detail(response.Body));
                return ExitCode.Ok;
            },
            "latchgate approvals show 01990f6e-0000-7000-8000-000000000000");
        return command;
    }

    private static Command Approve(CliContext context, OperatorOptions identity)
    {
        var id = IdArgument();
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var domain = new Option<string?>("--learn-domain") { Description = "When it succeeded, list this host for the action from now on; it must be the approval's unresolved domain.", HelpName = "DOMAIN" };
        var path = new Option<string?>("--learn-path") { Description = "Likewise for a path.", HelpName = "PATH" };
        var command = new Command("approve", "Approve a call; the gate executes it at once.") { id, yes, domain, path };
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                using var client = identity.Open(context, parse);
                var approval = parse.GetValue(id)!;
                if (!parse.GetValue(yes))
                {
                    if (!context.Services.IsInteractive || printer.IsJson)
                    {
                        throw CliException.Usage("Nobody can be asked here.", "Look with 'latchgate approvals show', then decide with --yes.");
                    }

                    var detail = await DetailAsync(client, approval, cancellation).ConfigureAwait(false);
                    printer.Lines(ApprovalText.Detail(detail.Body));
                    using var answers = new StreamReader(context.Services.Input());
                    if (!printer.Confirm("Execute this call?", answers))
                    {
                        printer.Note("Not approved; it still waits. To refuse it: latchgate approvals deny " + approval);
                        return ExitCode.Error;
                    }
                }

                var response = await client
                    .ApproveAsync(Id(approval), cancellation, parse.GetValue(domain), parse.GetValue(path)).ConfigureAwait(false);
                return response.IsSuccess || response.Text("receipt_id") is null
                    ? Decided(printer, Success(response), "executed")
                    : CallOutcome.Refused(printer, response);
            },
            "latchgate approvals approve 01990f6e-0000-7000-8000-000000000000",
            "latchgate approvals approve 01990f6e-0000-7000-8000-000000000000 --yes --learn-domain api.example.com");
        return command;
    }

    private static Command Deny(CliContext context, OperatorOptions identity)
    {
        var id = IdArgument();
        var reason = new Option<string?>("--reason", "-r") { Description = "Why; the agent is told.", HelpName = "TEXT" };
        var command = new Command("deny", "Refuse a call.") { id, reason };
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                using var client = identity.Open(context, parse);
                var response = await client.DenyAsync(Id(parse.GetValue(id)!), parse.GetValue(reason), cancellation).ConfigureAwait(false);
                return Decided(printer, Success(response), "deny");
            },
            "latchgate approvals deny 01990f6e-0000-7000-8000-000000000000 --reason \"wrong repository\"");
        return command;
    }

    private static Argument<string> IdArgument() => new("ID") { Description = "The approval's id." };

    private static string Id(string text) => CallCommand.Id(text, "approval");

    private static async Task<GateResponse> DetailAsync(OperatorClient client, string id, CancellationToken cancellation) =>
        Success(await client.ApprovalAsync(Id(id), cancellation).ConfigureAwait(false));

    /// <summary>The gate answers 200 also when somebody else was first; only <paramref name="wanted"/> is success.</summary>
    private static ExitCode Decided(Printer printer, GateResponse response, string wanted)
    {
        var decision = response.Text("decision");
        if (decision != wanted)
        {
            printer.Fail(decision ?? "undecided", $"It was decided before: {decision}.", null, json => CallOutcome.WriteMembers(json, response.Body));
            return ExitCode.Error;
        }

        if (wanted == "executed")
        {
            var exit = CallOutcome.Executed(printer, response.Body);
            if (ApprovalText.Outcome(response.Body) is { Length: > 0 } learned)
            {
                printer.Note(learned);
            }

            return exit;
        }

        printer.Result(json => WriteOk(json, response), () => "");
        printer.Done("denied");
        return ExitCode.Ok;
    }

    private static GateResponse Success(GateResponse response) => response switch
    {
        { IsSuccess: true } => response,
        { Status: 404 } => throw new CliException(ExitCode.Error, "not_found", "The gate knows no such approval.", "'latchgate approvals list --all' lists them."),
        _ => throw new CliException(ExitCode.Error, response.ErrorCode, $"The gate refused: {response.ErrorText}."),
    };

    private static void WriteOk(Utf8JsonWriter json, GateResponse response)
    {
        json.WriteBoolean("ok", true);
        CallOutcome.WriteMembers(json, response.Body);
    }
}
