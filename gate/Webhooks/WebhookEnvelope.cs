using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Pipeline;

namespace LatchGate.Webhooks;

/// <summary>What receivers are told of one event of the ledger (reference/ops.md §5.2). Says no more than that event, and never what was asked for.</summary>
/// <remarks>
/// <code>
/// envelope = {"id": "evt_" UUIDv7, "type", "timestamp", "gate_version", "data": {…}}
/// data     = {"seq": place of the event in the ledger, "trace_id", … by type}
/// </code>
/// </remarks>
internal static class WebhookEnvelope
{
    private const string IdPrefix = "evt_";
    private const string BudgetCode = "budget_exhausted";

    /// <summary>The members that stand before <c>data</c>.</summary>
    internal sealed class Head(string id, WebhookEvent type, DateTimeOffset at)
    {
        internal string Id => id;

        internal WebhookEvent Type => type;

        internal DateTimeOffset At => at;
    }

    /// <summary>The id of an event, the same in every attempt.</summary>
    internal static string NewId(DateTimeOffset now) => IdPrefix + Uuid7.New(now);

    /// <summary>What an event of the ledger is to receivers.</summary>
    /// <param name="e">The event.</param>
    /// <param name="isNewApproval">Whether it changed an approval's record: a request that joins a waiting one does not.</param>
    internal static WebhookEvent TypesOf(AuditEvent e, bool isNewApproval) => e.EventType switch
    {
        EventTypes.ActionCall => e.Decision switch
        {
            AuditDecision.PendingApproval => isNewApproval ? WebhookEvent.ApprovalPending : WebhookEvent.None,
            AuditDecision.Allow or AuditDecision.AllowUnverified => WebhookEvent.ActionExecuted | Of(e, WebhookEvent.ApprovalGranted),

            // Whoever cannot say who they are must not be able to fill an operator's channel.
            _ when e.Principal.Length == 0 => WebhookEvent.None,

            // A receipt tells that it was carried out: an effect that was not confirmed may have happened, whatever the answer was.
            AuditDecision.Deny when e.ReceiptId is null => WebhookEvent.ActionDenied | Of(e, WebhookEvent.ApprovalFailed)
                | (IsBudget(e.DenyReason) ? WebhookEvent.BudgetExhausted : WebhookEvent.None),
            _ => WebhookEvent.ActionFailed | Of(e, WebhookEvent.ApprovalFailed),
        },
        EventTypes.ApprovalDenied => WebhookEvent.ApprovalDenied,
        EventTypes.ApprovalExpired => WebhookEvent.ApprovalExpired,
        EventTypes.ApprovalFailed => WebhookEvent.ApprovalFailed,
        EventTypes.AdminRevokeAll or EventTypes.LeaseRevoked or EventTypes.SessionRevoked or EventTypes.PrincipalRevoked or EventTypes.GrantRevoked =>
            WebhookEvent.Revocation,
        EventTypes.ReceiptKeyRotated or EventTypes.GrantKeyRotated => WebhookEvent.KeyRotated,
        _ => WebhookEvent.None,
    };

    /// <summary>Writes the envelope.</summary>
    /// <param name="json">Empty; where to.</param>
    /// <param name="head">Id, type and time.</param>
    /// <param name="e">The event.</param>
    /// <param name="seq">Its place in the chain.</param>
    /// <param name="approval">The approval, for the types that tell of its times.</param>
    internal static void Write(Utf8JsonWriter json, Head head, AuditEvent e, long seq, StoredApproval? approval)
    {
        Begin(json, head);
        json.WriteNumber("seq"u8, seq);
        json.WriteString("trace_id"u8, e.TraceId);
        switch (head.Type)
        {
            case WebhookEvent.ApprovalPending:
                WriteApproval(json, e);
                WriteCaller(json, e);
                Optional(json, "risk_level"u8, e.RiskLevel);
                WriteDigest(json, "request_hash"u8, e.RequestHash);
                WriteTime(json, "expires_at"u8, approval?.ExpiresAt);
                break;
            case WebhookEvent.ApprovalGranted:
                WriteApproval(json, e);
                json.WriteString("principal"u8, e.Principal);
                json.WriteString("approved_by"u8, e.ApprovedBy);
                json.WriteString("receipt_id"u8, e.ReceiptId);
                Optional(json, "verification_outcome"u8, e.VerificationOutcome);
                break;
            case WebhookEvent.ApprovalDenied:
                WriteApproval(json, e);
                json.WriteString("principal"u8, e.Principal);
                json.WriteString("denied_by"u8, e.ApprovedBy);
                json.WriteString("reason"u8, e.DenyReason);
                break;
            case WebhookEvent.ApprovalExpired:
                WriteApproval(json, e);
                json.WriteString("principal"u8, e.Principal);
                Optional(json, "owner"u8, approval?.Owner);
                WriteTime(json, "created_at"u8, approval?.CreatedAt);
                WriteTime(json, "expired_at"u8, approval?.ExpiresAt);
                break;
            case WebhookEvent.ApprovalFailed:
                WriteApproval(json, e);
                json.WriteString("principal"u8, e.Principal);
                json.WriteString("approved_by"u8, e.ApprovedBy);
                WriteFailure(json, e);
                break;
            case WebhookEvent.ActionDenied:
                WriteAction(json, e);
                Optional(json, "risk_level"u8, e.RiskLevel);
                json.WriteString("deny_reason"u8, e.DenyReason);
                break;
            case WebhookEvent.ActionExecuted:
                WriteAction(json, e);
                json.WriteString("receipt_id"u8, e.ReceiptId);
                json.WriteString("verification_outcome"u8, e.VerificationOutcome);
                break;
            case WebhookEvent.ActionFailed:
                WriteAction(json, e);
                WriteFailure(json, e);
                break;
            case WebhookEvent.BudgetExhausted:
                WriteAction(json, e);
                json.WriteString("session_id"u8, e.SessionId);
                json.WriteString("deny_reason"u8, e.DenyReason);
                break;
            case WebhookEvent.Revocation:
                json.WriteString("operator_id"u8, e.Principal);
                json.WriteString("note"u8, e.DenyReason);
                WriteDetail(json, e);
                break;
            case WebhookEvent.KeyRotated:
                json.WriteString("operator_id"u8, e.Principal);
                json.WriteString("key"u8, e.EventType == EventTypes.GrantKeyRotated ? "grant"u8 : "receipt"u8);
                WriteDetail(json, e);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(head), head.Type, "No event of the ledger is this.");
        }

