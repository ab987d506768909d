using System.CommandLine;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Learned;
using LatchGate.Pipeline;

namespace LatchGate.Cli.Commands;

/// <summary>
/// <c>latchgate egress explain</c>: what would become of a URL, step by step, by the judge that decides about requests. Needs no gate; nothing
/// is connected to, and without <c>--resolve</c> nothing is looked up.
/// </summary>
internal static class EgressExplainCommand
{
    private static readonly TimeSpan LookupPatience = TimeSpan.FromSeconds(5);

    internal static Command Create(CliContext context)
    {
        var url = new Argument<string>("URL") { Description = "The URL, as a provider would ask for it." };
        var action = new Option<string>("--action") { Description = "Through which action.", HelpName = "ACTION", Required = true };
        var principal = new Option<string>("--principal") { Description = "Who would ask.", HelpName = "PRINCIPAL", Required = true };
        var method = new Option<string?>("--method") { Description = "The HTTP method; by default the only one that the action's rules list, or GET.", HelpName = "METHOD" };
        var resolve = new Option<bool>("--resolve") { Description = "Look the name up, if the lists let it through, and judge its addresses." };
        var command = new Command("explain", "Say what would become of a URL, step by step, and which rule decides.") { url, action, principal, method, resolve };
        context.Run(
            command,
            async (parse, printer, cancellation) =>
            {
                var config = context.LoadConfig(parse);
                var who = parse.GetValue(principal)!;
                if (Api.PolicyRequest.Refuse(who) is { } refusal)
                {
                    throw CliException.Usage($"{refusal.Reason}.");
                }

                var actions = OfflinePolicy.Actions(context.Services, config);
                var spec = EgressQuestions.Action(actions, parse.GetValue(action)!);
                var rules = (EgressQuestions.Learned(config, actions, printer) ?? LearnedSnapshot.Empty).RulesOf(spec);
                var ceiling = GateStartup.CeilingOf(config);
                var time = context.Services.Time;
                var verb = parse.GetValue(method)?.ToUpperInvariant() ?? UsualMethod(rules);
                var text = parse.GetValue(url)!;
                var judged = await EgressQuestions.AskAsync(
                    text, spec, rules, ceiling, (who, verb), parse.GetValue(resolve) ? new SystemHostResolver(LookupPatience, time) : null, time.GetUtcNow(), cancellation)
                    .ConfigureAwait(false);
                return Tell(printer, judged, new Asked(text, spec, who, verb, ceiling));
            },
            "latchgate egress explain https://api.github.com/zen --action http_fetch --principal agent:builder",
            "latchgate egress explain https://api.github.com/zen --action http_fetch --principal agent:builder --resolve --json");
        return command;
    }

    // An action's template sends one method; its rules usually name it.
    private static string UsualMethod(EgressRuleSet rules)
    {
        string? only = null;
        foreach (var rule in rules.Allow)
        {
            if (rule.Methods.Length != 1 || (only is not null && only != rule.Methods[0]))
            {
                return "GET";
            }

            only = rule.Methods[0];
        }

        return only ?? "GET";
    }

    private static ExitCode Tell(Printer printer, JudgedQuestion judged, Asked asked)
    {
        var verdict = judged.Verdict;
        var steps = new EgressExplanation(judged.Trace, judged.Target, verdict, judged.Route, judged.Answers, asked.Ceiling).Steps();
        var remedy = verdict.Allowed ? null : (judged.Nearest?.Meant is { } meant ? $"Did you mean {meant}? Else: " : "") + EgressRemedy.Of(
            verdict.Reason.Label(), verdict.Layer.Label(), verdict.Rule.Length > 0 ? verdict.Rule : judged.Nearest?.Name ?? "", asked.Action.Id, asked.Url,
            asked.Action.Egress.AllowLearning);
        var isWhole = !verdict.Allowed || judged.Route is not null;
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", true);
                json.WriteString("verdict", verdict.Allowed ? "allow" : "deny");
                WriteVerdict(json, in verdict);
                json.WriteBoolean("addresses_judged", judged.Route is not null);
                json.WriteString("action_id", asked.Action.Id);
                json.WriteString("principal", asked.Principal);
                json.WriteString("method", asked.Method);
                json.WriteString("manifest_digest", asked.Action.Digest.ToString());
                json.WriteString("origin", judged.Target?.Origin);
                WriteSteps(json, steps);
                json.WriteString("nearest_rule", judged.Nearest?.Name);
                json.WriteString("nearest_lacks", judged.Nearest?.Lacks);
                json.WriteString("remedy", remedy);
            },
            () => Table(steps));
        if (verdict.Allowed)
        {
            printer.Done(verdict.WouldDeny is { } forgiven ? $"let through by audit mode; enforcing would refuse it: {forgiven.Label()}"
                : isWhole ? $"allowed by rule '{verdict.Rule}'" : "the lists let it through");
            if (!isWhole)
            {
                printer.Note("No name was looked up: its addresses are judged with --resolve.");
            }

            return ExitCode.Ok;
        }

        printer.Warn($"denied: {verdict.Reason.Label()}: {verdict.Message}");
        if (judged.Nearest is { } nearest)
        {
            printer.Note($"  nearest  rule '{nearest.Name}' {nearest.Lacks}");
        }

        printer.Note($"  remedy   {remedy}");
        return ExitCode.Denied;
    }

    private static void WriteVerdict(Utf8JsonWriter json, in EgressVerdict verdict)
    {
        json.WriteString("reason", verdict.Reason.Label());
        json.WriteString("rule", verdict.Rule);
        json.WriteString("layer", verdict.Layer.Label());
        json.WriteString("address_class", verdict.Address?.Label);
        json.WriteBoolean("mixed", verdict.Mixed);
        json.WriteNumber("status", verdict.Status);
        json.WriteString("message", verdict.Message);
        json.WriteString("would_deny", verdict.WouldDeny?.Label());
    }

    private static void WriteSteps(Utf8JsonWriter json, List<ExplainedStep> steps)
    {
        json.WriteStartArray("steps");
        foreach (var step in steps)
        {
            json.WriteStartObject();
            json.WriteString("step", step.Number);
            json.WriteString("name", step.Name);
            json.WriteString("result", Word(step.Result).Replace(' ', '_').ToLowerInvariant());
            json.WriteString("detail", step.Detail);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Table(List<ExplainedStep> steps)
    {
        var rows = new List<string[]>(steps.Count);
        foreach (var step in steps)
        {
            rows.Add([step.Number, step.Name, Word(step.Result), step.Detail]);
        }

        return Printer.Table(["STEP", "LOOKS AT", "RESULT", "BECAUSE"], rows);
    }

    private static string Word(StepResult result) => result switch
    {
        StepResult.Passed => "pass",
        StepResult.Failed => "FAIL",
        StepResult.Forgiven => "forgiven",
        StepResult.NotReached => "not reached",
        StepResult.NotKnown => "not known",
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, "Not a result."),
    };

    private sealed record Asked(string Url, ActionSpec Action, string Principal, string Method, EgressCeiling Ceiling);
}
