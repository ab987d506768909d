using System.Collections.Immutable;
using LatchGate.Policy.Rego;

namespace LatchGate.Policy;

/// <summary>What the policy answers.</summary>
public enum PolicyOutcome
{
    /// <summary>The call is refused.</summary>
    Deny,

    /// <summary>The call waits for a human.</summary>
    RequireApproval,

    /// <summary>The call may go ahead.</summary>
    Allow,
}

/// <summary>
/// The policy's answer to one question. Only a <see cref="PolicyEngine"/> makes one, so holding one proves that the
/// policy was asked (reference/kernel.md §10.3, §10.4).
/// </summary>
public sealed class PolicyDecision
{
    private const string NoReason = "denied by policy (no reason provided)";

    private PolicyDecision(PolicyOutcome outcome, PolicyFault fault, string denyReason)
    {
        Outcome = outcome;
        Fault = fault;
        DenyReason = denyReason;
    }

    /// <summary>Allow, wait for a human, or deny.</summary>
    public PolicyOutcome Outcome { get; }

    /// <summary>Why a denial is not the policy's own; <see cref="PolicyFault.None"/> where it is.</summary>
    public PolicyFault Fault { get; }

    /// <summary>Why the call is denied; empty otherwise. Written by the policy, which may quote what the caller sent.</summary>
    public string DenyReason { get; }

    /// <summary>Effects that the call may have. Empty on a denial.</summary>
    public ImmutableArray<string> AllowedSinks { get; private init; } = [];

    /// <summary>Names of the secrets that the call may use. Never more than were requested. Empty on a denial.</summary>
    public ImmutableArray<string> ApprovedSecrets { get; private init; } = [];

    /// <summary>
    /// Hosts that the call may connect to, as the action's profile names them, or a name below one of its patterns; never
    /// more than were requested. Default (not empty) where it may connect to none.
    /// </summary>
    public ImmutableArray<string> ApprovedDomains { get; private init; }

    /// <summary>Calls left to the session after this one.</summary>
    public long CallsAfter { get; private init; }

    /// <summary>The version of the data that the answer rests on; empty where a denial does not say.</summary>
    public string PolicyVersion { get; internal init; } = "";

    /// <summary>Whether an operator approved this action for this principal in advance; the gate records that as the approval.</summary>
    public bool StandingApproval { get; private init; }

    internal static PolicyDecision Deny(string reason, string version) =>
        new(PolicyOutcome.Deny, PolicyFault.None, reason) { PolicyVersion = version };

    internal static PolicyDecision Failed(PolicyFault fault, string reason, string version = "") =>
        new(PolicyOutcome.Deny, fault, reason) { PolicyVersion = version };

