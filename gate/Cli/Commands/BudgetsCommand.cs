using System.CommandLine;
using System.Text.Json;
using LatchGate.Json;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate budgets</c>: what principals may spend, and have spent.</summary>
internal static class BudgetsCommand
{
    internal static Command Create(CliContext context)
    {
        var identity = new OperatorOptions();
        var principal = new Argument<string?>("PRINCIPAL") { Description = "Only this one.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("budgets", "Show the calls that principals may make and have made. The bounds are in [budgets] of the configuration.") { principal };
        identity.AddTo(command);
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var response = await PolicyChangeCommands.AskAsync(
                    context, identity, parse, client => client.BudgetsAsync(parse.GetValue(principal), cancellation)).ConfigureAwait(false);
                printer.Result(json => PolicyChangeCommands.WriteOk(json, response.Body), () => Table(response.Body));
                if (response.Body.TryGetProperty("truncated"u8, out var truncated) && truncated.ValueKind == JsonValueKind.True)
                {
                    printer.Note("There are more principals than the gate lists; name one to see it.");
                }

                return ExitCode.Ok;
            },
            "latchgate budgets",
            "latchgate budgets agent:builder --json");
        return command;
    }

    private static string Table(JsonElement body)
    {
        var rows = body.GetProperty("principals").ConvertAll(static e => new[]
        {
            e.GetProperty("principal").GetString() ?? "", Bound(e, "calls_per_hour"), Bound(e, "calls_per_day"), Bound(e, "calls_total"),
        });
        return rows.Length == 0 ? "Nobody has a budget of their own, and no call was counted." : Printer.Table(["PRINCIPAL", "HOUR", "DAY", "TOTAL"], rows);
    }

    private static string Bound(JsonElement principal, string member)
    {
        var bound = principal.GetProperty(member);
        var limit = bound.GetProperty("limit");
        var used = bound.GetProperty("used").GetInt64();
        return limit.ValueKind == JsonValueKind.Null ? $"{used} of any" : $"{used} of {limit.GetInt64()}";
    }
}
