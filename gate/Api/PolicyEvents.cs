using LatchGate.Evidence;
using LatchGate.Identity;
using LatchGate.Json;
using LatchGate.Pipeline;
using LatchGate.Policy;

namespace LatchGate.Api;

/// <summary>The events of changed policy data: who changed what, from which document to which (reference/wire.md §7.8).</summary>
internal static class PolicyEvents
{
    /// <summary>The document that a gate starts with.</summary>
    internal static AuditEvent Loaded(PolicyDataStore store, PolicyDecisionPoint policy)
    {
        using var json = new CanonicalWriter();
        var detail = json.BeginObject().Member("after_digest"u8, store.Digest).Member("after_version"u8, policy.PolicyVersion)
            .Member("bundle_revision"u8, policy.Revision).End().Finish();
        return new AuditEvent
        {
            TraceId = AuthorizedCall.NewId(),
            EventType = EventTypes.PolicyLoaded,
            Decision = AuditDecision.Allow,
            PolicyVersion = policy.PolicyVersion,
            Detail = detail,
        };
    }

    /// <summary>A change that an operator made.</summary>
    internal static AuditEvent Of(PolicyDataChange change, VerifiedOperator @operator) => new()
    {
        TraceId = AuthorizedCall.NewId(),
        EventType = change.Edit switch
        {
            GrantEdit => EventTypes.PolicyGrant,
            RevokeEdit => EventTypes.PolicyRevoke,
            StandingEdit => EventTypes.PolicyAllowlistAdded,
            WithdrawEdit => EventTypes.PolicyAllowlistRemoved,
            _ => throw new InvalidOperationException($"{change.Edit.GetType().Name} has no event."),
        },
        Decision = AuditDecision.Allow,
        Principal = @operator.Name,
        ActionId = ActionOf(change.Edit) ?? "",
        PolicyVersion = change.VersionAfter,
        DenyReason = PlainText.Clean($"policy_version {change.VersionBefore} => {change.VersionAfter}"),
        OperatorAuthnMethod = @operator.AuthnMethod,
        OperatorSenderBinding = @operator.SenderBinding,
        Detail = Detail(change),
    };

    // Names in the order of RFC 8785.
    private static CanonicalBytes Detail(PolicyDataChange change)
    {
        using var json = new CanonicalWriter();
        json.BeginObject().Optional("action_id"u8, ActionOf(change.Edit));
        if (change.Edit is GrantEdit or RevokeEdit)
        {
            json.Name("actions_added"u8).List(change.Plan.Added).Name("actions_removed"u8).List(change.Plan.Removed);
        }

        json.Member("after_digest"u8, change.DigestAfter)
            .Member("after_version"u8, change.VersionAfter)
            .Member("before_digest"u8, change.DigestBefore)
            .Member("before_version"u8, change.VersionBefore)
            .Member("edited_outside"u8, change.DigestFound != change.DigestBefore)
            .Member("found_digest"u8, change.DigestFound);
        if (change.Edit is GrantEdit or RevokeEdit)
        {
            json.Member("inherits_wildcard"u8, change.Plan.After.InheritsWildcard == true);
        }

        json.Member("principal"u8, change.Edit.Principal);
        if (change.Edit is GrantEdit or RevokeEdit)
        {
            json.Name("sinks_after"u8).List(change.Plan.After.Sinks).Name("sinks_before"u8).List(change.Plan.Before.Sinks);
        }

        return json.End().Finish();
    }

    private static string? ActionOf(PolicyEdit edit) => edit switch
    {
        StandingEdit standing => standing.ActionId,
        WithdrawEdit withdrawn => withdrawn.ActionId,
        _ => null,
    };
}
