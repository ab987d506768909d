using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Numerics;

namespace LatchGate.Egress;

/// <summary>
/// Proof that rules list a target's name, port, scheme and method. Only with it may the name be looked up: a lookup
/// of a name that nobody listed would itself carry data out.
/// </summary>
public sealed class LookupPermit
{
    // A target that no rule names, let through by default: allow. It opens no special address and carries no credential.
    private static readonly EgressAllowRule DefaultRule = Unlisted("(default)", special: false);

    // A target that enforcing would refuse, in audit mode: the operator's ceiling alone opens special addresses to it.
    private static readonly EgressAllowRule AuditRule = Unlisted("(audit)", special: true);

    private LookupPermit(in EgressQuestion question, ImmutableArray<EgressAllowRule> candidates, EgressVerdict? forgiven)
    {
        Question = question;
        Candidates = candidates;
        Forgiven = forgiven;
    }

    /// <summary>What was asked.</summary>
    public EgressQuestion Question { get; }

    /// <summary>The refusal that audit mode let through; null where the rules allow.</summary>
    public EgressVerdict? Forgiven { get; }

    /// <summary>The rules that may still cover the target, in manifest order; at least one.</summary>
    internal ImmutableArray<EgressAllowRule> Candidates { get; }

    /// <summary>The rule that stands for none, where a refusal by networks is let through.</summary>
    internal static EgressAllowRule Audited => AuditRule;

