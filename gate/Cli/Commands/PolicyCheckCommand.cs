using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.HostIo.Files;
using LatchGate.Learned;
using LatchGate.Pipeline;
using LatchGate.Policy;
using LatchGate.Storage;

namespace LatchGate.Cli.Commands;

/// <summary>
/// <c>latchgate policy check</c>: what a gate with these files would say to a call, and which rule decides. Asks no gate and calls
/// nothing (an OPA elsewhere is asked, where one decides); the steps are the pipeline's own, in its order.
/// </summary>
internal static class PolicyCheckCommand
{
    private const string BaseScope = "tools:call";

    internal static Command Create(CliContext context)
    {
        var principal = new Option<string>("--principal") { Description = "Who would call.", HelpName = "PRINCIPAL", Required = true };
        var action = new Option<string>("--action") { Description = "What it would call.", HelpName = "ACTION", Required = true };
        var input = new Option<string?>("--input") { Description = "The request as JSON; - reads standard input. Without it, schema and destination are not judged.", HelpName = "FILE" };
        var scopes = new Option<string[]>("--scopes")
        {
            Description = "Scopes of the lease, separated by commas; by default those that the configuration maps to the principal.",
            HelpName = "SCOPES",
        };
        var calls = new Option<long?>("--calls") { Description = "Calls that the budget has left; without it, no bound.", HelpName = "N" };
        var data = new Option<string?>("--data") { Description = "Policy data, or a bundle (.tar.gz), instead of the configured.", HelpName = "FILE" };
        var command = new Command("check", "Say what the gate would decide, rule by rule, without calling anything.") { principal, action, input, scopes, calls, data };
        context.Run(
            command,
            async (parse, printer, _) =>
            {
                var config = context.LoadConfig(parse);
                var who = parse.GetValue(principal)!;
                if (Api.PolicyRequest.Refuse(who) is { } refusal)
                {
                    throw CliException.Usage($"{refusal.Reason}.");
                }

                var body = parse.GetValue(input) is { } file ? RequestInput.Read([], file, context.Services) : (ReadOnlyMemory<byte>?)null;
                var actions = OfflinePolicy.Actions(context.Services, config);
                var question = new Question(config, actions, Learned(config, actions, printer), who, Scopes(parse.GetValue(scopes), config, who), parse.GetValue(calls), body);
                var path = parse.GetValue(data) is { } named ? Path.GetFullPath(named, context.Services.Environment.CurrentDirectory) : null;
                using var policy = OfflinePolicy.Load(path, config, question.Actions, context.Services.Time);
                var answer = await AskAsync(question, parse.GetValue(action)!, policy, context.Services.Time).ConfigureAwait(false);
                return Tell(printer, answer, who, parse.GetValue(action)!);
            },
            "latchgate policy check --principal agent:builder --action http_fetch",
            "latchgate policy check --principal agent:builder --action http_delete --input request.json --json");
        return command;
    }

