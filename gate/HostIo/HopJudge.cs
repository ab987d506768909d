using System.Net;
using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>
/// The judgement of one hop, from its question to the route: names, one lookup, addresses (reference/egress.md C3 steps 6 to 11).
/// A request walks through here, and so does whoever wants to know what would become of one: there is no second account of it.
/// </summary>
internal static class HopJudge
{
    /// <summary>Judges one hop.</summary>
    /// <param name="question">What is asked; its trace takes what each step says.</param>
    /// <param name="resolver">Looks the name up; null stops before the lookup, and the verdict is of the lists alone.</param>
    /// <param name="cancellation">Ends the lookup.</param>
    /// <returns>The verdict, and the route exactly when it allows and addresses were judged.</returns>
    internal static async ValueTask<(EgressVerdict Verdict, JudgedRoute? Route)> JudgeAsync(
        EgressQuestion question, IHostResolver? resolver, CancellationToken cancellation)
    {
        var verdict = EgressJudge.JudgeBeforeDns(in question, out var permit);
        if (permit is null)
        {
            return (verdict, null);
        }

        if (!HttpMethods.IsKnown(question.Method))
        {
            // A rule without a method list means any of those that are plain requests.
            verdict = EgressVerdict.Refuse(EgressReason.MethodNotAllowed);
            question.Trace?.Add(JudgementStep.AllowRules, in verdict);
            return (verdict, null);
        }

        IPAddress[] addresses;
        if (question.Target.Address is { } literal)
        {
            addresses = [literal];
        }
        else if (resolver is null)
        {
            return (verdict, null);
        }
        else
        {
            (var reason, addresses) = await resolver.ResolveAsync(permit, cancellation).ConfigureAwait(false);
            var looked = reason == EgressReason.Allowed ? EgressVerdict.Allow("") : EgressVerdict.Refuse(reason);
            question.Trace?.Add(JudgementStep.Lookup, in looked);
            if (!looked.Allowed)
            {
                return (looked, null);
            }
        }

        verdict = EgressJudge.JudgeAddresses(permit, addresses, out var route);
        return (verdict, route);
    }
}
