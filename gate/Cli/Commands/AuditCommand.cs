using System.CommandLine;
using LatchGate.Api;
using LatchGate.Evidence;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate audit</c>: the events of the ledger, from the gate or from the file, and their export.</summary>
internal sealed class AuditCommand
{
    private const int LargestLimit = 1_000_000_000;

    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    private readonly OperatorOptions _identity = new();
    private readonly Option<string?> _format = new("--format") { Description = "table, json, jsonl or csv; default table.", HelpName = "FORM" };
    private readonly Option<int> _limit = new("--limit", "-l") { Description = "At most this many, the newest.", HelpName = "N", DefaultValueFactory = _ => 20 };
    private readonly Option<string?> _action = Filter("--action", "ID", "Only of this action.");
    private readonly Option<string?> _principal = Filter("--principal", "NAME", "Only of this principal, or, for what operators do, operator.");
    private readonly Option<string?> _decision = Filter("--decision", "WORD", "Only these: allow, allow_unverified, deny, pending_approval, error.");
    private readonly Option<string?> _after = Filter("--after", "TIME", $"Only later: {SinceText.Forms}.");
    private readonly Option<string?> _before = Filter("--before", "TIME", "Only earlier; as --after.");
    private readonly Option<string?> _trace = Filter("--trace-id", "ID", "Only of this request.");
    private readonly Option<string?> _session = Filter("--session-id", "ID", "Only of this session.");
    private readonly Option<string?> _type = Filter("--event-type", "TYPE", "Only of this type, such as action_call or policy_grant.");
    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Go on with what comes, oldest first, until interrupted." };
    private readonly Option<string?> _ledger = new("--ledger") { Description = "Read this database, without a gate.", HelpName = "FILE" };

    private AuditCommand()
    {
    }

    internal static Command Create(CliContext context) => new AuditCommand().Build(context);

    private static Option<string?> Filter(string name, string helpName, string description) => new(name) { Description = description, HelpName = helpName };

    private Command Build(CliContext context)
    {
        var command = new Command("audit", "Show the ledger's events, newest first.")
        {
            _format, _limit, _action, _principal, _decision, _after, _before, _trace, _session, _type, _follow, _ledger,
        };
        _identity.AddTo(command);
        command.Subcommands.Add(AuditExportCommand.Create(context));
        context.Run(
            command,
            (parse, printer, cancellation) => RunAsync(context, parse, printer, cancellation),
            "latchgate audit",
            "latchgate audit --decision deny --after 24h --format csv --limit 10000 > denied.csv",
            "latchgate audit --follow --format jsonl",
            "latchgate audit --ledger copy.db --trace-id 01990f6e-0000-7000-8000-000000000000",
            "latchgate audit export events.jsonl");
        return command;
    }

    private async Task<ExitCode> RunAsync(CliContext context, ParseResult parse, Printer printer, CancellationToken cancellation)
    {
        var follow = parse.GetValue(_follow);
        var form = FormOf(parse.GetValue(_format), printer.IsJson, follow);
        var limit = parse.GetValue(_limit);
        if (limit is < 1 or > LargestLimit)
        {
            throw CliException.Usage($"--limit takes 1 to {LargestLimit}.");
        }

        var time = context.Services.Time;
        var query = new EventQuery
        {
            TraceId = parse.GetValue(_trace),
            EventType = parse.GetValue(_type),
            ActionId = parse.GetValue(_action),
            Principal = parse.GetValue(_principal),
            SessionId = parse.GetValue(_session),
            Decision = parse.GetValue(_decision),
            After = parse.GetValue(_after) is { } after ? SinceText.Read(after, time) : null,
            Before = parse.GetValue(_before) is { } before ? AuditQuery.ToNextMillisecond(SinceText.Read(before, time)) : null,
        };
        using var source = Open(context, parse);
        var format = new AuditFormat(context.Services.Output, form, follow);
        if (follow)
        {
            await FollowAsync(source, query, limit, format, context.Services.Time, context.Services.IsOutputGone, cancellation).ConfigureAwait(false);
            return ExitCode.Ok;
        }

        var shown = 0L;
        await foreach (var page in source.PagesAsync(query, limit, cancellation).ConfigureAwait(false))
        {
            foreach (var row in page)
            {
                format.Write(row);
            }

            shown += page.Count;
        }

        format.End();
        if (source.SealedThrough > 0 && shown < limit)
        {
            printer.Note(
                $"Events 1 to {source.SealedThrough} have moved to segment files and were not looked at; see 'latchgate ledger segments'.");
        }

        return ExitCode.Ok;
    }

    private AuditSource Open(CliContext context, ParseResult parse)
    {
        if (parse.GetValue(_ledger) is not { } named)
        {
            return new GateAuditSource(_identity.Open(context, parse));
        }

        var path = Path.GetFullPath(named, context.Services.Environment.CurrentDirectory);
        VerifyCommand.RequireLedger(path);
        return new LedgerAuditSource(path);
    }

    /// <summary>Shows the newest, then what comes, until it is cancelled or nobody reads it any more.</summary>
    internal static async Task FollowAsync(
        AuditSource source, EventQuery query, int limit, AuditFormat format, TimeProvider time, Func<bool> isOutputGone, CancellationToken cancellation)
    {
        var seen = 0L;
        try
        {
            while (!isOutputGone())
            {
                // Asked first, so that what comes between the two questions is not passed over.
                var newest = await source.PageAsync(new EventQuery { Limit = 1 }, cancellation).ConfigureAwait(false);
                if (newest.Count > 0 && newest[0].Seq > seen)
                {
                    seen = newest[0].Seq;
                    var news = new List<AuditRow>();
                    await foreach (var page in source.PagesAsync(query, limit, cancellation).ConfigureAwait(false))
                    {
                        news.AddRange(page);
                    }

                    for (var i = news.Count - 1; i >= 0; i--)
                    {
                        format.Write(news[i]);
                        seen = Math.Max(seen, news[i].Seq);
                    }

                    format.Flush();
                    (query, limit) = (query with { AfterSeq = seen }, LargestLimit);
                }

                await Task.Delay(_interval, time, cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    private static string FormOf(string? given, bool isJson, bool follow)
    {
        if (given is not (null or "table" or "json" or "jsonl" or "csv"))
        {
            throw CliException.Usage($"'{given}' is not a form.", "Give --format table, json, jsonl or csv.");
        }

        if (isJson && given is not (null or "json"))
        {
            throw CliException.Usage($"--json and --format {given} exclude each other.");
        }

        return (given, isJson, follow) switch
        {
            ("json", _, true) or (null, true, true) => throw CliException.Usage("An array has no end while events come.", "Give --format jsonl with --follow."),
            (_, true, _) => "object",
            (null, _, _) => "table",
            _ => given,
        };
    }
}
