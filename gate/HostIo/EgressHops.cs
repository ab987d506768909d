using LatchGate.Crypto;
using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>Turns what one guest's request came to into a record for each hop: those that reached the network, then the refusal that ended it.</summary>
internal static class EgressHops
{
    /// <summary>Appends the hops of one request.</summary>
    /// <param name="hops">The execution's records.</param>
    /// <param name="evidence">The execution's evidence.</param>
    /// <param name="from">Where the request's own evidence begins.</param>
    /// <param name="outcome">How the request ended.</param>
    /// <param name="request">What the guest asked for.</param>
    /// <param name="started">When it asked.</param>
    /// <param name="finished">When it was answered.</param>
    /// <param name="audited">Whether the lists only recorded.</param>
    internal static void Append(
        List<EgressRecord> hops, List<EffectEvidence> evidence, int from, in HttpOutcome outcome, HostHttpRequest request, DateTimeOffset started, DateTimeOffset finished,
        bool audited)
    {
        for (var i = from; i < evidence.Count; i++)
        {
            hops.Add(Of(evidence[i], i - from, audited));
        }

        // An exchange that failed tells so itself; whatever else refused did it without the network.
        var isTold = evidence.Count > from && evidence[^1].Outcome != EgressReason.Allowed;
        if (outcome.Verdict.Allowed || isTold)
        {
            return;
        }

        hops.Add(EgressRecord.Refused(outcome.Verdict, outcome.Target, outcome.Method, evidence.Count - from, finished, audited) with
        {
            StartedAt = evidence.Count > from ? evidence[^1].FinishedAt : started,
            Fingerprint = outcome.Target is { } target
                ? EgressFingerprint.Of(outcome.Method, target, outcome.Verdict.Rule, Sha256Digest.Of((request.Body ?? default).Span))
                : null,
        });
    }

    private static EgressRecord Of(EffectEvidence seen, int hop, bool audited) => new()
    {
        Audited = audited,
        WouldDeny = seen.Verdict.WouldDeny,
        Method = seen.Method,
        Target = seen.Target,
        Reason = seen.Outcome == EgressReason.Allowed ? seen.Verdict.Reason : seen.Outcome,
        Rule = seen.Rule,
        Layer = seen.Outcome == EgressReason.Allowed ? seen.Verdict.Layer : seen.Layer,
        Address = seen.Verdict.Address,
        Mixed = seen.Verdict.Mixed,
        Hop = hop,
        Fingerprint = seen.Fingerprint,
        Sent = seen.WireSent > 0 || seen.Status is not null,
        Injected = seen.Injected,
        Collided = seen.Collided,
        Status = seen.Status,
        Peer = seen.Peer,
        BytesUp = seen.WireSent,
        BytesDown = seen.WireReceived,
        StartedAt = seen.StartedAt,
        FinishedAt = seen.FinishedAt,
    };
}
