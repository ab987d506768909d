using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Approvals;
using LatchGate.Evidence;

namespace LatchGate.Api;

/// <summary>How operators see an approval (reference/wire.md §7.1–7.2), the resolved request included: nobody decides blind.</summary>
internal static class ApprovalView
{
    /// <summary>The state as it is now: a call that nobody decided in time has expired, swept or not.</summary>
    internal static ApprovalState EffectiveState(StoredApproval approval, DateTimeOffset now) =>
        approval.State == ApprovalState.Pending && approval.ExpiresAt <= now ? ApprovalState.Expired : approval.State;

    /// <summary>Writes the members of the list's summary.</summary>
    internal static void WriteSummary(Utf8JsonWriter json, StoredApproval approval, ActionSpec? action, DateTimeOffset now)
    {
        json.WriteString("approval_id"u8, approval.ApprovalId);
        json.WriteString("status"u8, EffectiveState(approval, now).ToWire());
        json.WriteString("action_id"u8, approval.ActionId);
        json.WriteString("action_version"u8, action?.Version);
        json.WriteString("principal"u8, approval.Principal);
        json.WriteString("session_id"u8, approval.SessionId);
        json.WriteString("risk_level"u8, action?.Risk.ToWire());
        json.WriteString("request_hash"u8, approval.RequestHash.ToString());
        json.WriteString("created_at"u8, WireTime.Format(approval.CreatedAt));
        json.WriteString("expires_at"u8, WireTime.Format(approval.ExpiresAt));
        WriteOptional(json, "claimed_by"u8, approval.ClaimedBy);
    }

    /// <summary>Writes the members of the detail.</summary>
    internal static void WriteDetail(Utf8JsonWriter json, StoredApproval approval, ActionSpec? action, DateTimeOffset now)
    {
        WriteSummary(json, approval, action, now);
        WriteOptional(json, "claimed_at"u8, approval.ClaimedAt is { } claimed ? WireTime.Format(claimed) : null);
        WriteOptional(json, "completed_at"u8, approval.DecidedAt is { } decided ? WireTime.Format(decided) : null);
        WriteOptional(json, "decided_by"u8, approval.DecidedBy);
        WriteOptional(json, "receipt_id"u8, approval.ReceiptId);
        WriteOptional(json, approval.State == ApprovalState.Failed ? "error_code"u8 : "deny_reason"u8, approval.Reason);
        json.WriteString("plan_hash"u8, approval.PlanHash.ToHex());
        if (FrozenPlan.TryRead(approval.Plan, approval.PlanHash) is not { } plan)
        {
            return;
        }

        json.WriteString("policy_version"u8, plan.PolicyVersion);
        json.WriteString("module_sha256"u8, plan.ModuleDigest.ToString());
        json.WriteStartArray("approved_secrets"u8);
        foreach (var name in plan.Secrets)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        if (plan.UnlistedHost is { } host)
        {
            json.WriteStartArray("unresolved_domains"u8);
            json.WriteStringValue(host);
            json.WriteEndArray();
        }

        json.WritePropertyName("request_preview"u8);
        json.WriteRawValue(Encoding.UTF8.GetString(plan.Task.Span));
    }

    private static void WriteOptional(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
