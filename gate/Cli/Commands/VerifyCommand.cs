using System.CommandLine;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate verify</c>: checks the ledger offline, with the database and the public keys alone.</summary>
internal static class VerifyCommand
{
    internal static Command Create(CliContext context)
    {
        var ledger = new Option<string?>("--ledger") { Description = "The ledger; by default the configured one.", HelpName = "FILE" };
        var keys = new Option<string?>("--keys") { Description = "The receipt keys (JWKS); by default the configured ones.", HelpName = "FILE" };
        var command = new Command("verify", "Check that no record was changed, dropped or reordered.") { ledger, keys };
        context.Run(
            command,
            (parse, printer, _) => Task.FromResult(Run(context, printer, parse, parse.GetValue(ledger), parse.GetValue(keys))),
            "latchgate verify",
            "latchgate verify --ledger audit.db --keys receipt-keys.jwks --json");
        return command;
    }

    internal static void RequireLedger(string path)
    {
        if (!File.Exists(path))
        {
            throw new CliException(ExitCode.Error, "ledger_not_found", $"There is no ledger at {path}.", "Name it with --ledger.");
        }
    }

    private static ExitCode Run(CliContext context, Printer printer, ParseResult parse, string? ledger, string? keys)
    {
        var current = context.Services.Environment.CurrentDirectory;
        // With both files named no configuration is needed: the check runs on any machine.
        var config = ledger is null || keys is null ? context.LoadConfig(parse) : null;
        var ledgerFile = ledger is null ? config!.LedgerDbPath : Path.GetFullPath(ledger, current);
        var keysFile = keys is null ? config!.ReceiptKeysJwksPath : Path.GetFullPath(keys, current);
        RequireLedger(ledgerFile);
        var report = context.Services.VerifyLedger(ledgerFile, ReceiptKeys.Read(keysFile));
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", report.Intact);
                json.WriteBoolean("intact", report.Intact);
                json.WriteNumber("total_events", report.TotalEvents);
                json.WriteNumber("verified_links", report.VerifiedLinks);
                json.WriteString("broken_at", report.BrokenAt);
                json.WriteString("problem", report.Problem);
                json.WriteNumber("receipts", report.Receipts);
                json.WriteNumber("checkpoints", report.Checkpoints);
                json.WriteNumber("signed_through", report.SignedThrough);
                json.WriteString("head", report.Head);
                json.WriteNumber("unresolved_intents", report.UnresolvedIntents);
            },
            () => Text(report));
        if (report.Intact)
        {
            printer.Done("intact");
            return ExitCode.Ok;
        }

        printer.Warn("BROKEN: this ledger is not what the gate wrote");
        return ExitCode.Broken;
    }

    private static string Text(LedgerReport report)
    {
        var lines = new List<string>
        {
            $"events              {report.TotalEvents}",
            $"verified links      {report.VerifiedLinks}",
            $"signed through      {report.SignedThrough}",
            $"checkpoints         {report.Checkpoints}",
            $"receipts            {report.Receipts}",
            $"unresolved intents  {report.UnresolvedIntents}",
            $"head                {Printer.Clean(report.Head)}",
        };
        if (report.Problem is { } problem)
        {
            lines.Add($"problem             {Printer.Clean(problem)}");
        }

        if (report.BrokenAt is { } brokenAt)
        {
            lines.Add($"broken at           {Printer.Clean(brokenAt)}");
        }

        return string.Join('\n', lines);
    }
}
