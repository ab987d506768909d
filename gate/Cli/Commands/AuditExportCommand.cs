using System.CommandLine;
using LatchGate.Evidence;
using LatchGate.Storage;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate audit export</c>: the ledger as JSON Lines that <c>verify</c> checks.</summary>
internal static class AuditExportCommand
{
    internal static Command Create(CliContext context)
    {
        var file = new Argument<string>("FILE") { Description = "A file that does not exist yet, or - for standard output." };
        var ledger = new Option<string?>("--ledger") { Description = "The ledger; by default the configured one. A gate may run on it.", HelpName = "FILE" };
        var receipts = new Option<bool>("--receipts") { Description = "Intents and receipts too, which hold what providers answered." };
        var command = new Command("export", "Write the ledger as JSON Lines: each event's canonical text, and the signed checkpoints.") { file, ledger, receipts };
        context.Run(
            command,
            (parse, printer, cancellation) =>
            {
                var current = context.Services.Environment.CurrentDirectory;
                var path = parse.GetValue(ledger) is { } named ? Path.GetFullPath(named, current) : context.LoadConfig(parse).LedgerDbPath;
                VerifyCommand.RequireLedger(path);
                var target = parse.GetValue(file)!;
                if (target == "-")
                {
                    if (printer.IsJson)
                    {
                        throw CliException.Usage("The export itself goes to standard output.", "Name a file with --json.");
                    }

                    using var output = new BufferedStream(context.Services.RawOutput(), 1 << 16);
                    Write(path, output, parse.GetValue(receipts), cancellation);
                    return Task.FromResult(ExitCode.Ok);
                }

                target = Path.GetFullPath(target, current);
                var events = WriteFile(path, target, parse.GetValue(receipts), cancellation);
                printer.Result(
                    json =>
                    {
                        json.WriteBoolean("ok", true);
                        json.WriteString("file", target);
                        json.WriteNumber("events", events);
                    },
                    () => "");
                printer.Done($"{events} events are in {target}");
                return Task.FromResult(ExitCode.Ok);
            },
            "latchgate audit export events.jsonl",
            "latchgate audit export - --receipts | gzip > ledger.jsonl.gz");
        return command;
    }

    private static long WriteFile(string ledger, string target, bool receipts, CancellationToken cancellation)
    {
        try
        {
            using var output = PrivateFile.CreateNew(target);
            try
            {
                var events = Write(ledger, output, receipts, cancellation);
                output.Flush();
                Posix.Sync(output.SafeFileHandle, target);
                return events;
            }
            catch
            {
                // Half an export would be taken for a whole one.
                File.Delete(target);
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(
                ExitCode.Error, File.Exists(target) ? "exists" : "not_written", $"{target} was not written: {e.Message}", "Name a file that does not exist, in a directory of yours.", e);
        }
    }

    private static long Write(string ledger, Stream output, bool receipts, CancellationToken cancellation)
    {
        try
        {
            return LedgerExport.Write(ledger, output, receipts, cancellation);
        }
        catch (DatabaseException e)
        {
            throw OfflineLedger.Unreadable(ledger, e);
        }
    }
}
