using System.CommandLine;
using LatchGate.Cli.Client;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate revoke</c>: ends what was permitted: everything, or one lease, session, principal or grant.</summary>
internal static class RevokeCommand
{
    internal static Command Create(CliContext context)
    {
        var identity = new OperatorOptions();
        var all = new Option<bool>("--all") { Description = "Every lease, grant and waiting call; the default." };
        var lease = Id("--lease", "JTI", "One lease, by its lease_jti, and its waiting calls.");
        var session = Id("--session", "ID", "One session, and its waiting calls.");
        var principal = Id("--principal", "NAME", "A principal's leases and waiting calls; it may ask for a new lease.");
        var grant = Id("--grant", "ID", "One grant that was not used yet, and the call that waits for it (approvals show).");
        var block = new Option<bool>("--block") { Description = "With --principal: no new lease either." };
        var unblock = new Option<bool>("--unblock") { Description = "With --principal: lift the block; nothing is revoked." };
        var reason = new Option<string?>("--reason", "-r") { Description = "Why; for the record.", HelpName = "TEXT" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var command = new Command("revoke", "Revoke every lease, grant and waiting call, or one of them.")
        {
            all, lease, session, principal, grant, block, unblock, reason, yes,
        };
        identity.AddTo(command);
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var chosen = Choose(
                    parse.GetValue(all), ("lease", parse.GetValue(lease)), ("session", parse.GetValue(session)), ("principal", parse.GetValue(principal)), ("grant", parse.GetValue(grant)));
                var (blocks, lifts) = (parse.GetValue(block), parse.GetValue(unblock));
                if ((blocks || lifts) && (chosen.Kind != "principal" || blocks == lifts))
                {
                    throw CliException.Usage("--block or --unblock, not both, goes with --principal.");
                }

                if (chosen.Kind is null && !parse.GetValue(yes))
                {
                    Ask(context, printer);
                }

                using var client = identity.Open(context, parse);
                var response = chosen.Kind is null ? await client.RevokeAllAsync(cancellation).ConfigureAwait(false)
                    : lifts ? await client.UnblockAsync(chosen.Id!, parse.GetValue(reason), cancellation).ConfigureAwait(false)
                    : await client.RevokeAsync(chosen.Kind, chosen.Id!, blocks, parse.GetValue(reason), cancellation).ConfigureAwait(false);
                return Report(printer, response, chosen.Kind is null ? "Everything that was permitted before is revoked"
                    : lifts ? $"{chosen.Id} may have leases again"
                    : $"{chosen.Kind} {chosen.Id} is revoked{(blocks ? ", and gets no new lease" : "")}");
            },
            "latchgate revoke --yes",
            "latchgate revoke --principal agent:builder --block --reason \"key leaked\"",
            "latchgate revoke --session 01990f6e-0000-7000-8000-000000000000");
        return command;
    }

    private static Option<string?> Id(string name, string helpName, string description) => new(name) { Description = description, HelpName = helpName };

    private static (string? Kind, string? Id) Choose(bool all, params ReadOnlySpan<(string Kind, string? Id)> given)
    {
        (string? Kind, string? Id) chosen = default;
        var count = all ? 1 : 0;
        foreach (var (kind, id) in given)
        {
            if (id is not null)
            {
                chosen = (kind, id);
                count++;
            }
        }

        return count <= 1 ? chosen : throw CliException.Usage("Choose one of --all, --lease, --session, --principal and --grant.");
    }

    private static void Ask(CliContext context, Printer printer)
    {
        if (!context.Services.IsInteractive || printer.IsJson)
        {
            throw CliException.Usage("Nobody can be asked here.", "To revoke everything, add --yes.");
        }

        printer.Warn("Every lease, grant and waiting call ends. Type 'yes' to go on.");
        using var answers = new StreamReader(context.Services.Input());
        if (answers.ReadLine()?.Trim() != "yes")
        {
            throw new CliException(ExitCode.Error, "not_confirmed", "Nothing was revoked.");
        }
    }

    private static ExitCode Report(Printer printer, GateResponse response, string done)
    {
        if (!response.IsSuccess)
        {
            throw new CliException(ExitCode.Error, response.ErrorCode, $"The gate refused: {response.ErrorText}.");
        }

        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                CallOutcome.WriteMembers(json, response.Body);
            },
            () => response.Body.TryGetProperty("current_epoch", out var epoch) ? $"epoch {response.Body.GetProperty("previous_epoch")} => {epoch}" : "");
        printer.Done(response.Body.TryGetProperty("already", out var already) && already.GetBoolean() ? "It was so before; nothing changed" : done);
        return ExitCode.Ok;
    }
}