    /// <summary>Steps 6 and 7 of reference/egress.md C3: deny rules on names, then allow rules, then the operator's list.</summary>
    internal static EgressVerdict Judge(in EgressQuestion question, out LookupPermit? permit)
    {
        permit = null;
        EgressVerdict? forgiven = null;
        if (FindDeny(question) is { } rule)
        {
            var refusal = EgressVerdict.Refuse(rule);
            question.Trace?.Add(JudgementStep.DenyRules, refusal);
            if (!question.IsAudited)
            {
                return refusal;
            }

            forgiven = refusal;
        }

        if (question.Ceiling.DeniedHosts.Names(question.Target))
        {
            return Traced(question, JudgementStep.DenyRules, EgressVerdict.Refuse(EgressReason.DenyRule, EgressLayer.Gate));
        }

        if (forgiven is null)
        {
            question.Trace?.Add(JudgementStep.DenyRules, EgressVerdict.Allow(""));
        }

        if (question.Rules.Profile == EgressProfile.None)
        {
            return Traced(question, JudgementStep.AllowRules, EgressVerdict.Refuse(EgressReason.NoEgress));
        }

        var candidates = Match(question, out var furthest);
        var isBeyondCeiling = question.Ceiling.CeilingHosts is { } ceiling && !ceiling.Names(question.Target);
        if (candidates.IsEmpty && !(isBeyondCeiling && furthest == EgressReason.CidrNotAllowed))
        {
            var refusal = EgressVerdict.Refuse(furthest);
            question.Trace?.Add(JudgementStep.AllowRules, refusal);
            if (!question.IsAudited)
            {
                return refusal;
            }

            forgiven ??= refusal;
            candidates = [AuditRule];
        }

        if (isBeyondCeiling)
        {
            return Traced(question, JudgementStep.AllowRules, EgressVerdict.Refuse(EgressReason.HostNotAllowed, EgressLayer.Gate));
        }

        permit = new LookupPermit(question, candidates, forgiven);
        return Traced(question, JudgementStep.AllowRules, EgressVerdict.Pass("", forgiven));
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

    /// <summary>Whether a deny rule that names the host is against this port and principal too.</summary>
    internal static bool IsAgainst(EgressDenyRule rule, in EgressQuestion question) =>
        (rule.Ports.IsEmpty || Covers(rule.Ports, question.Target.Port)) && (rule.Principals.IsEmpty || IsFor(rule.Principals, question));

    private static EgressDenyRule? FindDeny(in EgressQuestion question)
    {
        var rules = question.Rules.Deny;
        if (rules.IsEmpty)
        {
            return null;
        }

        var words = EgressRuleIndex.Words(rules.Length);
        var marks = words <= EgressRuleIndex.StackWords ? stackalloc ulong[words] : new ulong[words];
        question.Rules.Index.MarkDeny(question.Target, marks);
        for (var word = 0; word < words; word++)
        {
            for (var rest = marks[word]; rest != 0; rest &= rest - 1)
            {
                var rule = rules[(word * 64) + BitOperations.TrailingZeroCount(rest)];
                if (rule.Cidrs.IsEmpty && IsAgainst(rule, question))
                {
                    return rule;
                }
            }
        }

        return null;
    }

    // How far the best rule came says which list the target misses. Conditions narrow one after another.
    private static ImmutableArray<EgressAllowRule> Match(in EgressQuestion question, out EgressReason furthest)
    {
        var rules = question.Rules.Allow;
        var index = question.Rules.Index;
        furthest = question.Now < index.LastExpiry ? EgressReason.HostNotAllowed : EgressReason.NoEgress;
        var words = EgressRuleIndex.Words(rules.Length);
        var marks = words <= EgressRuleIndex.StackWords ? stackalloc ulong[words] : new ulong[words];
        if (MayLookUpNetworks(question, out var address))
        {
            index.MarkAllow(question.Target, address, marks);
            foreach (var group in index.NetworkGroups)
            {
                var reason = rules[group].Expires <= question.Now ? EgressReason.NoEgress : FirstMiss(rules[group], question);
                reason = reason == EgressReason.Allowed ? EgressReason.CidrNotAllowed : reason;
                furthest = reason > furthest ? reason : furthest;
            }
        }
        else
        {
            index.MarkAllow(question.Target, marks);
        }

        var count = 0;
        for (var word = 0; word < words; word++)
        {
            for (var rest = marks[word]; rest != 0; rest &= rest - 1)
            {
                var rule = rules[(word * 64) + BitOperations.TrailingZeroCount(rest)];
                var reason = rule.Expires <= question.Now ? EgressReason.NoEgress : FirstMiss(rule, question);
                if (reason == EgressReason.Allowed)
                {
                    count++;
                }
                else
                {
                    furthest = reason > furthest ? reason : furthest;
                    marks[word] &= ~(rest & (0 - rest));
                }

                if (reason != EgressReason.NoEgress)
                {
                    question.Trace?.AddRule(rule, reason);
                }
            }
        }

        var isOpen = question.Rules.Default == EgressDefault.Allow && question.Ceiling.OpenEgress;
        if (count == 0 && !isOpen)
        {
            return [];
        }

        var candidates = ImmutableArray.CreateBuilder<EgressAllowRule>(count + (isOpen ? 1 : 0));
        for (var word = 0; word < words; word++)
        {
            for (var rest = marks[word]; rest != 0; rest &= rest - 1)
            {
                candidates.Add(rules[(word * 64) + BitOperations.TrailingZeroCount(rest)]);
            }
        }

        if (isOpen)
        {
            candidates.Add(DefaultRule);
        }

        return candidates.DrainToImmutable();
    }

    // Whether rules whose networks do not hold the literal can be passed over: no other reason would come before cidr_not_allowed, were
    // they kept until addresses are judged. A trace is to see each of them.
    private static bool MayLookUpNetworks(in EgressQuestion question, [NotNullWhen(true)] out IPAddress? address)
    {
        address = question.Target.Address;
        var index = question.Rules.Index;
        return address is not null && question.Trace is null && index.HasNetworks && !index.HasDeniedNetworks
            && AddressClassifier.Classify(address, question.Ceiling.Nat64Prefixes).Tier == AddressTier.Public && !JudgedRoute.IsGateLocal(question, address);
    }

    // The members of EgressReason stand in the order of these checks, so reasons compare by how far a rule came.
    private static EgressReason FirstMiss(EgressAllowRule rule, in EgressQuestion question)
    {
        var target = question.Target;

        // A rule by network alone speaks about addresses; names only count when it says so.
        var isListed = !rule.Hosts.IsEmpty || (rule.Any ? question.Ceiling.OpenEgress : target.Address is not null || rule.Resolve);
        return !isListed ? EgressReason.HostNotAllowed
            : !Covers(rule.Ports, target.Port) ? EgressReason.PortNotAllowed
            : rule.Protocol != question.Protocol ? EgressReason.ProtocolNotAllowed
            : (rule.Schemes & target.Scheme) == 0 ? EgressReason.SchemeNotAllowed
            : !rule.Principals.IsEmpty && !IsFor(rule.Principals, question) ? EgressReason.PrincipalNotAllowed
            : rule.Methods.IsEmpty || rule.Methods.Contains(question.Method) ? EgressReason.Allowed
            : EgressReason.MethodNotAllowed;
    }

    private static bool IsFor(ImmutableArray<PrincipalSelector> selectors, in EgressQuestion question)
    {
        var labels = question.Ceiling.Principals.Of(question.Principal);
        foreach (var selector in selectors)
        {
            if (selector.Matches(question.Principal, labels))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Covers(ImmutableArray<PortRange> ranges, int port)
    {
        foreach (var range in ranges)
        {
            if (range.Contains(port))
            {
                return true;
            }
        }

        return false;
    }

    private static EgressVerdict Traced(in EgressQuestion question, JudgementStep step, in EgressVerdict verdict)
    {
        question.Trace?.Add(step, verdict);
        return verdict;
    }

    private static EgressAllowRule Unlisted(string name, bool special) => new(
        name, [], [], [new PortRange(1, ushort.MaxValue)], EgressSchemes.Https | EgressSchemes.Http, [], AllowPrivateTargets: special, Resolve: true, Expires: null);
}
