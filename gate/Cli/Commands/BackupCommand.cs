using System.CommandLine;
using LatchGate.Storage;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate backup</c>: a copy of the ledger, verified, also beside a running gate.</summary>
internal static class BackupCommand
{
    internal static Command Create(CliContext context)
    {
        var file = new Argument<string>("FILE") { Description = "A file that does not exist yet." };
        var ledger = new Option<string?>("--ledger") { Description = "The ledger; by default the configured one. A gate may run on it.", HelpName = "FILE" };
        var keys = new Option<string?>("--keys") { Description = "The receipt keys (JWKS) to verify the copy with; by default the configured ones.", HelpName = "FILE" };
        var command = new Command("backup", "Copy the ledger to one file, and verify the copy. Nothing is overwritten.") { file, ledger, keys };
        context.Run(
            command,
            (parse, printer, cancellation) => Task.FromResult(Run(context, printer, parse, parse.GetValue(file)!, parse.GetValue(ledger), parse.GetValue(keys), cancellation)),
            "latchgate backup /backup/audit-2030-01-02.db",
            "latchgate verify --ledger /backup/audit-2030-01-02.db --keys receipt-keys.jwks");
        return command;
    }

    private static ExitCode Run(CliContext context, Printer printer, ParseResult parse, string file, string? ledger, string? keys, CancellationToken cancellation)
    {
        var current = context.Services.Environment.CurrentDirectory;
        var config = ledger is null || keys is null ? context.LoadConfig(parse) : null;
        var source = ledger is null ? config!.LedgerDbPath : Path.GetFullPath(ledger, current);
        var publicKeys = ReceiptKeys.Read(keys is null ? config!.ReceiptKeysJwksPath : Path.GetFullPath(keys, current));
        var target = Path.GetFullPath(file, current);
        VerifyCommand.RequireLedger(source);
        if (File.Exists(target))
        {
            throw Exists(target);
        }

        var report = Copy(source, target, publicKeys, cancellation);
        var bytes = new FileInfo(target).Length;
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                json.WriteString("file", target);
                json.WriteNumber("bytes", bytes);
                json.WriteNumber("total_events", report.TotalEvents);
                json.WriteNumber("signed_through", report.SignedThrough);
                json.WriteString("head", report.Head);
            },
            () => $"events          {report.TotalEvents}\nsigned through  {report.SignedThrough}\nhead            {Printer.Clean(report.Head)}");
        printer.Done($"{target} ({bytes} bytes) is a whole and intact copy");
        return ExitCode.Ok;
    }

    private static LedgerReport Copy(string source, string target, IReadOnlyDictionary<string, byte[]> publicKeys, CancellationToken cancellation)
    {
        // Under another name until it is known to be good: a file of the name that was asked for is a backup.
        var unfinished = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            PrivateFile.Ensure(unfinished);
            DatabaseBackup.Copy(source, unfinished, cancellation);
            var report = OfflineLedger.Verify(unfinished, publicKeys);
            if (!report.Intact)
            {
                throw new CliException(
                    ExitCode.Broken, "ledger_broken", $"The ledger is broken, and was not copied: {report.Problem}", $"Run: latchgate verify --ledger {source}. To keep the broken file as evidence, stop the gate and copy it.");
            }

            AtomicFile.MoveNew(unfinished, target);
            return report;
        }
        catch (DatabaseException e)
        {
            throw new CliException(ExitCode.Error, "not_written", $"{source} was not copied: {e.Message}", "Look at the disk of the ledger and of the copy.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw File.Exists(target)
                ? Exists(target)
                : new CliException(ExitCode.Error, "not_written", $"{target} was not written: {e.Message}", "Name a file that does not exist, in a directory of yours.", e);
        }
        finally
        {
            if (File.Exists(unfinished))
            {
                File.Delete(unfinished);
            }
        }
    }

    private static CliException Exists(string target) =>
        new(ExitCode.Error, "exists", $"{target} is there already; nothing is overwritten.", "Name another file.");
}
