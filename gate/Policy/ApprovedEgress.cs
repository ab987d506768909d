using System.Collections.Immutable;
using LatchGate.Egress;

namespace LatchGate.Policy;

/// <summary>
/// The hosts that policy approves bound the call: what the action's rules open beyond them stays closed. Policy names hosts as the
/// action does (<c>api.example.com</c>, <c>.example.com</c>, <c>*.example.com</c>), or a single name that one of those covers.
/// </summary>
internal static class ApprovedEgress
{
    /// <summary>How the question writes that an action's rules name every host.</summary>
    internal const string Everything = "*";

    /// <summary>Whether everything approved was requested.</summary>
    /// <param name="requested">The action's host patterns.</param>
    /// <param name="approved">What policy approves.</param>
    internal static bool Covers(ImmutableArray<string> requested, ImmutableArray<string> approved)
    {
        foreach (var host in approved)
        {
            if (!requested.Contains(host) && !IsBelow(requested, Pattern(host)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// The action's rules within what policy approved; the same rules where that is all of them. A rule that names networks alone stays
    /// only with all others: policy cannot name it.
    /// </summary>
    /// <param name="rules">The action's own.</param>
    /// <param name="approved">The hosts; default where policy approved no network.</param>
    internal static EgressRuleSet Within(EgressRuleSet rules, ImmutableArray<string> approved)
    {
        if (rules.Profile == EgressProfile.None || (!approved.IsDefault && HoldsAll(rules, approved)))
        {
            return rules;
        }

        if (approved.IsDefault)
        {
            approved = [];
        }

        var kept = ImmutableArray.CreateBuilder<EgressAllowRule>();
        foreach (var rule in rules.Allow)
        {
            var hosts = ImmutableArray.CreateBuilder<HostPattern>();
            foreach (var text in approved)
            {
                var pattern = Pattern(text);
                foreach (var host in rule.Hosts)
                {
                    if (host == pattern || (pattern.Kind == HostPatternKind.Exact && host.Kind != HostPatternKind.Exact && host.Matches(pattern.Value)))
                    {
                        hosts.Add(pattern);
                        break;
                    }
                }
            }

            if (rule.Any && approved.Contains(Everything))
            {
                kept.Add(rule);
            }
            else if (hosts.Count > 0)
            {
                kept.Add(rule with { Hosts = hosts.DrainToImmutable() });
            }
        }

        // What policy closed is not a list to be audited.
        return rules with
        {
            Allow = kept.DrainToImmutable(),
            AllowLearning = false,
            Mode = EgressMode.Enforce,
            Default = approved.Contains(Everything) ? rules.Default : EgressDefault.Deny,
        };
    }

    /// <summary>
    /// The rules without the credentials whose secrets policy did not approve. Those that the action cannot do without are checked before:
    /// the call is then refused as a whole.
    /// </summary>
    /// <param name="rules">The action's own.</param>
    /// <param name="approved">The secrets' names.</param>
    internal static EgressRuleSet WithSecrets(EgressRuleSet rules, ImmutableArray<string> approved)
    {
        ImmutableArray<EgressAllowRule>.Builder? changed = null;
        for (var i = 0; i < rules.Allow.Length; i++)
        {
            var kept = rules.Allow[i].Credentials;
            foreach (var credential in rules.Allow[i].Credentials)
            {
                kept = IsApproved(credential, approved) ? kept : kept.Remove(credential);
            }

            if (kept.Length < rules.Allow[i].Credentials.Length)
            {
                changed ??= rules.Allow.ToBuilder();
                changed[i] = rules.Allow[i] with { Credentials = kept };
            }
        }

        return changed is null ? rules : rules with { Allow = changed.ToImmutable() };
    }

    private static bool IsApproved(CredentialBinding credential, ImmutableArray<string> approved)
    {
        foreach (var name in credential.SecretNames())
        {
            if (!approved.Contains(name))
            {
                return false;
            }
        }

        return true;
    }

    private static bool HoldsAll(EgressRuleSet rules, ImmutableArray<string> approved)
    {
        if (rules.OpensAll && !approved.Contains(Everything))
        {
            return false;
        }

        foreach (var rule in rules.Allow)
        {
            foreach (var host in rule.Hosts)
            {
                var isHeld = false;
                foreach (var text in approved)
                {
                    isHeld |= Writes(text, host);
                }

                if (!isHeld)
                {
                    return false;
                }
            }
        }

        return true;
    }

    // Whether the text is how the question writes the pattern.
    private static bool Writes(string text, HostPattern host)
    {
        var prefix = host.Kind switch
        {
            HostPatternKind.Suffix => ".",
            HostPatternKind.OneLabel => "*.",
            _ => "",
        };
        return text.Length == prefix.Length + host.Value.Length && text.StartsWith(prefix, StringComparison.Ordinal) && text.EndsWith(host.Value, StringComparison.Ordinal);
    }

    private static bool IsBelow(ImmutableArray<string> requested, HostPattern approved)
    {
        foreach (var text in requested)
        {
            var pattern = Pattern(text);
            if (approved.Kind == HostPatternKind.Exact && pattern.Kind != HostPatternKind.Exact && pattern.Matches(approved.Value))
            {
                return true;
            }
        }

        return false;
    }

    // The inverse of how the question writes an action's patterns.
    private static HostPattern Pattern(string text) => text switch
    {
        ['*', '.', ..] => new HostPattern(HostPatternKind.OneLabel, text[2..]),
        ['.', ..] => new HostPattern(HostPatternKind.Suffix, text[1..]),
        _ => new HostPattern(HostPatternKind.Exact, text),
    };
}
