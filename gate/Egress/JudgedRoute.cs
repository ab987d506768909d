using System.Collections.Immutable;
using System.Net;

namespace LatchGate.Egress;

/// <summary>
/// Proof that a target and every address of it were judged and allowed by one rule. Only this can be connected, and
/// only to these addresses.
/// </summary>
public sealed class JudgedRoute
{
    private const int StackKinds = 64;

    private JudgedRoute(in EgressQuestion question, EgressAllowRule rule, ImmutableArray<IPAddress> addresses, EgressReason? wouldDeny)
    {
        Target = question.Target;
        Principal = question.Principal;
        Action = question.Action;
        AllowRule = rule;
        Addresses = addresses;
        WouldDeny = wouldDeny;
    }

    /// <summary>Where to.</summary>
    public Target Target { get; }

    /// <summary>For whom.</summary>
    public string Principal { get; }

    /// <summary>In which action.</summary>
    public string Action { get; }

    /// <summary>The name of the rule that covers all addresses.</summary>
    public string Rule => AllowRule.Name;

    /// <summary>
    /// The rule that covers all addresses: its caps and its CA file hold for the connection. Credentials are in <see cref="Credentials"/>.
    /// </summary>
    public EgressAllowRule AllowRule { get; }

    /// <summary>The list refusal that audit mode let through; null where the rules allow.</summary>
    public EgressReason? WouldDeny { get; }

    /// <summary>The credentials that requests over this route get; a forgiven one gets none.</summary>
    public ImmutableArray<CredentialBinding> Credentials => WouldDeny is null ? AllowRule.Credentials : [];

    /// <summary>The judged addresses without duplicates, in the resolver's order; IPv4-mapped ones as IPv4. At least one.</summary>
    public ImmutableArray<IPAddress> Addresses { get; }

    /// <summary>Whether a connected socket's remote end is one that was judged; a dual-mode socket's mapped form is unwrapped.</summary>
    public bool IsPinned(IPEndPoint remote) => remote.Port == Target.Port && Addresses.Contains(Unmapped(remote.Address));

    /// <summary>Steps 9 to 11 of reference/egress.md C3: the floor, deny rules on networks, then one rule for all addresses.</summary>
    internal static EgressVerdict Judge(LookupPermit permit, ReadOnlySpan<IPAddress> answers, out JudgedRoute? route)
    {
        route = null;
        var question = permit.Question;
        var trace = question.Trace;
        if (answers.IsEmpty)
        {
            return EgressVerdict.Refuse(EgressReason.DnsEmpty);
        }

        var kinds = answers.Length <= StackKinds ? stackalloc AddressKind[answers.Length] : new AddressKind[answers.Length];
        var publics = 0;
        for (var i = 0; i < kinds.Length; i++)
        {
            kinds[i] = AddressClassifier.Classify(answers[i], question.Ceiling.Nat64Prefixes);
            publics += kinds[i].Tier == AddressTier.Public ? 1 : 0;
        }

        var addresses = new Judged(answers, kinds, publics > 0 && publics < kinds.Length);
        if (TryFloor(question, addresses, out var refusal))
        {
            trace?.Add(JudgementStep.Floor, refusal);
            return refusal;
        }

        trace?.Add(JudgementStep.Floor, EgressVerdict.Allow("", kinds[0], addresses.Mixed));
        var forgiven = permit.Forgiven;
        if (TryDeny(question, addresses, out refusal))
        {
            trace?.Add(JudgementStep.DenyNetworks, refusal);
            if (!question.IsAudited)
            {
                return refusal;
            }

            forgiven ??= refusal;
        }
        else
        {
            trace?.Add(JudgementStep.DenyNetworks, EgressVerdict.Allow(""));
        }

        var rule = Find(permit, addresses, out refusal);
        if (rule is null && question.IsAudited && refusal.Reason == EgressReason.CidrNotAllowed)
        {
            trace?.Add(JudgementStep.AllowNetworks, refusal);
            forgiven ??= refusal;
            var closed = FirstClosed(LookupPermit.Audited, question.Ceiling, addresses);
            rule = closed is null ? LookupPermit.Audited : null;
            refusal = EgressVerdict.Refuse(EgressReason.PrivateTarget, address: closed, mixed: addresses.Mixed);
        }

        var verdict = rule is null ? refusal : EgressVerdict.Pass(rule.Name, forgiven, kinds[0], addresses.Mixed);
        trace?.Add(JudgementStep.AllowNetworks, verdict);
        route = rule is null ? null : new JudgedRoute(question, rule, Distinct(answers), forgiven?.Reason);
        return verdict;
    }