        End(json);
    }

    /// <summary>Writes the envelope of a test, which no event of the ledger caused.</summary>
    internal static void WriteTest(Utf8JsonWriter json, Head head, string endpoint, string operatorName)
    {
        Begin(json, head);
        json.WriteString("endpoint"u8, endpoint);
        json.WriteString("operator_id"u8, operatorName);
        json.WriteString("message"u8, "This is a test of the endpoint. Nothing has happened."u8);
        End(json);
    }

    private static void Begin(Utf8JsonWriter json, Head head)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, head.Id);
        json.WriteString("type"u8, head.Type.ToWire());
        json.WriteString("timestamp"u8, WireTime.Format(head.At));
        json.WriteString("gate_version"u8, ProductVersion.Text);
        json.WriteStartObject("data"u8);
    }

    private static void End(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static WebhookEvent Of(AuditEvent e, WebhookEvent whenApproved) => e.ApprovalId is null ? WebhookEvent.None : whenApproved;

    private static bool IsBudget(string? reason) =>
        reason is not null && reason.StartsWith(BudgetCode, StringComparison.Ordinal) && (reason.Length == BudgetCode.Length || reason[BudgetCode.Length] == ':');

    private static void WriteApproval(Utf8JsonWriter json, AuditEvent e)
    {
        json.WriteString("approval_id"u8, e.ApprovalId);
        json.WriteString("action_id"u8, e.ActionId);
    }

    private static void WriteAction(Utf8JsonWriter json, AuditEvent e)
    {
        json.WriteString("action_id"u8, e.ActionId);
        WriteCaller(json, e);
        Optional(json, "approval_id"u8, e.ApprovalId);
    }

    private static void WriteCaller(Utf8JsonWriter json, AuditEvent e)
    {
        json.WriteString("principal"u8, e.Principal);
        Optional(json, "owner"u8, e.Owner);
    }

    private static void WriteFailure(Utf8JsonWriter json, AuditEvent e)
    {
        json.WriteString("error_class"u8, ClassOf(e));
        json.WriteString("reason"u8, e.DenyReason);
        Optional(json, "receipt_id"u8, e.ReceiptId);
    }

    // Of a call that never ran, the reason begins with the failure's code.
    private static string ClassOf(AuditEvent e)
    {
        if (e.Runtime is { } runtime)
        {
            return runtime.TimeoutHit ? "timeout" : "execution_failed";
        }

        var reason = e.DenyReason ?? "";
        var colon = reason.IndexOf(':', StringComparison.Ordinal);
        return reason.Length == 0 ? "not_executed" : colon < 0 ? reason : reason[..colon];
    }

    // The members of an administrative event's detail, which its own code has named.
    private static void WriteDetail(Utf8JsonWriter json, AuditEvent e)
    {
        if (e.Detail is not { } detail)
        {
            return;
        }

        using var document = JsonDocument.Parse(detail.Span.ToArray());
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Null)
            {
                member.WriteTo(json);
            }
        }
    }

    private static void WriteDigest(Utf8JsonWriter json, ReadOnlySpan<byte> name, Sha256Digest? digest) => Optional(json, name, digest?.ToString());

    private static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset? time) =>
        Optional(json, name, time is { } known ? WireTime.Format(known) : null);

    private static void Optional(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
