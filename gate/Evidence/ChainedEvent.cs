using LatchGate.Crypto;
using LatchGate.Json;

namespace LatchGate.Evidence;

/// <summary>What the ledger adds to an event when it takes its place in the chain.</summary>
/// <param name="Seq">Place in the chain, from 1 without gaps.</param>
/// <param name="EventId">UUIDv7.</param>
/// <param name="Timestamp">When it was appended, in <see cref="WireTime"/> form.</param>
/// <param name="PrevHash">Digest of the event before; null for the first.</param>
/// <param name="Records">Digests of the records written in the same transaction.</param>
internal readonly record struct ChainPlace(long Seq, string EventId, string Timestamp, Sha256Digest? PrevHash, RecordDigests Records);

/// <summary>Digests of the records that an event vouches for.</summary>
/// <param name="Intent">Digest of the intent's canonical text.</param>
/// <param name="Receipt">Digest of the receipt's canonical content.</param>
/// <param name="Approval">Digest of the approval's state after the event.</param>
/// <param name="Learned">Digest of what the action has learned after the event.</param>
/// <param name="Usage">Digest of what the principal has spent after the event.</param>
/// <param name="Revocations">Digest of everything that is revoked after the event.</param>
internal readonly record struct RecordDigests(
    Sha256Digest? Intent = null, Sha256Digest? Receipt = null, Sha256Digest? Approval = null, Sha256Digest? Learned = null,
    Sha256Digest? Usage = null, Sha256Digest? Revocations = null);

/// <summary>Writes an event and its place as canonical JSON: the text that is hashed, stored and exported.</summary>
internal static class ChainedEvent
{
    /// <summary>Writes it as <paramref name="writer"/>'s complete value.</summary>
    internal static void Write(CanonicalWriter writer, AuditEvent e, in ChainPlace place)
    {
        writer.Reset().BeginObject()
            .Member("action_digest"u8, e.ActionDigest)
            .Member("action_id"u8, e.ActionId)
            .Member("action_trust_verdict"u8, e.ActionTrustVerdict)
            .Member("action_version"u8, e.ActionVersion)
            .Name("allowed_sinks"u8).BeginArray();
        foreach (var sink in e.AllowedSinks)
        {
            writer.Value(sink);
        }

        writer.End()
            .Optional("approval_digest"u8, place.Records.Approval)
            .Optional("approval_id"u8, e.ApprovalId)
            .Optional("approved_by"u8, e.ApprovedBy);
        WriteBudget(writer.Name("budgets_after"u8), e.CallsAfter);
        WriteBudget(writer.Name("budgets_before"u8), e.CallsBefore);
        writer.Member("decision"u8, e.Decision.ToWire())
            .Member("deny_reason"u8, e.DenyReason)
            .Optional("detail"u8, e.Detail)
            .Member("dev_mode"u8, e.DevMode)
            .Member("event_id"u8, place.EventId)
            .Member("event_type"u8, e.EventType)
            .Optional("grant_id"u8, e.GrantId)
            .Optional("identity_method"u8, e.IdentityMethod)
            .Optional("intent_digest"u8, place.Records.Intent)
            .Optional("learned_digest"u8, place.Records.Learned)
            .Member("lease_jti"u8, e.LeaseJti)
            .Optional("operator_authn_method"u8, e.OperatorAuthnMethod)
            .Optional("operator_proof_jti"u8, e.OperatorProofJti)
            .Optional("operator_sender_binding"u8, e.OperatorSenderBinding)
            .Optional("owner"u8, e.Owner)
            .Member("policy_version"u8, e.PolicyVersion)
            .Member("prev_hash"u8, place.PrevHash)
            .Member("principal"u8, e.Principal)
            .Optional("receipt_digest"u8, place.Records.Receipt)
            .Optional("receipt_id"u8, e.ReceiptId)
            .Member("request_hash"u8, e.RequestHash)
            .Member("request_schema_id"u8, e.RequestSchemaId)
            .Member("response_bytes"u8, e.ResponseBytes)
            .Member("response_hash"u8, e.ResponseHash)
            .Optional("revocations_digest"u8, place.Records.Revocations)
            .Optional("risk_level"u8, e.RiskLevel);
        WriteRuntime(writer.Name("runtime"u8), e.Runtime);
        writer.Member("sandbox_degraded"u8, e.SandboxDegraded)
            .Member("seq"u8, place.Seq)
            .Member("session_id"u8, e.SessionId)
            .Member("timestamp"u8, place.Timestamp)
            .Member("trace_id"u8, e.TraceId)
            .Optional("usage_digest"u8, place.Records.Usage)
            .Optional("verification_outcome"u8, e.VerificationOutcome)
            .End();
    }

    private static void WriteBudget(CanonicalWriter writer, long? calls)
    {
        if (calls is null)
        {
            writer.Null();
            return;
        }

        writer.BeginObject().Member("calls_remaining"u8, calls).End();
    }

    private static void WriteRuntime(CanonicalWriter writer, AuditRuntime? runtime)
    {
        if (runtime is null)
        {
            writer.Null();
            return;
        }

        writer.BeginObject()
            .Member("duration_ms"u8, runtime.DurationMs)
            .Member("egress_profile"u8, runtime.EgressProfile)
            .Member("exit_code"u8, runtime.ExitCode)
            .Member("fuel_consumed"u8, runtime.FuelConsumed)
            .Member("io_calls_made"u8, runtime.IoCallsMade)
            .Member("module_digest"u8, runtime.ModuleDigest)
            .Member("timeout_hit"u8, runtime.TimeoutHit)
            .End();
    }
}
