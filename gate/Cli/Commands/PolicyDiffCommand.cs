using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LatchGate.Policy;
using LatchGate.Storage;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate policy diff</c>: which calls of the past another policy would have answered differently.</summary>
internal static class PolicyDiffCommand
{
    private const int LargestLimit = 1_000_000;

    internal static Command Create(CliContext context)
    {
        var before = new Argument<string>("OLD") { Description = "Policy data, or a bundle (.tar.gz), to compare from." };
        var after = new Argument<string>("NEW") { Description = "Policy data, or a bundle (.tar.gz), to compare to." };
        var since = new Option<string?>("--since") { Description = "Only calls after this: 2030-01-02T03:04:05Z, or an age such as 90m, 24h, 7d.", HelpName = "TIME" };
        var limit = new Option<int>("--limit", "-l") { Description = "At most this many calls, newest first.", HelpName = "N", DefaultValueFactory = _ => 1000 };
        var ledger = new Option<string?>("--ledger") { Description = "The ledger; by default the configured one.", HelpName = "FILE" };
        var command = new Command("diff", "Replay recorded calls under two policies, and list what would change.") { before, after, since, limit, ledger };
        context.Run(
            command,
            async (parse, printer, _) =>
            {
                var most = parse.GetValue(limit);
                if (most is < 1 or > LargestLimit)
                {
                    throw CliException.Usage($"--limit takes 1 to {LargestLimit}.");
                }

                var earliest = parse.GetValue(since) is { } text ? SinceText.Read(text, context.Services.Time) : (DateTimeOffset?)null;
                var config = context.LoadConfig(parse);
                string File(string name) => Path.GetFullPath(name, context.Services.Environment.CurrentDirectory);
                var actions = OfflinePolicy.Actions(context.Services, config);
                using var old = OfflinePolicy.Load(File(parse.GetValue(before)!), config, actions, context.Services.Time);
                using var proposed = OfflinePolicy.Load(File(parse.GetValue(after)!), config, actions, context.Services.Time);
                var path = parse.GetValue(ledger) is { } named ? File(named) : config.LedgerDbPath;
                VerifyCommand.RequireLedger(path);
                Tell(printer, await RunAsync(new PolicyReplay(old, proposed, actions), path, earliest, most).ConfigureAwait(false));
                return ExitCode.Ok;
            },
            "latchgate policy diff data.json proposed.json",
            "latchgate policy diff data.json proposed.json --since 7d --json");
        return command;
    }

    private static async Task<ReplayReport> RunAsync(PolicyReplay replay, string ledger, DateTimeOffset? since, int limit)
    {
        try
        {
            return await replay.RunAsync(ledger, since, limit).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DatabaseException or JsonException)
        {
            throw new CliException(ExitCode.Error, "ledger_unreadable", $"{ledger} cannot be read: {e.Message}", "Name the gate's ledger with --ledger.", e);
        }
    }

    private static void Tell(Printer printer, ReplayReport report)
    {
        printer.Result(json => WriteJson(json, report), () => Text(report));
        printer.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Replayed} recorded calls replayed, {report.Changed.Count} would be answered differently. Left out: {report.NeverAsked} that never came to policy, {report.ActionGone} of actions that this build lacks."));
        printer.Note("What the ledger does not record was assumed:");
        foreach (var assumption in PolicyReplay.Assumptions)
        {
            printer.Note($"  - {assumption}");
        }

        if (report.OtherVersion > 0)
        {
            printer.Note(string.Create(CultureInfo.InvariantCulture, $"  - {report.OtherVersion} calls were made of another version of their action"));
        }

        if (report.HeldUnrisky > 0)
        {
            printer.Note(string.Create(CultureInfo.InvariantCulture, $"  - {report.HeldUnrisky} calls were held though their risk asks for nobody: their host was likely unlisted, which both answers leave out"));
        }
    }

    private static void WriteJson(Utf8JsonWriter json, ReplayReport report)
    {
        json.WriteBoolean("ok", true);
        json.WriteNumber("replayed", report.Replayed);
        json.WriteNumber("never_asked", report.NeverAsked);
        json.WriteNumber("action_gone", report.ActionGone);
        json.WriteNumber("other_version", report.OtherVersion);
        json.WriteNumber("held_without_risk", report.HeldUnrisky);
        json.WriteStartArray("changed");
        foreach (var change in report.Changed)
        {
            json.WriteStartObject();
            json.WriteString("time", change.Time);
            json.WriteString("trace_id", change.TraceId);
            json.WriteString("principal", change.Principal);
            json.WriteString("action_id", change.ActionId);
            json.WriteString("recorded", change.Recorded);
            json.WriteString("old", Word(change.Old));
            json.WriteString("new", Word(change.New));
            json.WriteString("old_reason", change.Old.DenyReason);
            json.WriteString("new_reason", change.New.DenyReason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Api.PolicyEndpoint.WriteTexts(json, "assumptions", PolicyReplay.Assumptions);
    }

    private static string Text(ReplayReport report)
    {
        var rows = new List<string[]>(report.Changed.Count);
        foreach (var change in report.Changed)
        {
            var reason = change.New.DenyReason is { Length: > 0 } denied ? denied : change.Old.DenyReason is { Length: > 0 } was ? $"was: {was}" : "";
            rows.Add([change.Time, change.Principal, change.ActionId, Word(change.Old), Word(change.New), reason]);
        }

        return rows.Count == 0 ? "No recorded call would be answered differently." : Printer.Table(["TIME", "PRINCIPAL", "ACTION", "OLD", "NEW", "REASON"], rows);
    }

    private static string Word(PolicyDecision decision) => decision.Outcome switch
    {
        PolicyOutcome.Allow => "allow",
        PolicyOutcome.RequireApproval => "requires_approval",
        _ => "deny",
    };
}
