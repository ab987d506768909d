using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Egress;
using LatchGate.Learned;
using LatchGate.Pipeline;

namespace LatchGate.Cli.Commands;

/// <summary>
/// <c>latchgate egress test</c>: cases against the judge, with this build's manifests and this configuration. Looks nothing up: the cases bring
/// their DNS answers. For a CI of one's own rules.
/// </summary>
internal static class EgressTestCommand
{
    internal static Command Create(CliContext context)
    {
        var file = new Argument<string>("CASES") { Description = "A file of cases (JSON)." };
        var learned = new Option<bool>("--learned") { Description = "Judge with the hosts that the configured ledger says were learned as well." };
        var command = new Command("test", "Judge the cases of a file, and say which come out otherwise than expected (exit 1).") { file, learned };
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var cases = EgressCases.Read(Path.GetFullPath(parse.GetValue(file)!, context.Services.Environment.CurrentDirectory));
                var config = context.LoadConfig(parse);
                var actions = OfflinePolicy.Actions(context.Services, config);
                var world = new World(
                    actions,
                    parse.GetValue(learned) ? EgressQuestions.Learned(config, actions, printer) ?? LearnedSnapshot.Empty : LearnedSnapshot.Empty,
                    GateStartup.CeilingOf(config),
                    context.Services.Time);
                var failures = new List<Failure>();
                foreach (var one in cases)
                {
                    var misses = await RunAsync(one, world, cancellation).ConfigureAwait(false);
                    if (misses.Count > 0)
                    {
                        failures.Add(new Failure(one, misses));
                    }
                }

                return Tell(printer, cases.Count, failures);
            },
            "latchgate egress test egress-cases.json",
            "latchgate egress test egress-cases.json --config latchgate.toml --json");
        return command;
    }

    private static async Task<List<Miss>> RunAsync(EgressCase one, World world, CancellationToken cancellation)
    {
        var action = EgressQuestions.Action(world.Actions, one.Action);
        var resolver = new CaseResolver(one.Dns);
        var judged = await EgressQuestions.AskAsync(
            one.Url, action, world.Learned.RulesOf(action), world.Ceiling, (one.Principal, one.Method), resolver, one.Now ?? world.Time.GetUtcNow(), cancellation)
            .ConfigureAwait(false);
        var misses = new List<Miss>();
        foreach (var (name, expected) in one.Expect)
        {
            var got = Got(name, judged, resolver.Asked);
            var wanted = Wanted(expected);
            if (got != wanted)
            {
                misses.Add(new Miss(name, wanted, got));
            }
        }

        return misses;
    }

    private static string Got(string member, JudgedQuestion judged, List<string> asked)
    {
        var verdict = judged.Verdict;
        return member switch
        {
            "verdict" => verdict.Allowed ? "allow" : "deny",
            "reason" => verdict.Reason.Label(),
            "rule" => verdict.Rule,
            "layer" => verdict.Layer.Label(),
            "address_class" => verdict.Address?.Label ?? "null",
            "mixed" => verdict.Mixed ? "true" : "false",
            "would_deny" => verdict.WouldDeny?.Label() ?? "null",
            "status" => verdict.Status.ToString(CultureInfo.InvariantCulture),
            "message" => verdict.Message,
            "pinned" => judged.Route is null ? "" : string.Join(", ", Array.ConvertAll([.. judged.Route.Addresses], static address => address.ToString())),
            "dns_queries" => string.Join(", ", asked),
            _ => throw new ArgumentOutOfRangeException(nameof(member), member, "Not an expectation."),
        };
    }

    private static string Wanted(JsonElement expected)
    {
        if (expected.ValueKind == JsonValueKind.String)
        {
            return expected.GetString()!;
        }

        if (expected.ValueKind != JsonValueKind.Array)
        {
            return expected.GetRawText();
        }

        var texts = new List<string>();
        foreach (var item in expected.EnumerateArray())
        {
            texts.Add(item.ValueKind == JsonValueKind.String ? item.GetString()! : item.GetRawText());
        }

        return string.Join(", ", texts);
    }

    private static ExitCode Tell(Printer printer, int count, List<Failure> failures)
    {
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", failures.Count == 0);
                json.WriteNumber("cases", count);
                json.WriteNumber("failed", failures.Count);
                json.WriteStartArray("failures");
                foreach (var (one, misses) in failures)
                {
                    json.WriteStartObject();
                    json.WriteString("id", one.Id);
                    json.WriteString("url", one.Url);
                    json.WriteStartArray("misses");
                    foreach (var miss in misses)
                    {
                        json.WriteStartObject();
                        json.WriteString("member", miss.Member);
                        json.WriteString("expected", miss.Expected);
                        json.WriteString("got", miss.Got);
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            },
            () => Text(failures));
        if (failures.Count == 0)
        {
            printer.Done($"{count} of {count} cases as expected");
            return ExitCode.Ok;
        }

        printer.Warn($"{failures.Count} of {count} cases came out otherwise");
        return ExitCode.Error;
    }

    private static string Text(List<Failure> failures)
    {
        var rows = new List<string[]>();
        foreach (var (one, misses) in failures)
        {
            foreach (var miss in misses)
            {
                rows.Add([one.Id, miss.Member, miss.Expected, miss.Got, one.Url]);
            }
        }

        return rows.Count == 0 ? "" : Printer.Table(["CASE", "MEMBER", "EXPECTED", "GOT", "URL"], rows);
    }

    private sealed record World(ActionRegistry Actions, LearnedSnapshot Learned, EgressCeiling Ceiling, TimeProvider Time);

    private sealed record Miss(string Member, string Expected, string Got);

    private sealed record Failure(EgressCase Case, List<Miss> Misses);

    // The case's answers, and which names were asked for.
    private sealed class CaseResolver(Dictionary<string, IPAddress[]> answers) : IHostResolver
    {
        internal List<string> Asked { get; } = [];

        public ValueTask<(EgressReason Reason, IPAddress[] Addresses)> ResolveAsync(LookupPermit permit, CancellationToken cancellation)
        {
            var host = permit.Question.Target.Host;
            Asked.Add(host);
            return ValueTask.FromResult(answers.TryGetValue(host, out var addresses)
                ? (addresses.Length == 0 ? EgressReason.DnsEmpty : EgressReason.Allowed, addresses)
                : (EgressReason.DnsFailed, Array.Empty<IPAddress>()));
        }
    }
}
