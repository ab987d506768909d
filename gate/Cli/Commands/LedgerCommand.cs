using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LatchGate.Cli.Client;
using LatchGate.Evidence;
using LatchGate.Evidence.Segments;
using LatchGate.Storage;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate ledger</c>: old events move to segment files.</summary>
internal static class LedgerCommand
{
    internal static Command Create(CliContext context)
    {
        var command = new Command("ledger", "Move old events to segment files that stay verifiable, and list those files.");
        command.Subcommands.Add(Seal(context));
        command.Subcommands.Add(Segments(context));
        return command;
    }

    private static Command Seal(CliContext context)
    {
        var identity = new OperatorOptions();
        var before = new Option<string?>("--before") { Description = $"Events before this: {SinceText.Forms}.", HelpName = "TIME" };
        var keepDays = new Option<string?>("--keep-days") { Description = "Events older than this many days.", HelpName = "N" };
        var keepEvents = new Option<string?>("--keep-events") { Description = "All but this many, the newest.", HelpName = "N" };
        var archive = new Option<string?>("--archive")
        {
            Description = "Where the files go, when no gate runs; by default archive_dir of [retention].",
            HelpName = "DIR",
        };
        var command = new Command(
            "seal",
            "Move old events to files: each is written, read back and checked before anything leaves the ledger. Of several bounds each " +
            "holds. The ledger is cut at a signed checkpoint, so up to 1000 events more stay.")
        {
            before, keepDays, keepEvents, archive,
        };
        identity.AddTo(command);
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var request = RequestOf(parse.GetValue(before), parse.GetValue(keepDays), parse.GetValue(keepEvents),
                    context.Services.Time);
                var directory = parse.GetValue(archive) is { } named
                    ? Path.GetFullPath(named, context.Services.Environment.CurrentDirectory) : null;
                var segments = await ByGateAsync(context, identity, parse, request, directory, cancellation).ConfigureAwait(false)
                    ?? await OfflineSeal.RunAsync(context.LoadConfig(parse), request, directory, context.Services.Error,
                        context.Services.Time, cancellation).ConfigureAwait(false);
                printer.Result(json => Write(json, segments), () => "");
                printer.Done(segments is [.., var last]
                    ? $"events {segments[0].FirstSeq} to {last.LastSeq} are in {segments.Count} segment files in {last.Directory}"
                    : "nothing to seal: no checkpoint lies among events that may go (those of the last ten minutes stay)");
                return ExitCode.Ok;
            },
            "latchgate ledger seal --keep-days 90",
            "latchgate ledger seal --before 2030-01-01T00:00:00Z --keep-events 100000 --archive /archive/latchgate");
        return command;
    }

    private static Command Segments(CliContext context)
    {
        var ledger = new Option<string?>("--ledger") { Description = "The ledger; by default the configured one. A gate may run on it.",
            HelpName = "FILE" };
        var command = new Command("segments",
            "List the segment files that the ledger knows of. 'latchgate verify --segments DIR' checks them.") { ledger };
        context.Run(
            command,
            (parse, printer, _) =>
            {
                var path = parse.GetValue(ledger) is { } named
                    ? Path.GetFullPath(named, context.Services.Environment.CurrentDirectory)
                    : context.LoadConfig(parse).LedgerDbPath;
                VerifyCommand.RequireLedger(path);
                var records = Read(path);
                printer.Result(
                    json =>
                    {
                        json.WriteBoolean("ok", true);
                        json.WriteStartArray("segments");
                        foreach (var record in records)
                        {
                            json.WriteStartObject();
                            json.WriteNumber("segment", record.Number);
                            json.WriteString("file", record.File);
                            json.WriteNumber("bytes", record.Bytes);
                            json.WriteNumber("first_seq", record.FirstSeq);
                            json.WriteNumber("last_seq", record.LastSeq);
                            json.WriteString("last_time", record.LastTime);
                            json.WriteNumber("receipts", record.Receipts);
                            json.WriteString("sealed_at", record.SealedAt);
                            json.WriteString("file_sha256", record.FileDigest.ToString());
                            json.WriteString("prev_head", record.PrevHead?.ToString());
                            json.WriteString("head", record.Head.ToString());
                            json.WriteEndObject();
                        }

                        json.WriteEndArray();
                    },
                    () => records.Count == 0 ? "All events are in the ledger."
                        : Printer.Table(["SEGMENT", "EVENTS", "UP TO", "BYTES", "FILE"], Rows(records)));
                return Task.FromResult(ExitCode.Ok);
            },
            "latchgate ledger segments");
        return command;
    }

    private static SealRequest RequestOf(string? before, string? keepDays, string? keepEvents, TimeProvider time)
    {
        if (before is null && keepDays is null && keepEvents is null)
        {
            throw CliException.Usage("Which events are to go is not said.", "Give --before TIME, --keep-days N or --keep-events N.");
        }

        DateTimeOffset? limit = before is null ? null : SinceText.Read(before, time);
        if (keepDays is not null)
        {
            var oldest = time.GetUtcNow() - TimeSpan.FromDays(NumberOf("--keep-days", keepDays, 36_500));
            limit = limit < oldest ? limit : oldest;
        }

        return new SealRequest(limit, keepEvents is null ? 0 : NumberOf("--keep-events", keepEvents, long.MaxValue));
    }

    private static long NumberOf(string option, string text, long largest) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= largest
            ? number
            : throw CliException.Usage($"{option} takes 0 to {largest}.");

    /// <summary>Has the gate seal, segment by segment; null when no gate runs.</summary>
    private static async Task<List<SealedSegment>?> ByGateAsync(
        CliContext context, OperatorOptions identity, ParseResult parse, SealRequest request, string? directory,
            CancellationToken cancellation)
    {
        var config = context.LoadConfig(parse);
        if (!File.Exists(config.ListenAdminUdsPath))
        {
            return null;
        }

        var segments = new List<SealedSegment>();
        try
        {
            using var client = identity.Open(context, parse);
            if (directory is not null && directory != config.Retention.ArchiveDir
                && (await client.StatusAsync(cancellation).ConfigureAwait(false)).IsSuccess)
            {
                throw CliException.Usage("A running gate writes to its own archive.",
                    "Leave --archive out, or set archive_dir of [retention].");
            }

            while (true)
            {
                var before = request.Before is { } time ? WireTime.Format(time) : null;
                var response = await client.SealAsync(before, request.KeepEvents, cancellation).ConfigureAwait(false);
                if (!response.IsSuccess)
                {
                    throw new CliException(ExitCode.Error, response.ErrorCode, $"The gate refused: {response.ErrorText}.");
                }

                if (!response.Body.GetProperty("sealed"u8).GetBoolean())
                {
                    return segments;
                }

                segments.Add(new SealedSegment(
                    response.Body.GetProperty("first_seq"u8).GetInt64(), response.Body.GetProperty("last_seq"u8).GetInt64(),
                        response.Text("file") ?? "", config.Retention.ArchiveDir));
            }
        }
        catch (GateUnreachableException) when (segments.Count == 0)
        {
            // Its socket is left over. If a gate runs all the same, it holds the ledger's lock, and the sealing stops there.
            return null;
        }
    }

    private static List<SegmentRecord> Read(string ledger)
    {
        try
        {
            using var database = Database.OpenForReading(ledger);
            var records = new List<SegmentRecord>();
            if (!LedgerSchema.TryRead(database, out var version))
            {
                throw new DatabaseException(SQLitePCL.raw.SQLITE_NOTADB,
                    $"schema version {version}; this build knows 1 to {LedgerSchema.Version}");
            }

            foreach (var segment in SegmentTable.All(database))
            {
                if (segment.Record is { } record)
                {
                    records.Add(record);
                }
            }

            return records;
        }
        catch (DatabaseException e)
        {
            throw OfflineLedger.Unreadable(ledger, e);
        }
    }

    private static List<string[]> Rows(List<SegmentRecord> records)
    {
        var rows = new List<string[]>(records.Count);
        foreach (var record in records)
        {
            rows.Add([$"{record.Number}", $"{record.FirstSeq}–{record.LastSeq}", record.LastTime, $"{record.Bytes}",
                Printer.Clean(record.File)]);
        }

        return rows;
    }

    private static void Write(Utf8JsonWriter json, List<SealedSegment> segments)
    {
        json.WriteBoolean("ok", true);
        json.WriteStartArray("segments");
        foreach (var segment in segments)
        {
            json.WriteStartObject();
            json.WriteString("file", Path.Combine(segment.Directory, segment.File));
            json.WriteNumber("first_seq", segment.FirstSeq);
            json.WriteNumber("last_seq", segment.LastSeq);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

/// <summary>A segment that was just sealed.</summary>
internal sealed class SealedSegment(long firstSeq, long lastSeq, string file, string directory)
{
    internal long FirstSeq { get; } = firstSeq;

    internal long LastSeq { get; } = lastSeq;

    internal string File { get; } = file;

    internal string Directory { get; } = directory;
}
