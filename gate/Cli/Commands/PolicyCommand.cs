using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LatchGate.Cli.Client;
using LatchGate.Json;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate policy</c>: who may run what, as the running gate has it in force.</summary>
internal static class PolicyCommand
{
    internal static Command Create(CliContext context)
    {
        var identity = new OperatorOptions();
        var command = new Command("policy", "Show, change and try out who may run what.")
        {
            Show(context, identity),
            List(context, identity),
            PolicyChangeCommands.Grant(context, identity),
            PolicyChangeCommands.Revoke(context, identity),
            PolicyAllowlistCommand.Create(context, identity),
            PolicyCheckCommand.Create(context),
            PolicyDiffCommand.Create(context),
        };
        identity.AddTo(command);
        return command;
    }

    /// <summary>The policy data in force.</summary>
    /// <exception cref="CliException">The gate refuses.</exception>
    internal static async Task<JsonElement> ReadAsync(CliContext context, OperatorOptions identity, ParseResult parse, Printer printer, CancellationToken cancellation)
    {
        using var client = identity.Open(context, parse);
        var response = await client.PolicyAsync(cancellation).ConfigureAwait(false);
        if (!response.IsSuccess)
        {
            throw new CliException(ExitCode.Error, response.ErrorCode, $"The gate refused: {response.ErrorText}.");
        }

        switch (response.Text("file"))
        {
            case "edited":
                printer.Warn("the policy data file was edited by hand; the next change, or a restart, puts that in force");
                break;
            case "unreadable":
                printer.Warn("the policy data file cannot be read; what is shown is in force until the gate stops");
                break;
            case "invalid":
                printer.Warn("the policy data file was edited by hand and is not valid; correct it, or the gate will not start again");
                break;
        }

        return response.Body;
    }

    /// <summary>The strings of a list, joined; a hyphen where there are none.</summary>
    internal static string Join(JsonElement list, string separator = ",") =>
        list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0 ? "-" : string.Join(separator, list.ConvertAll(static item => item.GetString() ?? ""));

    private static Command Show(CliContext context, OperatorOptions identity)
    {
        var principal = new Argument<string?>("PRINCIPAL") { Description = "Only this principal's entry.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("show", "Show the policy data in force, or one principal's part of them.") { principal };
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var policy = await ReadAsync(context, identity, parse, printer, cancellation).ConfigureAwait(false);
                if (parse.GetValue(principal) is { } name)
                {
                    ShowOne(printer, policy, name);
                }
                else
                {
                    printer.Result(
                        json =>
                        {
                            json.WriteBoolean("ok", true);
                            CallOutcome.WriteMembers(json, policy);
                        },
                        () => Printer.Pretty(policy));
                }

                return ExitCode.Ok;
            },
            "latchgate policy show",
            "latchgate policy show agent:builder --json");
        return command;
    }

    private static void ShowOne(Printer printer, JsonElement policy, string principal)
    {
        var standing = new List<string>();
        foreach (var action in policy.GetProperty("allowlist").EnumerateObject())
        {
            if (Array.IndexOf(action.Value.ConvertAll(static item => item.GetString()), principal) >= 0)
            {
                standing.Add(action.Name);
            }
        }

        if (!policy.GetProperty("acl").TryGetProperty(principal, out var entry))
        {
            throw new CliException(
                ExitCode.Error,
                "principal_not_found",
                $"The policy data have no entry for '{principal}'.",
                policy.GetProperty("acl").TryGetProperty("*", out _)
                    ? "It has what '*' has: latchgate policy show '*'."
                    : "It may run nothing. 'latchgate policy list' lists the entries.");
        }

        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                json.WriteString("principal", principal);
                json.WritePropertyName("acl");
                entry.WriteTo(json);
                Api.PolicyEndpoint.WriteTexts(json, "standing_approvals", standing);
                json.WriteString("policy_version", policy.GetProperty("policy_version").GetString());
            },
            () => string.Join('\n', [
                $"principal           {Printer.Clean(principal)}",
                $"allowed actions     {Printer.Clean(Join(entry.GetProperty("allowed_actions"), ", "))}",
                $"allowed sinks       {Printer.Clean(Join(entry.GetProperty("allowed_sinks"), ", "))}",
                $"inherits wildcard   {(entry.TryGetProperty("inherits_wildcard", out var inherits) && inherits.GetBoolean() ? "yes: and what '*' has" : "no")}",
                $"standing approvals  {(standing.Count == 0 ? "-" : Printer.Clean(string.Join(", ", standing)))}",
                $"policy version      {Printer.Clean(policy.GetProperty("policy_version").GetString() ?? "")}",
            ]));
    }

    private static Command List(CliContext context, OperatorOptions identity)
    {
        var command = new Command("list", "List the principals, with what each may run.");
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var policy = await ReadAsync(context, identity, parse, printer, cancellation).ConfigureAwait(false);
                var rows = new List<string[]>();
                foreach (var entry in policy.GetProperty("acl").EnumerateObject())
                {
                    var inherits = entry.Value.TryGetProperty("inherits_wildcard", out var flag) && flag.GetBoolean();
                    rows.Add([entry.Name, Join(entry.Value.GetProperty("allowed_actions")) + (inherits ? " + *" : ""), Join(entry.Value.GetProperty("allowed_sinks"))]);
                }

                printer.Result(
                    json =>
                    {
                        json.WriteBoolean("ok", true);
                        json.WriteString("policy_version", policy.GetProperty("policy_version").GetString());
                        json.WriteStartArray("principals");
                        foreach (var entry in policy.GetProperty("acl").EnumerateObject())
                        {
                            json.WriteStartObject();
                            json.WriteString("principal", entry.Name);
                            CallOutcome.WriteMembers(json, entry.Value);
                            json.WriteEndObject();
                        }

                        json.WriteEndArray();
                    },
                    () => rows.Count == 0 ? "No principal has an entry: nobody may run anything." : Printer.Table(["PRINCIPAL", "ACTIONS", "SINKS"], rows));
                printer.Note(string.Create(CultureInfo.InvariantCulture, $"policy version {policy.GetProperty("policy_version").GetString()}"));
                return ExitCode.Ok;
            },
            "latchgate policy list");
        return command;
    }
}