    // Never opened, whatever rules say. Each test is made on all addresses before the next, so the gravest is named.
    private static bool TryFloor(in EgressQuestion question, in Judged judged, out EgressVerdict refusal)
    {
        foreach (var kind in judged.Kinds)
        {
            if (kind.Class == AddressClass.Metadata)
            {
                refusal = EgressVerdict.Refuse(EgressReason.MetadataTarget, address: kind, mixed: judged.Mixed);
                return true;
            }
        }

        foreach (var address in judged.Addresses)
        {
            if (IsGateLocal(question, address))
            {
                var kind = new AddressKind(AddressClass.GateIfaddr, ThroughNat64: false);
                refusal = EgressVerdict.Refuse(EgressReason.GateLocal, address: kind, mixed: judged.Mixed);
                return true;
            }
        }

        foreach (var kind in judged.Kinds)
        {
            if (kind.Tier == AddressTier.Never)
            {
                refusal = EgressVerdict.Refuse(EgressReason.PrivateTarget, address: kind, mixed: judged.Mixed);
                return true;
            }
        }

        refusal = default;
        return false;
    }

    internal static bool IsGateLocal(in EgressQuestion question, IPAddress address)
    {
        var ceiling = question.Ceiling;
        foreach (var own in ceiling.GateAddresses)
        {
            if (AddressClassifier.EndsAt(address, own, ceiling.Nat64Prefixes))
            {
                return true;
            }
        }

        foreach (var endpoint in ceiling.GateEndpoints)
        {
            if (endpoint.Port == question.Target.Port && AddressClassifier.EndsAt(address, endpoint.Address, ceiling.Nat64Prefixes))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryDeny(in EgressQuestion question, in Judged judged, out EgressVerdict refusal)
    {
        refusal = default;
        if (!question.Rules.Index.HasDeniedNetworks)
        {
            return false;
        }

        foreach (var rule in question.Rules.Deny)
        {
            if (rule.Cidrs.IsEmpty || (!rule.Hosts.IsEmpty && !LookupPermit.Matches(rule.Hosts, question.Target)) || !LookupPermit.IsAgainst(rule, question))
            {
                continue;
            }

            for (var i = 0; i < judged.Addresses.Length; i++)
            {
                if (Within(rule.Cidrs, judged.Addresses[i]))
                {
                    refusal = EgressVerdict.Refuse(rule, judged.Kinds[i], judged.Mixed);
                    return true;
                }
            }
        }

        return false;
    }

    // The first rule that covers all addresses. Like the lists before the lookup: the furthest that one rule came is the reason.
    private static EgressAllowRule? Find(LookupPermit permit, in Judged judged, out EgressVerdict refusal)
    {
        refusal = default;
        var opened = false;
        AddressKind? blocked = null;
        foreach (var rule in permit.Candidates)
        {
            if (FirstClosed(rule, permit.Question.Ceiling, judged) is { } closed)
            {
                blocked ??= closed;
                permit.Question.Trace?.AddRule(rule, EgressReason.PrivateTarget);
            }
            else if (CoversAll(rule, judged.Addresses))
            {
                return rule;
            }
            else
            {
                opened = true;
                permit.Question.Trace?.AddRule(rule, EgressReason.CidrNotAllowed);
            }
        }

        refusal = opened
            ? EgressVerdict.Refuse(EgressReason.CidrNotAllowed, mixed: judged.Mixed)
            : EgressVerdict.Refuse(EgressReason.PrivateTarget, address: blocked, mixed: judged.Mixed);
        return null;
    }

    // The first special address that this rule and the operator do not both open.
    private static AddressKind? FirstClosed(EgressAllowRule rule, EgressCeiling ceiling, in Judged judged)
    {
        for (var i = 0; i < judged.Kinds.Length; i++)
        {
            if (judged.Kinds[i].Tier != AddressTier.Public && !(rule.AllowPrivateTargets && Within(ceiling.PrivateCidrs, judged.Addresses[i])))
            {
                return judged.Kinds[i];
            }
        }

        return null;
    }

    private static bool CoversAll(EgressAllowRule rule, ReadOnlySpan<IPAddress> addresses)
    {
        if (rule.Cidrs.IsEmpty)
        {
            return true;
        }

        foreach (var address in addresses)
        {
            if (!Within(rule.Cidrs, address))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Within(ImmutableArray<Cidr> networks, IPAddress address)
    {
        if (networks.IsEmpty)
        {
            return false;
        }

        Span<byte> buffer = stackalloc byte[16];
        var bytes = Cidr.BytesOf(address, buffer);
        foreach (var network in networks)
        {
            if (network.Contains(bytes))
            {
                return true;
            }
        }

        return false;
    }

    private static ImmutableArray<IPAddress> Distinct(ReadOnlySpan<IPAddress> answers)
    {
        var distinct = ImmutableArray.CreateBuilder<IPAddress>(answers.Length);
        foreach (var answer in answers)
        {
            var address = Unmapped(answer);
            if (!distinct.Contains(address))
            {
                distinct.Add(address);
            }
        }

        return distinct.DrainToImmutable();
    }

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    // The answers with their kinds; duplicates do no harm here.
    private readonly ref struct Judged(ReadOnlySpan<IPAddress> addresses, ReadOnlySpan<AddressKind> kinds, bool mixed)
    {
        internal ReadOnlySpan<IPAddress> Addresses { get; } = addresses;

        internal ReadOnlySpan<AddressKind> Kinds { get; } = kinds;

        internal bool Mixed { get; } = mixed;
    }
}