    /// <summary>
    /// Reads the answer of a policy. An answer that allows has to name everything that it allows: what is missing, unknown,
    /// of the wrong type, or more than was requested turns it into a denial.
    /// </summary>
    /// <param name="answer">The answer.</param>
    /// <param name="input">The question.</param>
    /// <param name="dataVersion">The version of the data in force, for a denial; empty where that is not known.</param>
    internal static PolicyDecision Interpret(RegoValue answer, PolicyInput input, string dataVersion = "")
    {
        PolicyDecision Violation(string what) => Failed(PolicyFault.Malformed, $"policy contract violation: {what}", dataVersion);

        if (answer is not RegoObject members || members.Get("allow") is not RegoBoolean allow)
        {
            return Violation("no allow");
        }

        if (UnknownMember(members) is { } unknown)
        {
            return Violation($"unknown member {unknown}");
        }

        if (!allow.Value)
        {
            return members.Get("deny_reason") is null or RegoString
                ? Deny(members.Get("deny_reason") is RegoString { Value.Length: > 0 } reason ? reason.Value : NoReason, dataVersion)
                : Violation("deny_reason that is no text");
        }

        if (members.Get("requires_approval") is not RegoBoolean approval)
        {
            return Violation("allow without requires_approval");
        }

        if (members.Get("standing_approval") is not (null or RegoBoolean))
        {
            return Violation("standing_approval that is no truth value");
        }

        var claim = approval.Value ? "requires_approval" : "allow";
        if (!TryStrings(members.Get("allowed_sinks"), out var sinks))
        {
            return Violation($"{claim} without allowed_sinks");
        }

        if (!TryStrings(members.Get("approved_secrets"), out var secrets))
        {
            return Violation($"{claim} without approved_secrets");
        }

        if (!TryEgress(members.Get("approved_egress"), out var domains))
        {
            return Violation($"{claim} without approved_egress");
        }

        if (!domains.IsDefault && (input.EgressAllowedDomains.IsDefault || !ApprovedEgress.Covers(input.EgressAllowedDomains, domains)))
        {
            return Violation($"{claim} of egress that was not requested");
        }

        if ((members.Get("budgets_after") as RegoObject)?.Get("calls_remaining") is not RegoNumber left || !left.TryGetInt64(out var calls) || calls < 0)
        {
            return Violation($"{claim} without budgets_after");
        }

        if (members.Get("policy_version") is not RegoString { Value.Length: > 0 and <= PolicyData.LongestVersion } version)
        {
            return Violation($"{claim} without policy_version");
        }

        if (calls >= input.CallsRemaining)
        {
            return Violation($"{claim} that does not count the call");
        }

        if (!IsSubset(secrets, input.RequestedSecrets))
        {
            return Violation($"{claim} of a secret that was not requested");
        }

        if (!IsSubset(input.RequestedSinks, sinks))
        {
            // The policy's word, not its fault: what it leaves out it does not allow.
            return Deny($"disallowed sink(s): {string.Join(", ", input.RequestedSinks.RemoveRange(sinks))}", dataVersion);
        }

        return new PolicyDecision(approval.Value ? PolicyOutcome.RequireApproval : PolicyOutcome.Allow, PolicyFault.None, "")
        {
            AllowedSinks = sinks,
            ApprovedSecrets = secrets,
            ApprovedDomains = domains,
            CallsAfter = calls,
            PolicyVersion = version.Value,
            StandingApproval = !approval.Value && members.Get("standing_approval") is RegoBoolean { Value: true },
        };
    }

    // What the gate does not know, it would not do: a policy that counts on it must not be obeyed by halves.
    private static string? UnknownMember(RegoObject members)
    {
        foreach (var key in members.Keys)
        {
            if (key is not RegoString
                {
                    Value: "allow" or "deny_reason" or "requires_approval" or "standing_approval" or "budgets_after" or "allowed_sinks"
                    or "approved_secrets" or "approved_egress" or "policy_version"
                })
            {
                return key is RegoString { Value: var name } ? $"\"{name}\"" : "that is no text";
            }
        }

        return null;
    }

    // "none", or {"proxy_allowlist": {"allowed_domains": [...]}}.
    private static bool TryEgress(RegoValue? value, out ImmutableArray<string> domains)
    {
        domains = default;
        return value is RegoString { Value: "none" }
            || (value is RegoObject { Count: 1 } profile
                && profile.Get("proxy_allowlist") is RegoObject { Count: 1 } list
                && TryStrings(list.Get("allowed_domains"), out domains));
    }

    private static bool TryStrings(RegoValue? value, out ImmutableArray<string> strings)
    {
        strings = [];
        if (value is not RegoArray array)
        {
            return false;
        }

        var items = ImmutableArray.CreateBuilder<string>(array.Count);
        foreach (var item in array.Items)
        {
            if (item is not RegoString text)
            {
                return false;
            }

            items.Add(text.Value);
        }

        strings = items.MoveToImmutable();
        return true;
    }

    private static bool IsSubset(ImmutableArray<string> part, ImmutableArray<string> whole)
    {
        foreach (var item in part)
        {
            if (!whole.Contains(item))
            {
                return false;
            }
        }

        return true;
    }
}
