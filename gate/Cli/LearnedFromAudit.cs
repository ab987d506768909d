using System.Globalization;
using System.Text;
using LatchGate.Actions;
using LatchGate.Egress;

namespace LatchGate.Cli;

/// <summary>One destination that lists refuse, gathered from the ledger, and what would open it.</summary>
/// <param name="actionId">The action that asked for it.</param>
/// <param name="target">Scheme, host and port; its path is empty.</param>
internal sealed class RefusedDestination(string actionId, Target target)
{
    private readonly SortedSet<string> _methods = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _reasons = new(StringComparer.Ordinal);

    internal string ActionId { get; } = actionId;

    internal Target Target { get; } = target;

    internal int Count { get; private set; }

    internal string First { get; private set; } = "";

    internal string Last { get; private set; } = "";

    internal IReadOnlyCollection<string> Methods => _methods;

    /// <summary>Why, each once.</summary>
    internal IReadOnlyCollection<string> Reasons => _reasons;

    /// <summary>A deny rule stands above whatever is allowed: no new rule opens it.</summary>
    internal bool IsDenied => _reasons.Contains(EgressReason.DenyRule.Label());

    /// <summary>Counts one hop; hops may come in any order.</summary>
    internal void Add(string reason, string method, string time)
    {
        Count++;
        _reasons.Add(reason);
        _methods.Add(method);
        First = First.Length == 0 || string.CompareOrdinal(time, First) < 0 ? time : First;
        Last = string.CompareOrdinal(time, Last) > 0 ? time : Last;
    }

    /// <summary>The command that opens it while the gate runs; null where only the manifest can.</summary>
    /// <param name="action">The action as this build has it; null when it has none of that id.</param>
    internal string? Command(ActionSpec? action)
    {
        var isLearnable = action is { Egress: { AllowLearning: true, Profile: not EgressProfile.None } } && Target.Address is null;
        var isUnlisted = _reasons.Count == 1 && (_reasons.Contains(EgressReason.HostNotAllowed.Label()) || _reasons.Contains(EgressReason.NoEgress.Label()));

        // Learned hosts are open on https 443 alone, or http 80 where the manifest takes it.
        return isLearnable && isUnlisted && Target is { Scheme: EgressSchemes.Https, Port: 443 } ? $"latchgate domains add {ActionId} {Target.Host}" : null;
    }

    /// <summary>The allow rule that opens this destination and nothing else, as a line of YAML below <c>allow:</c>.</summary>
    internal string Rule()
    {
        var scheme = Target.Scheme == EgressSchemes.Https ? "https" : "http";
        var port = Target.Port == (Target.Scheme == EgressSchemes.Https ? 443 : 80) ? "" : string.Create(CultureInfo.InvariantCulture, $"-{Target.Port}");
        var name = Target.Host.Replace(':', '-');
        name = name.Length + port.Length > 64 ? name[..(64 - port.Length)] : name;
        var line = new StringBuilder("- { name: ").Append(name).Append(port)
            .Append(CultureInfo.InvariantCulture, $", hosts: [\"{Target.Host}\"], ports: [{Target.Port}], schemes: [{scheme}], methods: [{string.Join(", ", _methods)}]");
        return line.Append(" }").ToString();
    }
}

/// <summary>Gathers what lists refuse, or would refuse, from events of the ledger.</summary>
internal static class LearnedFromAudit
{
    /// <summary>One entry for each action and origin, most asked for first.</summary>
    /// <param name="hops">Hops in any order.</param>
    /// <param name="withDenied">Whether hops that were really refused count, beside those that audit mode let through.</param>
    internal static List<RefusedDestination> Gather(IEnumerable<RecordedHop> hops, bool withDenied)
    {
        var found = new Dictionary<string, RefusedDestination>(StringComparer.Ordinal);
        foreach (var hop in hops)
        {
            var reason = hop.WouldDeny ?? (withDenied && hop.Ending == "denied" && IsOfLists(hop.Reason) ? hop.Reason : null);
            if (reason is null || hop.Origin is not { } origin || !Target.Parse(origin, out var target, out _))
            {
                continue;
            }

            var key = $"{hop.ActionId}\n{origin}";
            if (!found.TryGetValue(key, out var entry))
            {
                found.Add(key, entry = new RefusedDestination(hop.ActionId, target));
            }

            entry.Add(reason, hop.Method, hop.Time);
        }

        var entries = new List<RefusedDestination>(found.Values);
        entries.Sort(static (a, b) => a.Count != b.Count ? b.Count.CompareTo(a.Count)
            : string.CompareOrdinal(a.ActionId, b.ActionId) is not 0 and var order ? order : string.CompareOrdinal(a.Target.Origin, b.Target.Origin));
        return entries;
    }

    // The reasons that audit mode forgives (reference/egress.md C3).
    private static bool IsOfLists(string reason) => reason is "deny_rule" or "no_egress" or "host_not_allowed" or "port_not_allowed" or "protocol_not_allowed"
        or "scheme_not_allowed" or "principal_not_allowed" or "method_not_allowed" or "cidr_not_allowed";
}
