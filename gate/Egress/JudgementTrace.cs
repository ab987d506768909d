using System.Diagnostics;

namespace LatchGate.Egress;

/// <summary>The steps of a judgement; the numbers are those of reference/egress.md C3.</summary>
public enum JudgementStep
{
    /// <summary>The text is a URL, in one reading (1 to 5).</summary>
    Url = 5,

    /// <summary>Deny rules on names (6), then the operator's <c>deny</c>.</summary>
    DenyRules = 6,

    /// <summary>Allow rules (7), then the operator's <c>ceiling_hosts</c>.</summary>
    AllowRules = 7,

    /// <summary>The one lookup (8).</summary>
    Lookup = 8,

    /// <summary>Addresses that nothing opens (9).</summary>
    Floor = 9,

    /// <summary>Deny rules on networks (10).</summary>
    DenyNetworks = 10,

    /// <summary>One rule covers all addresses (11).</summary>
    AllowNetworks = 11,

    /// <summary>Caps of bytes, tokens and money (12).</summary>
    Caps = 12,

    /// <summary>Credentials go over https alone (13).</summary>
    Credentials = 13,
}

/// <summary>What one step said.</summary>
/// <param name="Step">The step.</param>
/// <param name="Verdict">
/// Its verdict; in audit mode a refusal stands here although the judgement went on. Its rule is the one that decided, empty where none did.
/// </param>
public sealed record JudgementEntry(JudgementStep Step, EgressVerdict Verdict);

/// <summary>How far one allow rule came.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Reason"><see cref="EgressReason.Allowed"/>, or its first condition that the target misses.</param>
public sealed record RuleMatch(EgressAllowRule Rule, EgressReason Reason);

/// <summary>
/// Notes what the judge says on its way, for <c>egress explain</c>: the very code that judges a request writes it, so it cannot tell another
/// story. Not thread-safe; for one judgement.
/// </summary>
/// <remarks>
/// <code>
/// var trace = new JudgementTrace();
/// trace.Parse(url, out var target);                                      // steps 1 to 5
/// var question = new EgressQuestion(…) { Trace = trace };
/// EgressJudge.JudgeBeforeDns(question, out var permit);                  // 6, 7
/// trace.Add(JudgementStep.Lookup, verdict);                              // 8, by who resolves
/// EgressJudge.JudgeAddresses(permit, addresses, out var route);          // 9 to 11
/// EgressJudge.JudgeCredentials(route, trace);                            // 13
/// </code>
/// A step that is not listed was not reached.
/// </remarks>
public sealed class JudgementTrace
{
    private readonly List<JudgementEntry> _entries = [];
    private readonly List<RuleMatch> _rules = [];

    /// <summary>The steps taken, in order.</summary>
    public IReadOnlyList<JudgementEntry> Entries => _entries;

    /// <summary>The allow rules in force that name the target's host, or no host at all, in manifest order. The others miss by their hosts.</summary>
    public IReadOnlyList<RuleMatch> Rules => _rules;

    /// <summary>The rule that came furthest, the first of equals; null when none names the host.</summary>
    public RuleMatch? Nearest
    {
        get
        {
            RuleMatch? nearest = null;
            foreach (var rule in _rules)
            {
                if (nearest is null || Distance(rule.Reason) > Distance(nearest.Reason))
                {
                    nearest = rule;
                }
            }

            return nearest;
        }
    }

    /// <summary>Reads a URL and notes what came of it.</summary>
    public bool Parse(string url, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Target? target)
    {
        var parsed = Target.Parse(url, out target, out var reason);
        Add(JudgementStep.Url, parsed ? EgressVerdict.Allow("") : EgressVerdict.Refuse(reason));
        return parsed;
    }

    /// <summary>Notes what a step said.</summary>
    public void Add(JudgementStep step, in EgressVerdict verdict)
    {
        Debug.Assert(_entries.Count == 0 || _entries[^1].Step <= step, "Steps come in their order.");
        _entries.Add(new JudgementEntry(step, verdict));
    }

    internal void AddRule(EgressAllowRule rule, EgressReason reason)
    {
        // Its networks may say more about a rule than its lists did.
        for (var i = 0; i < _rules.Count; i++)
        {
            if (ReferenceEquals(_rules[i].Rule, rule))
            {
                _rules[i] = new RuleMatch(rule, reason);
                return;
            }
        }

        _rules.Add(new RuleMatch(rule, reason));
    }

    // Members of EgressReason stand in the order of the checks.
    private static int Distance(EgressReason reason) => reason == EgressReason.Allowed ? int.MaxValue : (int)reason;
}
