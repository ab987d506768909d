using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.Json;

namespace LatchGate.Pipeline;

/// <summary>
/// The ledger's event of one judged hop (reference/egress.md C6). It rides with the commit that its call makes anyway: the receipt's, or that
/// of the refusal. Paths and queries are never stored, only the origin and a fingerprint of the whole request.
/// </summary>
internal static class EgressEvents
{
    private const int LongestMethod = 32;

    internal static AuditEvent Of(CallSubject subject, ActionSpec action, EgressRecord record, string? grantId)
    {
        using var writer = new CanonicalWriter();
        writer.BeginObject()
            .Optional("address_class"u8, record.Address?.Label)
            .Member("bytes_down"u8, record.BytesDown)
            .Member("bytes_up"u8, record.BytesUp)
            .OptionalList("credential_collision"u8, record.Collided)
            .Optional("fingerprint"u8, record.Fingerprint)
            .Member("hop"u8, record.Hop)
            .OptionalList("injected"u8, record.Injected)
            .Member("layer"u8, record.Layer.Label())
            .Member("method"u8, PlainText.Clean(record.Method, LongestMethod))
            .Member("mixed"u8, record.Mixed)
            .Member("mode"u8, record.Audited ? "audit" : "enforce")
            .Optional("origin"u8, record.Target?.Origin)
            .Optional("peer"u8, record.Peer?.ToString())
            .Member("reason"u8, record.Reason.Label())
            .Member("rule"u8, record.Rule)
            .Member("sent"u8, record.Sent);
        if (record.Status is { } status)
        {
            writer.Member("status"u8, status);
        }

        return CallEvents.Of(subject, action) with
        {
            EventType = record.Ending switch
            {
                EgressEnding.Allowed => EventTypes.EgressAllowed,
                EgressEnding.Denied => EventTypes.EgressDenied,
                _ => EventTypes.EgressFailed,
            },
            Decision = record.Ending switch
            {
                EgressEnding.Allowed => AuditDecision.Allow,
                EgressEnding.Denied => AuditDecision.Deny,
                _ => AuditDecision.Error,
            },
            DenyReason = record.Ending == EgressEnding.Allowed ? null : record.Reason.Label(),
            GrantId = grantId,
            Detail = writer.Optional("would_deny"u8, record.WouldDeny?.Label()).End().Finish(),
        };
    }
}
