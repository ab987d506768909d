namespace LatchGate.Egress;

/// <summary>
/// Decides what may leave, in the order of reference/egress.md C3. Pure: no clock, no network. Its two phases each
/// yield the proof that the next step demands.
/// </summary>
/// <remarks>
/// <code>
/// text ─Target.Parse→ Target ─JudgeBeforeDns→ LookupPermit ─IHostResolver→ addresses ─JudgeAddresses→ JudgedRoute ─→ connect
/// </code>
/// A literal address needs no lookup: its one address goes straight into the second phase. A refusal allocates nothing.
/// </remarks>
public static class EgressJudge
{
    /// <summary>Judges name, port, transport, scheme, principal and method (steps 6 and 7).</summary>
    /// <param name="question">What is asked.</param>
    /// <param name="permit">Not null exactly when the verdict allows.</param>
    public static EgressVerdict JudgeBeforeDns(in EgressQuestion question, out LookupPermit? permit) => LookupPermit.Judge(question, out permit);

    /// <summary>Judges every address of the target (steps 9 to 11).</summary>
    /// <param name="permit">Proof of the first phase.</param>
    /// <param name="answers">The answer of the one lookup, or the literal itself.</param>
    /// <param name="route">Not null exactly when the verdict allows.</param>
    public static EgressVerdict JudgeAddresses(LookupPermit permit, ReadOnlySpan<System.Net.IPAddress> answers, out JudgedRoute? route) =>
        JudgedRoute.Judge(permit, answers, out route);

    /// <summary>
    /// Judges whether the route's credentials may go over it (step 13): https alone. Ask after the caps and before any secret is opened.
    /// </summary>
    public static EgressVerdict JudgeCredentials(JudgedRoute route, JudgementTrace? trace = null)
    {
        var verdict = route.Target.Scheme != EgressSchemes.Https && !route.Credentials.IsEmpty
            ? EgressVerdict.Refuse(EgressReason.CredentialPlaintext, rule: route.Rule)
            : EgressVerdict.Allow(route.Rule);
        trace?.Add(JudgementStep.Credentials, verdict);
        return verdict;
    }
}
