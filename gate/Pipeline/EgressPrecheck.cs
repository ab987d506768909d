using System.Collections.Immutable;
using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Policy;
using LatchGate.HostIo;

namespace LatchGate.Pipeline;

/// <summary>
/// Judges a task's destination before anything is spent on it: names, and addresses that are written out. Nothing is looked
/// up here; the host judges again, with the looked-up addresses, when the provider asks (reference/kernel.md §3.1, step 5).
/// </summary>
internal sealed class EgressPrecheck(EgressCeiling ceiling, TimeProvider time)
{
    /// <summary>Judges the task's URL under the manifest's rules alone.</summary>
    /// <inheritdoc cref="Judge(ActionSpec, EgressRuleSet, ResolvedTask, string, out string?)"/>
    internal EgressVerdict Judge(ActionSpec action, ResolvedTask task, string principal, out string? unlisted) =>
        Judge(action, action.Egress, task, principal, out unlisted);

    /// <summary>Judges the task's URL.</summary>
    /// <param name="action">The action.</param>
    /// <param name="rules">Its ways out: learned hosts included, or narrowed by policy.</param>
    /// <param name="task">What the provider will get.</param>
    /// <param name="principal">Who asks.</param>
    /// <param name="unlisted">The host, if it is refused only for being unlisted and the action permits learning: policy then asks a human.</param>
    internal EgressVerdict Judge(ActionSpec action, EgressRuleSet rules, ResolvedTask task, string principal, out string? unlisted)
    {
        unlisted = null;
        if (rules.Profile == EgressProfile.None || !task.TryGetUrl(out var url))
        {
            // A task without a URL reaches the network through the provider's own request, or not at all.
            return EgressVerdict.Allow("");
        }

        if (!Target.Parse(url, out var target, out var reason))
        {
            return EgressVerdict.Refuse(reason);
        }

        var question = new EgressQuestion(rules, ceiling, target, task.Method, principal, action.Id, time.GetUtcNow());
        var verdict = EgressJudge.JudgeBeforeDns(question, out var permit);
        if (permit is null)
        {
            // Only what the action's own rules lack may be asked for; the operator's ceiling is not open to question.
            var isUnlisted = verdict.Reason is EgressReason.HostNotAllowed or EgressReason.NoEgress && verdict.Layer == EgressLayer.Kernel;
            unlisted = isUnlisted && rules.AllowLearning ? target.Host : null;
            return verdict;
        }

        return target.Address is { } literal ? EgressJudge.JudgeAddresses(permit, [literal], out _) : verdict;
    }

    /// <summary>What is recorded of a destination that was refused here. Its fingerprint is that of a request without body: none was made.</summary>
    internal EgressRecord RecordOf(ResolvedTask task, EgressRuleSet rules, in EgressVerdict verdict)
    {
        var now = time.GetUtcNow();
        var target = task.TryGetUrl(out var url) && Target.Parse(url, out var read, out _) ? read : null;
        return EgressRecord.Refused(in verdict, target, task.Method, hop: 0, now, ceiling.Audits(rules, now)) with
        {
            Fingerprint = target is null ? null : EgressFingerprint.Of(task.Method, target, verdict.Rule, Sha256Digest.Of([])),
        };
    }

    /// <summary>The host patterns of an action's rules as text, with <c>*</c> where they name every host; default where the action has no network.</summary>
    internal static ImmutableArray<string> DomainsOf(EgressRuleSet rules)
    {
        if (rules.Profile == EgressProfile.None)
        {
            return default;
        }

        var domains = ImmutableArray.CreateBuilder<string>();
        foreach (var rule in rules.Allow)
        {
            foreach (var host in rule.Hosts)
            {
                domains.Add(host.Kind switch
                {
                    HostPatternKind.Suffix => "." + host.Value,
                    HostPatternKind.OneLabel => "*." + host.Value,
                    _ => host.Value,
                });
            }
        }

        if (rules.OpensAll)
        {
            domains.Add(ApprovedEgress.Everything);
        }

        return domains.ToImmutable();
    }
}
