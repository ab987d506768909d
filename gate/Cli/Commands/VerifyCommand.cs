using System.CommandLine;
using LatchGate.Crypto;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate verify</c>: checks a ledger or an export of one offline, with the file and the public keys alone.</summary>
internal static class VerifyCommand
{
    internal static Command Create(CliContext context)
    {
        var ledger = new Option<string?>("--ledger") { Description = "The ledger, or an export of it (JSON Lines); by default the configured ledger.", HelpName = "FILE" };
        var keys = new Option<string?>("--keys") { Description = "The receipt keys (JWKS); by default the configured ones.", HelpName = "FILE" };
        var after = new Option<string?>("--after")
        {
            Description = "For an export that goes on from an earlier one: the hash of the event before its first, as 'head' of that one's verification.",
            HelpName = "HASH",
        };
        var segments = new Option<string?>("--segments")
        {
            Description = "Check the ledger's segment files in this directory too: the whole chain, from its first event.",
            HelpName = "DIR",
        };
        var command = new Command("verify", "Check that no record was changed, dropped or reordered.") { ledger, keys, after, segments };
        context.Run(
            command,
            (parse, printer, cancellation) => RunAsync(
                context, printer, parse, parse.GetValue(ledger), parse.GetValue(keys), parse.GetValue(after), parse.GetValue(segments),
                    cancellation),
            "latchgate verify",
            "latchgate verify --segments ~/.local/state/latchgate/segments",
            "latchgate verify --ledger events.jsonl --keys receipt-keys.jwks",
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

    private static async Task<ExitCode> RunAsync(
        CliContext context, Printer printer, ParseResult parse, string? ledger, string? keys, string? after, string? segments,
            CancellationToken cancellation)
    {
        var current = context.Services.Environment.CurrentDirectory;
        // With both files named no configuration is needed: the check runs on any machine.
        var config = ledger is null || keys is null ? context.LoadConfig(parse) : null;
        var ledgerFile = ledger is null ? config!.LedgerDbPath : Path.GetFullPath(ledger, current);
        var keysFile = keys is null ? config!.ReceiptKeysJwksPath : Path.GetFullPath(keys, current);
        RequireLedger(ledgerFile);
        var publicKeys = ReceiptKeys.Read(keysFile);
        var isExport = IsExport(ledgerFile);
        if (after is not null && !isExport)
        {
            throw CliException.Usage("--after goes with an export.");
        }

        if (segments is not null && isExport)
        {
            throw CliException.Usage("--segments goes with a ledger, which says which files there are.",
                "To check one segment file alone, name it with --ledger.");
        }

        var report = isExport
            ? await OfflineLedger.VerifyExportAsync(ledgerFile, publicKeys, HashOf(after), cancellation).ConfigureAwait(false)
            : context.Services.VerifyLedger(ledgerFile, publicKeys);
        if (segments is not null)
        {
            report = WithSegments(
                report, await OfflineLedger.VerifySegmentsAsync(ledgerFile, Path.GetFullPath(segments, current), publicKeys,
                    cancellation).ConfigureAwait(false));
        }

        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", report.Intact);
                json.WriteBoolean("intact", report.Intact);
                json.WriteString("source", isExport ? "export" : "ledger");
                json.WriteNumber("total_events", report.TotalEvents);
                json.WriteNumber("verified_links", report.VerifiedLinks);
                json.WriteString("broken_at", report.BrokenAt);
                json.WriteString("problem", report.Problem);
                json.WriteNumber("receipts", report.Receipts);
                json.WriteNumber("checkpoints", report.Checkpoints);
                json.WriteNumber("signed_through", report.SignedThrough);
                json.WriteString("head", report.Head);
                json.WriteNumber("unresolved_intents", report.UnresolvedIntents);
                json.WriteNumber("segments", report.Segments);
                json.WriteNumber("sealed_through", report.SealedThrough);
            },
            () => Text(report));
        if (report.Intact)
        {
            if (isExport && report.SignedThrough == 0)
            {
                printer.Warn("Nothing in this file is signed: its events are in one chain, which anybody could have made. Compare 'head' with the ledger's.");
            }

            if (report.SealedThrough > 0)
            {
                printer.Note(
                    $"Events 1 to {report.SealedThrough} are in segment files, which were not checked: their record is signed. " +
                    (isExport ? "The ledger checks them with --segments DIR." : "Check them too with --segments DIR."));
            }

            printer.Done("intact");
            return ExitCode.Ok;
        }

        printer.Warn($"BROKEN: this {(isExport ? "export" : "ledger")} is not what the gate wrote");
        return ExitCode.Broken;
    }

    // The files come first in the chain, so what is wrong with them is named first.
    private static LedgerReport WithSegments(LedgerReport ledger, LedgerReport files) => !files.Intact
        ? files
        : ledger with
        {
            TotalEvents = ledger.TotalEvents + files.TotalEvents,
            VerifiedLinks = ledger.VerifiedLinks + files.VerifiedLinks,
            Receipts = ledger.Receipts + files.Receipts,
            Checkpoints = ledger.Checkpoints + files.Checkpoints,
            SealedThrough = 0,
        };

    private static bool IsExport(string path)
    {
        try
        {
            return Evidence.LedgerExport.IsExport(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Error, "ledger_unreadable", $"{path} cannot be read: {e.Message}", "Run this as who may read it.", e);
        }
    }

    private static Sha256Digest? HashOf(string? text) => text is null ? null
        : Sha256Digest.TryParse(text, out var digest) ? digest
        : throw CliException.Usage($"'{text}' is no hash.", "Give sha256: and 64 hexadecimal digits.");

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
        if (report.Segments > 0)
        {
            var notHere = report.SealedThrough > 0 ? $", events 1 to {report.SealedThrough}, not checked here" : "";
            lines.Add($"segments            {report.Segments}{notHere}");
        }

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
