using System.CommandLine;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate drain</c> and <c>latchgate reload</c>.</summary>
internal static class ControlCommands
{
    internal static Command Drain(CliContext context)
    {
        var identity = new OperatorOptions();
        var command = new Command("drain", "Let the gate take no new calls. Those under way end; polls and receipts go on. Only a restart undoes it.");
        identity.AddTo(command);
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var response = await PolicyChangeCommands.AskAsync(context, identity, parse, client => client.DrainAsync(cancellation)).ConfigureAwait(false);
                printer.Result(json => PolicyChangeCommands.WriteOk(json, response.Body), () => "");
                printer.Done($"draining; {response.Body.GetProperty("in_flight_executions").GetInt32()} calls in flight");
                return ExitCode.Ok;
            },
            "latchgate drain");
        return command;
    }

    internal static Command Reload(CliContext context)
    {
        var identity = new OperatorOptions();
        var command = new Command("reload", "Let the gate read its policy anew. What is refused changes nothing.");
        identity.AddTo(command);
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var response = await PolicyChangeCommands.AskAsync(context, identity, parse, client => client.ReloadAsync(cancellation)).ConfigureAwait(false);
                printer.Result(json => PolicyChangeCommands.WriteOk(json, response.Body), () => "");
                printer.Done($"reloaded; policy version {Printer.Clean(response.Text("policy_version") ?? "")}");
                return ExitCode.Ok;
            },
            "latchgate reload");
        return command;
    }
}
