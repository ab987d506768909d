using System.Net;
using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.HostIo;
using LatchGate.Learned;
using LatchGate.Storage;

namespace LatchGate.Cli;

/// <summary>One answer of the judge, with its notes.</summary>
/// <param name="Trace">The steps it took.</param>
/// <param name="Target">The target; null when the text is none.</param>
/// <param name="Verdict">Its last word.</param>
/// <param name="Route">The route; null unless addresses were judged and allowed.</param>
/// <param name="Answers">What the lookup answered.</param>
/// <param name="Nearest">Of a refusal, the rule that came furthest; null when none did.</param>
internal sealed record JudgedQuestion(
    JudgementTrace Trace, Target? Target, EgressVerdict Verdict, JudgedRoute? Route, IReadOnlyList<IPAddress> Answers, NearestRule? Nearest);

/// <summary>Asks the judge without a gate, along the path that a request takes (<see cref="HopJudge"/>).</summary>
internal static class EgressQuestions
{
    /// <summary>Judges one URL.</summary>
    /// <param name="url">As a provider would send it.</param>
    /// <param name="action">The action.</param>
    /// <param name="rules">Its ways out.</param>
    /// <param name="ceiling">The operator's bounds.</param>
    /// <param name="who">Principal and method.</param>
    /// <param name="resolver">Looks names up; null looks none up.</param>
    /// <param name="now">The time at which rules expire.</param>
    /// <param name="cancellation">Ends the lookup.</param>
    internal static async Task<JudgedQuestion> AskAsync(
        string url, ActionSpec action, EgressRuleSet rules, EgressCeiling ceiling, (string Principal, string Method) who, IHostResolver? resolver, DateTimeOffset now,
        CancellationToken cancellation)
    {
        var trace = new JudgementTrace();
        if (!trace.Parse(url, out var target))
        {
            return new JudgedQuestion(trace, null, trace.Entries[^1].Verdict, null, [], null);
        }

        var noting = resolver is null ? null : new NotingResolver(resolver);
        var question = new EgressQuestion(rules, ceiling, target, who.Method, who.Principal, action.Id, now) { Trace = trace };
        var (verdict, route) = await HopJudge.JudgeAsync(question, noting, cancellation).ConfigureAwait(false);
        if (route is not null && EgressJudge.JudgeCredentials(route, trace) is { Allowed: false } plain)
        {
            (verdict, route) = (plain, null);
        }

        return new JudgedQuestion(trace, target, verdict, route, noting?.Answers ?? [], NearestRule.Of(trace, rules, in question, in verdict));
    }

    /// <summary>The action of this build under that id.</summary>
    /// <exception cref="CliException">There is none.</exception>
    internal static ActionSpec Action(ActionRegistry actions, string id)
    {
        if (actions.TryFind(id, out var action))
        {
            return action;
        }

        var ids = new List<string>();
        foreach (var known in actions.Actions)
        {
            ids.Add(known.Id);
        }

        var nearest = EditDistance.Nearest(id, ids);
        throw new CliException(
            ExitCode.Error, "action_not_found", $"There is no action '{id}'.", nearest is null ? "'latchgate actions' lists the actions." : $"Did you mean '{nearest}'?");
    }

    /// <summary>The destinations that operators opened; null where they are somebody else's to read.</summary>
    internal static LearnedSnapshot? Learned(GateConfig config, ActionRegistry actions, Printer printer)
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
            return null;
        }
    }

    // Keeps the answers for whoever reads the explanation.
    private sealed class NotingResolver(IHostResolver inner) : IHostResolver
    {
        internal IPAddress[] Answers { get; private set; } = [];

        public async ValueTask<(EgressReason Reason, IPAddress[] Addresses)> ResolveAsync(LookupPermit permit, CancellationToken cancellation)
        {
            var answer = await inner.ResolveAsync(permit, cancellation).ConfigureAwait(false);
            Answers = answer.Addresses;
            return answer;
        }
    }
}
