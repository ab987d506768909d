using System.Collections.Immutable;

namespace LatchGate.Egress;

/// <summary>
/// Proof that rules list a target's name, port, scheme and method. Only with it may the name be looked up: a lookup
/// of a name that nobody listed would itself carry data out.
/// </summary>
public sealed class LookupPermit
{
    private LookupPermit(EgressQuestion question, ImmutableArray<EgressAllowRule> candidates)
    {
        Question = question;
        Candidates = candidates;
    }

    /// <summary>What was asked.</summary>
    public EgressQuestion Question { get; }

    /// <summary>The rules that may still cover the target, in manifest order; at least one.</summary>
    internal ImmutableArray<EgressAllowRule> Candidates { get; }

    /// <summary>Steps 6 and 7 of reference/egress.md C3: deny rules on names, then allow rules, then the operator's list.</summary>
    internal static EgressVerdict Judge(EgressQuestion question, out LookupPermit? permit)
    {
        permit = null;
        if (TryDeny(question, out var refusal))
        {
            return refusal;
        }

        if (question.Rules.Profile == EgressProfile.None)
        {
            return EgressVerdict.Refuse(EgressReason.NoEgress);
        }

        // How far the best rule came says which list the target misses. Conditions narrow one after another.
        var target = question.Target;
        var furthest = EgressReason.NoEgress;
        var candidates = ImmutableArray.CreateBuilder<EgressAllowRule>();
        foreach (var rule in question.Rules.Allow)
        {
            if (rule.Expires <= question.Now)
            {
                continue;
            }

            var reason = FirstMiss(rule, target, question.Method);
            if (reason == EgressReason.Allowed)
            {
                candidates.Add(rule);
            }
            else if (reason > furthest)
            {
                furthest = reason;
            }
        }

        if (candidates.Count == 0)
        {
            return EgressVerdict.Refuse(furthest);
        }

        if (question.Ceiling.RuntimeAllowlist is { } ceiling && !Matches(ceiling, target))
        {
            return EgressVerdict.Refuse(EgressReason.HostNotAllowed, EgressLayer.Gate);
        }

        permit = new LookupPermit(question, candidates.DrainToImmutable());
        return EgressVerdict.Allow("");
    }

    /// <summary>Whether any pattern covers the host. An address is only covered by its own text, never by a suffix.</summary>
    internal static bool Matches(ImmutableArray<HostPattern> patterns, Target target)
    {
        foreach (var pattern in patterns)
        {
            if ((target.Address is null || pattern.Kind == HostPatternKind.Exact) && pattern.Matches(target.Host))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryDeny(EgressQuestion question, out EgressVerdict refusal)
    {
        foreach (var rule in question.Rules.Deny)
        {
            if (rule.Cidrs.IsEmpty && Matches(rule.Hosts, question.Target))
            {
                refusal = EgressVerdict.Refuse(rule);
                return true;
            }
        }

        refusal = EgressVerdict.Refuse(EgressReason.DenyRule, EgressLayer.Gate);
        return Matches(question.Ceiling.Deny, question.Target);
    }

    // The members of EgressReason stand in the order of these checks, so reasons compare by how far a rule came.
    private static EgressReason FirstMiss(EgressAllowRule rule, Target target, string method)
    {
        // A rule by network alone speaks about addresses; names only count when it says so.
        var listed = rule.Hosts.IsEmpty ? target.Address is not null || rule.Resolve : Matches(rule.Hosts, target);
        if (!listed)
        {
            return EgressReason.HostNotAllowed;
        }

        var open = false;
        foreach (var range in rule.Ports)
        {
            open |= range.Contains(target.Port);
        }

        if (!open)
        {
            return EgressReason.PortNotAllowed;
        }

        if ((rule.Schemes & target.Scheme) == 0)
        {
            return EgressReason.SchemeNotAllowed;
        }

        return rule.Methods.IsEmpty || rule.Methods.Contains(method) ? EgressReason.Allowed : EgressReason.MethodNotAllowed;
    }
}
