using System.Collections.Immutable;
using System.Net;

namespace LatchGate.Egress;

/// <summary>
/// Proof that a target and every address of it were judged and allowed by one rule. Only this can be connected, and
/// only to these addresses.
/// </summary>
public sealed class JudgedRoute
{
    private JudgedRoute(EgressQuestion question, string rule, ImmutableArray<IPAddress> addresses)
    {
        Target = question.Target;
        Principal = question.Principal;
        Action = question.Action;
        Rule = rule;
        Addresses = addresses;
    }

    /// <summary>Where to.</summary>
    public Target Target { get; }

    /// <summary>For whom.</summary>
    public string Principal { get; }

    /// <summary>In which action.</summary>
    public string Action { get; }

    /// <summary>The rule that covers all addresses.</summary>
    public string Rule { get; }

    /// <summary>The judged addresses without duplicates, in the resolver's order; IPv4-mapped ones as IPv4. At least one.</summary>
    public ImmutableArray<IPAddress> Addresses { get; }

    /// <summary>Whether a connected socket's remote end is one that was judged; a dual-mode socket's mapped form is unwrapped.</summary>
    public bool IsPinned(IPEndPoint remote) => remote.Port == Target.Port && Addresses.Contains(Unmapped(remote.Address));

    /// <summary>Steps 9 to 11 of reference/egress.md C3: the floor, deny rules on networks, then one rule for all addresses.</summary>
    internal static EgressVerdict Judge(LookupPermit permit, ReadOnlySpan<IPAddress> answers, out JudgedRoute? route)
    {
        route = null;
        var question = permit.Question;
        var addresses = Distinct(answers);
        if (addresses.IsEmpty)
        {
            return EgressVerdict.Refuse(EgressReason.DnsEmpty);
        }

        var kinds = new AddressKind[addresses.Length];
        var publics = 0;
        for (var i = 0; i < kinds.Length; i++)
        {
            kinds[i] = AddressClassifier.Classify(addresses[i], question.Ceiling.Nat64Prefixes);
            publics += kinds[i].Tier == AddressTier.Public ? 1 : 0;
        }

        var mixed = publics > 0 && publics < kinds.Length;
        if (TryFloor(question, addresses, kinds, mixed, out var refusal) || TryDeny(question, addresses, kinds, mixed, out refusal))
        {
            return refusal;
        }

        // Like the lists before the lookup: the furthest that one rule came is the reason.
        var opened = false;
        AddressKind? blocked = null;
        foreach (var rule in permit.Candidates)
        {
            if (FirstClosed(rule, question.Ceiling, addresses, kinds) is { } closed)
            {
                blocked ??= closed;
                continue;
            }

            opened = true;
            if (CoversAll(rule, addresses))
            {
                route = new JudgedRoute(question, rule.Name, addresses);
                return EgressVerdict.Allow(rule.Name, kinds[0], mixed);
            }
        }

        return opened
            ? EgressVerdict.Refuse(EgressReason.CidrNotAllowed, mixed: mixed)
            : EgressVerdict.Refuse(EgressReason.PrivateTarget, address: blocked, mixed: mixed);
    }

    // Never opened, whatever rules say. Each test is made on all addresses before the next, so the gravest is named.
    private static bool TryFloor(
        EgressQuestion question, ImmutableArray<IPAddress> addresses, AddressKind[] kinds, bool mixed, out EgressVerdict refusal)
    {
        foreach (var kind in kinds)
        {
            if (kind.Class == AddressClass.Metadata)
            {
                refusal = EgressVerdict.Refuse(EgressReason.MetadataTarget, address: kind, mixed: mixed);
                return true;
            }
        }

        foreach (var address in addresses)
        {
            if (IsGateLocal(question, address))
            {
                var kind = new AddressKind(AddressClass.GateIfaddr, ThroughNat64: false);
                refusal = EgressVerdict.Refuse(EgressReason.GateLocal, address: kind, mixed: mixed);
                return true;
            }
        }

        foreach (var kind in kinds)
        {
            if (kind.Tier == AddressTier.Never)
            {
                refusal = EgressVerdict.Refuse(EgressReason.PrivateTarget, address: kind, mixed: mixed);
                return true;
            }
        }

        refusal = default;
        return false;
    }

    private static bool IsGateLocal(EgressQuestion question, IPAddress address)
    {
        var ceiling = question.Ceiling;
        var reached = AddressClassifier.Unwrap(address, ceiling.Nat64Prefixes);
        foreach (var own in ceiling.GateAddresses)
        {
            if (Unmapped(own).Equals(reached))
            {
                return true;
            }
        }

        foreach (var endpoint in ceiling.GateEndpoints)
        {
            if (endpoint.Port == question.Target.Port && Unmapped(endpoint.Address).Equals(reached))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryDeny(
        EgressQuestion question, ImmutableArray<IPAddress> addresses, AddressKind[] kinds, bool mixed, out EgressVerdict refusal)
    {
        foreach (var rule in question.Rules.Deny)
        {
            if (rule.Cidrs.IsEmpty || (!rule.Hosts.IsEmpty && !LookupPermit.Matches(rule.Hosts, question.Target)))
            {
                continue;
            }

            for (var i = 0; i < addresses.Length; i++)
            {
                if (Within(rule.Cidrs, addresses[i]))
                {
                    refusal = EgressVerdict.Refuse(rule, kinds[i], mixed);
                    return true;
                }
            }
        }

        refusal = default;
        return false;
    }

    // The first special address that this rule and the operator do not both open.
    private static AddressKind? FirstClosed(
        EgressAllowRule rule, EgressCeiling ceiling, ImmutableArray<IPAddress> addresses, AddressKind[] kinds)
    {
        for (var i = 0; i < kinds.Length; i++)
        {
            if (kinds[i].Tier != AddressTier.Public && !(rule.AllowPrivateTargets && Within(ceiling.PrivateCidrs, addresses[i])))
            {
                return kinds[i];
            }
        }

        return null;
    }

    private static bool CoversAll(EgressAllowRule rule, ImmutableArray<IPAddress> addresses)
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
        foreach (var network in networks)
        {
            if (network.Contains(address))
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
}
