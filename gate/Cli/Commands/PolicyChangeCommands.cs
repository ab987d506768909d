using System.CommandLine;
using System.Text.Json;
using LatchGate.Cli.Client;
using LatchGate.Config;

namespace LatchGate.Cli.Commands;

/// <summary>
/// <c>latchgate policy grant</c> and <c>revoke</c>. They ask the running gate, with an operator's credential, and never write the
/// file themselves: a change that no event records must not be possible (reference/ops.md S14).
/// </summary>
internal static class PolicyChangeCommands
{
    internal static Command Grant(CliContext context, OperatorOptions identity) => Create(
        context, identity, grant: true, "grant", "Let a principal run actions; it takes effect at once.",
        "latchgate policy grant agent:builder http_fetch,http_post");

    internal static Command Revoke(CliContext context, OperatorOptions identity) => Create(
        context, identity, grant: false, "revoke", "Take actions from a principal; it takes effect at once.",
        "latchgate policy revoke agent:builder http_post");

    /// <summary>Asks the gate for a change; that no gate runs is told with what to do about it.</summary>
    /// <exception cref="CliException">No gate runs, or it refuses.</exception>
    internal static async Task<GateResponse> AskAsync(
        CliContext context, OperatorOptions identity, ParseResult parse, Func<OperatorClient, Task<GateResponse>> ask)
    {
        using var client = identity.Open(context, parse);
        GateResponse response;
        try
        {
            response = await ask(client).ConfigureAwait(false);
        }
        catch (GateUnreachableException e)
        {
            throw new CliException(
                ExitCode.Error, "gate_unreachable", e.Message,
                "Start it with 'latchgate up' (or 'latchgate serve'), then repeat this: the gate itself changes its policy data, and records who did.", e);
        }

        if (response.IsSuccess)
        {
            return response;
        }

        var nearest = response.ErrorCode is "unknown_action" or "action_not_found" && response.Text("action_id") is { } unknown
            ? EditDistance.Nearest(unknown, context.Services.Actions().Select(static action => action.Id))
            : null;
        throw new CliException(
            ExitCode.Error,
            response.ErrorCode,
            $"The gate refused: {response.ErrorText}.",
            nearest is not null ? $"Did you mean '{nearest}'?" : response.ErrorCode is "unknown_action" or "action_not_found" ? "'latchgate actions' lists the actions." : null);
    }

    internal static void WriteOk(Utf8JsonWriter json, JsonElement body)
    {
        json.WriteBoolean("ok", true);
        CallOutcome.WriteMembers(json, body);
    }

    /// <summary>What the change came to: the version now in force, or that nothing had to change.</summary>
    internal static string Version(GateResponse response) =>
        response.Body.TryGetProperty("changed", out var changed) && changed.ValueKind == JsonValueKind.False
            ? "nothing to change"
            : $"policy version {response.Text("policy_version")}";

    private static Command Create(CliContext context, OperatorOptions identity, bool grant, string name, string description, string example)
    {
        var principal = new Argument<string>("PRINCIPAL") { Description = "Whom; '*' is everybody without an entry." };
        var actions = new Argument<string[]>("ACTIONS") { Description = "Action ids, separated by commas or spaces.", Arity = ArgumentArity.OneOrMore };
        var command = new Command(name, description) { principal, actions };
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var wanted = Split(parse.GetValue(actions)!);
                var response = await AskAsync(
                    context, identity, parse, client => client.ChangeGrantAsync(grant, parse.GetValue(principal)!, wanted, cancellation)).ConfigureAwait(false);
                if (!grant && response.Body.TryGetProperty("still_allowed", out var still) && still.GetArrayLength() > 0)
                {
                    printer.Fail(
                        "still_allowed",
                        $"{parse.GetValue(principal)} may still run {PolicyCommand.Join(still, ", ")}: '*' lists it, and the principal has what '*' has.",
                        "Take it from '*' as well: latchgate policy revoke '*' " + PolicyCommand.Join(still),
                        json => CallOutcome.WriteMembers(json, response.Body));
                    return ExitCode.Error;
                }

                printer.Result(json => WriteOk(json, response.Body), () => "");
                printer.Done($"{(grant ? "granted" : "revoked")}; {Version(response)}");
                return ExitCode.Ok;
            },
            example);
        return command;
    }

    private static string[] Split(string[] arguments)
    {
        var ids = new List<string>();
        foreach (var argument in arguments)
        {
            ids.AddRange(argument.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        }

        return ids.Count > 0 ? [.. ids] : throw CliException.Usage("Name at least one action.");
    }
}
