using System.Collections.Immutable;
using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Policy;

namespace LatchGate.Pipeline;

/// <summary>Puts the question to policy, the same at the request and at an operator's decision (reference/kernel.md §10.1).</summary>
internal static class PolicyQuestion
{
    /// <summary>A caller without a budget; policy sees it as a very large number.</summary>
    private const long Unlimited = long.MaxValue;

    /// <summary>The question whether this subject may run this action now.</summary>
    /// <param name="subject">Who asks.</param>
    /// <param name="task">What it asks for; the trust of its action was checked.</param>
    /// <param name="requestHash">Digest of the canonical request.</param>
    /// <param name="callsRemaining">Calls that the caller may still make; null for no bound.</param>
    /// <param name="unlisted">What of the request no rule names.</param>
    /// <param name="rules">The action's ways out, learned hosts included; null for its manifest's.</param>
    internal static PolicyInput Of(
        CallSubject subject, ResolvedTask task, Sha256Digest requestHash, long? callsRemaining, Unlisted unlisted, EgressRuleSet? rules = null) =>
        Of(subject, task.Action, requestHash, callsRemaining, unlisted, task.Action.Files is not null && task.TryGetPath(out var path) ? path : null, rules);

    /// <summary>The same for an action alone; <paramref name="path"/> is the path of a file task.</summary>
    internal static PolicyInput Of(
        CallSubject subject, ActionSpec action, Sha256Digest requestHash, long? callsRemaining, Unlisted unlisted, string? path,
        EgressRuleSet? rules = null) => new()
    {
        Principal = subject.Principal,
        SessionId = subject.SessionId,
        Scopes = subject.Scopes,
        RequiredScopes = action.RequiredScopes,
        ActionId = action.Id,
        ActionVersion = action.Version,
        ActionRiskLevel = action.Risk,
        ActionTrustVerdict = TrustVerdict.DigestOk,
        ActionCategory = action.Files is null ? null : "fs",
        FsPath = path,
        RequestHash = requestHash.ToString(),
        RequestedSinks = action.SideEffects,
        RequestedSecrets = [.. action.Secrets.Select(static s => s.Name)],
        EgressAllowedDomains = EgressPrecheck.DomainsOf(rules ?? action.Egress),
        CallsRemaining = callsRemaining ?? Unlimited,
        UnresolvedDomains = unlisted.Host is null ? ImmutableArray<string>.Empty : [unlisted.Host],
        UnresolvedPaths = unlisted.Path is null ? ImmutableArray<string>.Empty : [unlisted.Path],
    };

    /// <summary>A secret that the action cannot do without and that the decision does not approve; null when there is none.</summary>
    internal static string? WithheldSecret(ActionSpec action, PolicyDecision decision)
    {
        foreach (var secret in action.Secrets)
        {
            if (secret.Required && !decision.ApprovedSecrets.Contains(secret.Name))
            {
                return secret.Name;
            }
        }

        return null;
    }

    /// <summary>The denial for a decision that is none, or that is no.</summary>
    internal static Denial Refusal(PolicyDecision decision) => new(
        decision.Fault switch
        {
            PolicyFault.None or PolicyFault.Undefined => GateFailure.PolicyDenied,
            PolicyFault.Timeout => GateFailure.PolicyEngineTimeout,
            PolicyFault.Malformed or PolicyFault.Conflict => GateFailure.PolicyEngineInvalidResponse,
            _ => GateFailure.PolicyEngineUnavailable,
        },
        PlainText.Clean(decision.DenyReason));
}

/// <summary>What of a request no rule names, where the action lets a human be asked.</summary>
/// <param name="Host">The host; null when it is listed, or there is none.</param>
/// <param name="Path">The path, likewise.</param>
internal readonly record struct Unlisted(string? Host, string? Path);
