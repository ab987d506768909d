using System.Text.Json;
using LatchGate.Approvals;
using LatchGate.Evidence;

namespace LatchGate.Api;

/// <summary>How operators see an approval (reference/wire.md §7.1–7.2), the resolved request included: nobody decides blind.</summary>
internal static class ApprovalView
{
    /// <summary>What clients read as unlimited.</summary>
    private const long Unlimited = long.MaxValue;

    /// <summary>Writes the members of the list's summary. An agent is not told which operator looks at its call.</summary>
    internal static void WriteSummary(Utf8JsonWriter json, StoredApproval approval, DateTimeOffset now, bool forAgent = false)
    {
        var state = approval.StateAt(now).ToWire();
        json.WriteString("approval_id"u8, approval.ApprovalId);
        json.WriteString("status"u8, state);
        json.WriteString("state"u8, state);
        json.WriteString("action_id"u8, approval.ActionId);
        json.WriteString("action_version"u8, approval.ActionVersion);
        json.WriteString("principal"u8, approval.Principal);
        json.WriteString("session_id"u8, approval.SessionId);
        WriteOptional(json, "owner"u8, approval.Owner);
        json.WriteString("risk_level"u8, approval.RiskLevel);
        json.WriteString("request_hash"u8, approval.RequestHash.ToString());
        json.WriteString("trace_id"u8, approval.TraceId);
        json.WriteString("created_at"u8, WireTime.Format(approval.CreatedAt));
        json.WriteString("expires_at"u8, WireTime.Format(approval.ExpiresAt));
        if (!forAgent)
        {
            WriteOptional(json, "claimed_by"u8, approval.ClaimedBy);
        }
    }

    /// <summary>Writes the members of the detail. What the plan says is there as long as the approval has not ended.</summary>
    internal static void WriteDetail(Utf8JsonWriter json, StoredApproval approval, PlanVault vault, DateTimeOffset now)
    {
        WriteSummary(json, approval, now);
        WriteOptional(json, "policy_version"u8, approval.PolicyVersion);
        WriteOptional(json, "lease_jti"u8, approval.LeaseJti);
        WriteOptional(json, "grant_id"u8, approval.GrantId);
        WriteTime(json, "claimed_at"u8, approval.ClaimedAt);
        WriteTime(json, "completed_at"u8, approval.DecidedAt);
        WriteOptional(json, "decided_by"u8, approval.DecidedBy);
        WriteOptional(json, "receipt_id"u8, approval.ReceiptId);
        WriteReason(json, approval);
        json.WriteString("plan_hash"u8, approval.PlanHash.ToHex());
        if (approval.HasEnded)
        {
            return;
        }

        if (vault.TryOpen(approval, out var plan))
        {
            WritePlan(json, plan);
        }
        else
        {
            json.WriteString("plan_error"u8, "plan_unreadable"u8);
        }
    }

    /// <summary>Writes why it ended as it did: an operator's words, or a code.</summary>
    internal static void WriteReason(Utf8JsonWriter json, StoredApproval approval) =>
        WriteOptional(json, approval.State == ApprovalState.Failed ? "error_code"u8 : "deny_reason"u8, approval.Reason);

    private static void WritePlan(Utf8JsonWriter json, FrozenPlan plan)
    {
        WriteList(json, "approved_targets"u8, plan.Targets);
        WriteList(json, "approved_secrets"u8, plan.Secrets);
        if (plan.Domains.IsDefault)
        {
            json.WriteString("approved_egress"u8, "none"u8);
        }
        else
        {
            json.WriteStartObject("approved_egress"u8);
            json.WriteStartObject("proxy_allowlist"u8);
            WriteList(json, "allowed_domains"u8, plan.Domains);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteString("verifier_kind"u8, FrozenPlan.VerifierName(plan.Verifier));
        json.WriteString("action_digest"u8, plan.ActionDigest.ToString());
        json.WriteString("provider_module_digest"u8, plan.ModuleDigest.ToString());
        json.WriteString("module_sha256"u8, plan.ModuleDigest.ToString());
        json.WriteString("egress_sha256"u8, plan.EgressDigest.ToString());
        json.WriteString("task_sha256"u8, plan.TaskHash.ToString());
        if (plan.UnlistedHost is { } host)
        {
            WriteList(json, "unresolved_domains"u8, [host]);
        }

        if (plan.UnlistedPath is { } path)
        {
            WriteList(json, "unresolved_paths"u8, [path]);
        }

        WriteOptional(json, "fs_root"u8, plan.Subject.FsRoot);

        json.WriteStartObject("budget_snapshot"u8);
        json.WriteNumber("calls_remaining"u8, plan.CallsRemaining ?? Unlimited);
        json.WriteNumber("policy_approved_calls_after"u8, plan.CallsAfter ?? Unlimited);
        json.WriteEndObject();
        json.WritePropertyName("request_preview"u8);
        RequestPreview.Write(json, plan.Task, plan.Secrets);
    }

    private static void WriteList(Utf8JsonWriter json, ReadOnlySpan<byte> name, System.Collections.Immutable.ImmutableArray<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset? time) =>
        WriteOptional(json, name, time is { } known ? WireTime.Format(known) : null);

    private static void WriteOptional(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
