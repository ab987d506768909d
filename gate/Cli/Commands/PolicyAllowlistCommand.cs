using System.CommandLine;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate policy allowlist</c>: standing approvals, which waive the human's look for one action and principal.</summary>
internal static class PolicyAllowlistCommand
{
    internal static Command Create(CliContext context, OperatorOptions identity) => new("allowlist", "Standing approvals: who need not be approved each time.")
    {
        List(context, identity),
        Change(context, identity, add: true, "add", "Let a principal run an action without an approval each time.", "latchgate policy allowlist add http_delete agent:janitor"),
        Change(context, identity, add: false, "remove", "Ask a human again.", "latchgate policy allowlist remove http_delete agent:janitor"),
    };

    private static Command List(CliContext context, OperatorOptions identity)
    {
        var command = new Command("list", "List the standing approvals.");
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var policy = await PolicyCommand.ReadAsync(context, identity, parse, printer, cancellation).ConfigureAwait(false);
                var rows = new List<string[]>();
                foreach (var action in policy.GetProperty("allowlist").EnumerateObject())
                {
                    foreach (var principal in action.Value.EnumerateArray())
                    {
                        rows.Add([action.Name, principal.GetString() ?? ""]);
                    }
                }

                printer.Result(
                    json =>
                    {
                        json.WriteBoolean("ok", true);
                        json.WriteString("policy_version", policy.GetProperty("policy_version").GetString());
                        json.WritePropertyName("allowlist");
                        policy.GetProperty("allowlist").WriteTo(json);
                    },
                    () => rows.Count == 0 ? "No standing approvals." : Printer.Table(["ACTION", "PRINCIPAL"], rows));
                return ExitCode.Ok;
            },
            "latchgate policy allowlist list");
        return command;
    }

    private static Command Change(CliContext context, OperatorOptions identity, bool add, string name, string description, string example)
    {
        var action = new Argument<string>("ACTION") { Description = "The action's id." };
        var principal = new Argument<string>("PRINCIPAL") { Description = "Whom." };
        var command = new Command(name, description) { action, principal };
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var response = await PolicyChangeCommands.AskAsync(
                    context, identity, parse,
                    client => client.ChangeStandingAsync(add, parse.GetValue(action)!, parse.GetValue(principal)!, cancellation)).ConfigureAwait(false);
                printer.Result(json => PolicyChangeCommands.WriteOk(json, response.Body), () => "");
                printer.Done($"{(add ? "standing approval given" : "standing approval withdrawn")}; {PolicyChangeCommands.Version(response)}");
                return ExitCode.Ok;
            },
            example);
        return command;
    }
}