    private static ImmutableArray<string> Scopes(string[]? given, GateConfig config, string principal)
    {
        var scopes = new List<string>();
        foreach (var argument in given ?? [])
        {
            scopes.AddRange(argument.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        }

        if (given is { Length: > 0 })
        {
            return [.. scopes];
        }

        foreach (var mapped in config.Identity.Principals.Values)
        {
            if (mapped.Principal == principal)
            {
                return [.. mapped.Scopes];
            }
        }

        return [BaseScope];
    }

    // What operators opened at run time is in the ledger, which may be somebody else's to read.
    private static LearnedSnapshot Learned(GateConfig config, ActionRegistry actions, Printer printer)
    {
        if (!File.Exists(config.LedgerDbPath))
        {
            return LearnedSnapshot.Empty;
        }

        try
        {
            return OfflineLedger.Learned(config.LedgerDbPath, actions);
        }
        catch (DatabaseException e)
        {
            printer.Warn($"learned destinations are not known: {config.LedgerDbPath} cannot be read: {e.Message}");
            return LearnedSnapshot.Empty;
        }
    }

    // The pipeline's order: action, trust, request, destination, budget, policy, and what policy narrowed (CallPipeline).
    private static async Task<Answer> AskAsync(Question question, string actionId, PolicyDecisionPoint policy, TimeProvider time)
    {
        if (!question.Actions.TryFind(actionId, out var action))
        {
            return Unknown(actionId, question.Actions);
        }

        var trust = CallPipeline.Trust(action);
        if (trust != TrustVerdict.DigestOk)
        {
            return Answer.Refused(trust == TrustVerdict.NotRegistered ? GateFailure.ActionNotRegistered : GateFailure.ActionDigestMismatch, "", policy.PolicyVersion);
        }

        if (question.Body is not { } body)
        {
            return await AskPolicyAsync(question, action, null, policy, time).ConfigureAwait(false);
        }

        if (!ValidatedRequest.TryCreate(action, body, out var request, out var reason))
        {
            return Answer.Refused(GateFailure.SchemaViolation, PlainText.Clean(reason), policy.PolicyVersion);
        }

        using (request)
        {
            return ResolvedTask.TryCreate(request, out var task, out var misfit)
                ? await AskPolicyAsync(question, action, new Resolved(request.Canonical.Digest, task), policy, time).ConfigureAwait(false)
                : Answer.Refused(GateFailure.SchemaViolation, CallPipeline.Explain(misfit), policy.PolicyVersion);
        }
    }

    private static async Task<Answer> AskPolicyAsync(Question question, ActionSpec action, Resolved? call, PolicyDecisionPoint policy, TimeProvider time)
    {
        var egress = new EgressPrecheck(GateStartup.CeilingOf(question.Config), time);
        var rules = question.Learned.RulesOf(action);
        string? unlisted = null;
        if (call is not null && egress.Judge(action, rules, call.Task, question.Principal, out unlisted) is { Allowed: false } closed && unlisted is null)
        {
            return Answer.Refused(CallPipeline.Refusal(in closed), policy.PolicyVersion);
        }

        string? path = null, unlistedPath = null;
        if (action.Files is { } files)
        {
            // Without a request there is no path to judge, and a policy that wants one gets an empty one.
            path = call is not null && call.Task.TryGetPath(out var named) ? named : "";
            var paths = question.Learned.PathRulesOf(action) with { OperatorDeny = FileStartup.DeniedPathsOf(question.Config) };
            if (call is not null && FileJudge.Judge(files, paths, call.Task.FileOperation, path) is { } refused)
            {
                if (refused.Fault != FileFault.PathNotAllowed || !files.AllowLearning)
                {
                    return Answer.Refused(FilePrecheck.Denied(refused), policy.PolicyVersion);
                }

                unlistedPath = path;
            }
        }

        if (question.Calls is <= 0)
        {
            return Answer.Refused(GateFailure.BudgetExhausted, "no calls remaining", policy.PolicyVersion);
        }

        var subject = new CallSubject("", question.Principal, "", "", "", question.Calls is not null, null, null) { Scopes = question.Scopes };
        var explanation = await policy
            .ExplainAsync(PolicyQuestion.Of(
                subject, action, call?.RequestHash ?? Sha256Digest.Of("{}"u8), question.Calls, new Unlisted(unlisted, unlistedPath), path, rules)).ConfigureAwait(false);
        var decision = explanation.Decision;
        var version = decision.PolicyVersion.Length > 0 ? decision.PolicyVersion : policy.PolicyVersion;
        var isAllowed = decision.Outcome == PolicyOutcome.Allow;
        var answer = decision.Outcome == PolicyOutcome.Deny ? Answer.Refused(PolicyQuestion.Refusal(decision), version)
            : PolicyQuestion.WithheldSecret(action, decision) is { } secret
                ? Answer.Refused(GateFailure.PolicyDenied, $"policy withholds the secret '{secret}', which the action needs", version)
            : call is not null && unlisted is null && ApprovedEgress.Within(rules, decision.ApprovedDomains) is var open && !ReferenceEquals(open, rules)
                && egress.Judge(action, open, call.Task, question.Principal, out _) is { Allowed: false } narrowed
                ? Answer.Refused(CallPipeline.Refusal(in narrowed), version)
            : new Answer(isAllowed ? "allow" : "requires_approval", null, "", version) { Exit = isAllowed ? ExitCode.Ok : ExitCode.PendingApproval };
        return answer with
        {
            Rules = explanation.Rules,
            Unlisted = unlisted,
            UnlistedPath = unlistedPath,
            IsStanding = isAllowed && decision.StandingApproval,
            IsRequestJudged = call is not null,
        };
    }

    private static Answer Unknown(string actionId, ActionRegistry actions)
    {
        var nearest = EditDistance.Nearest(actionId, actions.Actions.Select(static action => action.Id));
        throw new CliException(
            ExitCode.Error, "action_not_found", $"There is no action '{actionId}'.",
            nearest is null ? "'latchgate actions' lists the actions." : $"Did you mean '{nearest}'?");
    }

    private static ExitCode Tell(Printer printer, Answer answer, string principal, string action)
    {
        printer.Result(
            json =>
            {
                json.WriteBoolean("ok", answer.Exit == ExitCode.Ok);
                json.WriteString("decision", answer.Decision);
                json.WriteString("principal", principal);
                json.WriteString("action_id", action);
                json.WriteString("policy_version", answer.PolicyVersion);
                if (answer.Code is not null)
                {
                    json.WriteString("error", answer.Code);
                    json.WriteString("deny_reason", answer.Reason);
                }

                json.WriteBoolean("standing_approval", answer.IsStanding);
                json.WriteBoolean("request_judged", answer.IsRequestJudged);
                json.WriteString("unlisted_host", answer.Unlisted);
                json.WriteString("unlisted_path", answer.UnlistedPath);
                json.WriteStartArray("rules");
                foreach (var rule in answer.Rules)
                {
                    json.WriteStartObject();
                    json.WriteString("rule", rule.Rule);
                    json.WriteString("title", rule.Title);
                    json.WriteString("verdict", Word(rule.Verdict));
                    json.WriteString("detail", rule.Detail);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            },
            () => Text(answer));
        if (!answer.IsRequestJudged && answer.Exit != ExitCode.Denied)
        {
            printer.Note("The request was not judged: give it with --input, and its schema and destination are judged as well.");
        }

        switch (answer.Exit)
        {
            case ExitCode.Ok:
                printer.Done(answer.IsStanding ? "allowed, by a standing approval" : "allowed");
                break;
            case ExitCode.PendingApproval:
                printer.Warn("an operator would have to approve it");
                break;
            default:
                printer.Warn($"denied: {answer.Code}: {answer.Reason}");
                break;
        }

        return answer.Exit;
    }

    private static string Text(Answer answer)
    {
        var rows = new List<string[]>();
        foreach (var rule in answer.Rules)
        {
            rows.Add([rule.Rule, Word(rule.Verdict), rule.Title, rule.Detail]);
        }

        return rows.Count == 0 ? "" : Printer.Table(["RULE", "VERDICT", "LOOKS AT", "BECAUSE"], rows);
    }

    private static string Word(RuleVerdict verdict) => verdict switch
    {
        RuleVerdict.Passed => "passed",
        RuleVerdict.Decided => "decided",
        RuleVerdict.NotReached => "not_reached",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "Not a verdict."),
    };

    private sealed record Resolved(Sha256Digest RequestHash, ResolvedTask Task);

    private sealed record Question(
        GateConfig Config, ActionRegistry Actions, LearnedSnapshot Learned, string Principal, ImmutableArray<string> Scopes, long? Calls, ReadOnlyMemory<byte>? Body);

    private sealed record Answer(string Decision, string? Code, string Reason, string PolicyVersion)
    {
        internal required ExitCode Exit { get; init; }

        internal ImmutableArray<ExplainedRule> Rules { get; init; } = [];

        internal string? Unlisted { get; init; }

        internal string? UnlistedPath { get; init; }

        internal bool IsStanding { get; init; }

        internal bool IsRequestJudged { get; init; }

        internal static Answer Refused(Denial denial, string version) => Refused(denial.Failure, denial.Reason ?? "", version);

        internal static Answer Refused(GateFailure failure, string reason, string version) =>
            new("deny", GateFailures.Describe(failure).Code, reason, version) { Exit = ExitCode.Denied, IsRequestJudged = true };
    }
}
