using System.Net;
using LatchGate.Egress;

namespace LatchGate.Fuzz.Oracles;

/// <summary>What a request may do.</summary>
internal enum NaiveVerdict
{
    /// <summary>Nothing.</summary>
    Denied,

    /// <summary>Be sent, though the lists would refuse it: audit mode.</summary>
    Forgiven,

    /// <summary>Be sent.</summary>
    Allowed,
}

/// <summary>The order of reference/egress.md C3, read straight from rules as lists: no index, no hashes, no early exits.</summary>
internal static class NaiveJudge
{
    /// <summary>Whether the name may be looked up: steps 6 and 7.</summary>
    internal static bool MayLookUp(EgressQuestion question) => Candidates(question).Any();

    /// <summary>All steps.</summary>
    internal static NaiveVerdict Judge(EgressQuestion question, IPAddress[] answers)
    {
        var candidates = Candidates(question).ToArray();
        if (candidates.Length == 0 || answers.Length == 0 || answers.Any(address => IsFloored(question, address)))
        {
            return NaiveVerdict.Denied;
        }

        var deniedByNetwork = question.Rules.Deny.Any(rule => !rule.Cidrs.IsEmpty && Hits(rule, question) && answers.Any(address => In(rule.Cidrs, address)));
        var forgiven = IsForgivenBefore(question) || deniedByNetwork;
        if (deniedByNetwork && !question.IsAudited)
        {
            return NaiveVerdict.Denied;
        }

        var open = candidates.Where(rule => answers.All(address => IsOpen(rule.AllowPrivateTargets, question, address))).ToArray();
        if (open.Any(rule => rule.Cidrs.IsEmpty || answers.All(address => In(rule.Cidrs, address))))
        {
            return forgiven ? NaiveVerdict.Forgiven : NaiveVerdict.Allowed;
        }

        // Only a miss of the networks is a list's refusal; a special address stays shut but for the operator's ceiling.
        return question.IsAudited && open.Length > 0 && answers.All(address => IsOpen(true, question, address)) ? NaiveVerdict.Forgiven : NaiveVerdict.Denied;
    }

    private static bool IsForgivenBefore(EgressQuestion question) => DeniedByName(question) || !Listed(question).Any();

    private static bool DeniedByName(EgressQuestion question) => question.Rules.Deny.Any(rule => rule.Cidrs.IsEmpty && Hits(rule, question));

    private static IEnumerable<EgressAllowRule> Candidates(EgressQuestion question)
    {
        var ceiling = question.Ceiling;
        if (Names(ceiling.Deny, question.Target) || question.Rules.Profile == EgressProfile.None
            || (ceiling.RuntimeAllowlist is { } hosts && !Names(hosts, question.Target))
            || (DeniedByName(question) && !question.IsAudited))
        {
            return [];
        }

        var listed = Listed(question).ToArray();
        return listed.Length == 0 && question.IsAudited ? [Stand("audit", special: true)] : listed;
    }

    private static IEnumerable<EgressAllowRule> Listed(EgressQuestion question) =>
        question.Rules.Allow.Where(rule => Lists(rule, question))
            .Concat(question.Rules.Default == EgressDefault.Allow && question.Ceiling.OpenEgress ? [Stand("default", special: false)] : []);

    private static bool Lists(EgressAllowRule rule, EgressQuestion question)
    {
        var target = question.Target;
        var host = !rule.Hosts.IsEmpty ? Names(rule.Hosts, target)
            : rule.Any ? question.Ceiling.OpenEgress
            : target.Address is not null || rule.Resolve;
        return host
            && (rule.Expires is not { } end || question.Now < end)
            && rule.Ports.Any(range => target.Port >= range.From && target.Port <= range.To)
            && rule.Protocol == question.Protocol
            && rule.Schemes.HasFlag(target.Scheme)
            && (rule.Principals.IsEmpty || rule.Principals.Any(selector => Selects(selector, question)))
            && (rule.Methods.IsEmpty || rule.Methods.Contains(question.Method));
    }

    private static bool Hits(EgressDenyRule rule, EgressQuestion question) =>
        (rule.Hosts.IsEmpty || Names(rule.Hosts, question.Target))
        && (rule.Ports.IsEmpty || rule.Ports.Any(range => question.Target.Port >= range.From && question.Target.Port <= range.To))
        && (rule.Principals.IsEmpty || rule.Principals.Any(selector => Selects(selector, question)));

    private static bool Selects(PrincipalSelector selector, EgressQuestion question) =>
        selector.Name is { } name
            ? name == question.Principal
            : selector.Labels.Length > 0 && selector.Labels.All(label => question.Ceiling.Principals.Of(question.Principal).All.Contains(label));

    // By labels from the right; an address is only itself.
    internal static bool Names(IEnumerable<HostPattern> patterns, Target target) => patterns.Any(pattern =>
    {
        if (pattern.Kind == HostPatternKind.Exact || target.Address is not null)
        {
            return pattern.Kind == HostPatternKind.Exact && pattern.Value == target.Host;
        }

        var (host, tail) = (target.Host.Split('.'), pattern.Value.Split('.'));
        var below = host.Length - tail.Length;
        return below >= 0 && host.Skip(below).SequenceEqual(tail) && (pattern.Kind == HostPatternKind.Suffix || below == 1);
    });

    private static bool IsFloored(EgressQuestion question, IPAddress address)
    {
        var end = NaiveAddressTable.EndOf(address);
        return NaiveAddressTable.TierOf(address) == AddressTier.Never
            || question.Ceiling.GateAddresses.Contains(end)
            || question.Ceiling.GateEndpoints.Contains(new IPEndPoint(end, question.Target.Port));
    }

    private static bool IsOpen(bool flag, EgressQuestion question, IPAddress address) =>
        NaiveAddressTable.TierOf(address) == AddressTier.Public || (flag && In(question.Ceiling.PrivateCidrs, address));

    private static bool In(IEnumerable<Cidr> networks, IPAddress address) =>
        NaiveNetworks.Contain(networks.Select(static network => $"{network.Network}/{network.PrefixLength}"), address);

    private static EgressAllowRule Stand(string name, bool special) => new(
        name, [], [], [new PortRange(1, ushort.MaxValue)], EgressSchemes.Https | EgressSchemes.Http, [], AllowPrivateTargets: special, Resolve: true, Expires: null);
}
