using System.Collections.Immutable;
using LatchGate.Crypto;
using LatchGate.Json;

namespace LatchGate.Evidence;

/// <summary>
/// What a receipt says, all of it signed (reference/kernel.md §5.3 with D-67 to D-71): which request, by whom, through which
/// module, with what effect.
/// </summary>
public sealed record ReceiptContent
{
    /// <summary>UUIDv7.</summary>
    public required string ReceiptId { get; init; }

    /// <summary>The recorded intent: grant, trace, action, principal, session, hashes and start are taken from it.</summary>
    public required RecordedIntent Intent { get; init; }

    /// <summary>The provider as the manifest names it.</summary>
    public required string ProviderReference { get; init; }

    /// <summary>
    /// The provider's output; null when it gave none. An output with a number that has no canonical form (RFC 8785) is here as a
    /// JSON string, which holds its exact text.
    /// </summary>
    public required CanonicalBytes? ProviderOutput { get; init; }

    /// <summary>How the execution ended.</summary>
    public required NormalizedResult Result { get; init; }

    /// <summary>Whether the effect was verified.</summary>
    public required VerificationOutcome Verification { get; init; }

    /// <summary>What the host saw of the effect, one entry a host call.</summary>
    public required ImmutableArray<EffectEvidence> Effects { get; init; }

    /// <summary>What the execution used.</summary>
    public required ReceiptRuntime Runtime { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset FinishedAt { get; init; }

    /// <summary>Why it failed; null on success.</summary>
    public required FailureClass? Failure { get; init; }

    /// <summary>Digest of the gate's build: its manifests and providers.</summary>
    public required Sha256Digest BuildDigest { get; init; }

    internal CanonicalBytes ToCanonical()
    {
        var intent = Intent.Intent;
        using var writer = new CanonicalWriter();
        writer.BeginObject()
            .Member("action_digest"u8, intent.ActionDigest)
            .Member("action_id"u8, intent.ActionId)
            .Member("action_version"u8, intent.ActionVersion)
            .Member("approval_id"u8, intent.ApprovalId)
            .Member("build_digest"u8, BuildDigest)
            .Name("effect_evidence"u8).BeginArray();
        foreach (var effect in Effects)
        {
            effect.Write(writer);
        }

        writer.End()
            .Member("failure_class"u8, Failure?.ToWire())
            .Member("finished_at"u8, WireTime.Format(FinishedAt))
            .Member("grant_id"u8, intent.GrantId)
            .Member("intent_digest"u8, Intent.Digest)
            .Member("module_sha256"u8, intent.ModuleDigest);
        Result.Write(writer.Name("normalized_result"u8));
        writer.Member("principal"u8, intent.Principal)
            .Member("provider_module_digest"u8, ProviderReference)
            .Member("provider_receipt"u8, ProviderOutput)
            .Member("receipt_id"u8, ReceiptId)
            .Member("request_hash"u8, intent.RequestHash)
            .Name("runtime"u8).BeginObject()
            .Member("duration_ms"u8, Runtime.DurationMs)
            .Member("fuel_consumed"u8, Runtime.FuelConsumed)
            .Member("io_calls"u8, Runtime.IoCalls)
            .End()
            .Member("session_id"u8, intent.SessionId)
            .Member("started_at"u8, WireTime.Format(intent.StartedAt))
            .Member("trace_id"u8, intent.TraceId);
        Verification.Write(writer.Name("verification_outcome"u8));
        return writer.End().Finish();
    }
}

/// <summary>What an execution used.</summary>
/// <param name="DurationMs">Wall-clock milliseconds.</param>
/// <param name="FuelConsumed">Basic blocks entered.</param>
/// <param name="IoCalls">Host calls made.</param>
public readonly record struct ReceiptRuntime(long DurationMs, long FuelConsumed, int IoCalls);

/// <summary>What the host saw of one effect: an HTTP exchange or a file operation.</summary>
public sealed record EffectEvidence
{
    /// <summary><c>http</c> or <c>fs</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>HTTP method, or the file operation.</summary>
    public required string Method { get; init; }

    /// <summary>Origin (scheme, host, port), or the path below the session's root.</summary>
    public required string Target { get; init; }

    /// <summary>HTTP status; null when no answer came.</summary>
    public int? Status { get; init; }

    /// <summary>SHA-256 of the request's path and query, which may hold what is not to be shown.</summary>
    public Sha256Digest? PathHash { get; init; }

    /// <summary>SHA-256 of the request body.</summary>
    public Sha256Digest? RequestBodyHash { get; init; }

    /// <summary>SHA-256 of the response body.</summary>
    public Sha256Digest? ResponseBodyHash { get; init; }

    /// <summary>Bytes of the request body.</summary>
    public long BytesSent { get; init; }

    /// <summary>Bytes of the response body; 0 unless it came whole.</summary>
    public long BytesReceived { get; init; }

    /// <summary>The egress reason that enforcing would have refused it for; null unless audit mode let it through.</summary>
    public string? WouldDeny { get; init; }

    /// <summary>SHA-256 of the file before; null where there was none.</summary>
    public Sha256Digest? BeforeHash { get; init; }

    /// <summary>SHA-256 of the file that was read, or that is there afterwards; null where there is none.</summary>
    public Sha256Digest? AfterHash { get; init; }

    /// <summary>Bytes of the file before.</summary>
    public long BytesBefore { get; init; }

    /// <summary>Bytes that were read, or of the file afterwards.</summary>
    public long BytesAfter { get; init; }

    /// <summary>Why the file operation failed; null when it was done.</summary>
    public string? Fault { get; init; }

    internal void Write(CanonicalWriter writer)
    {
        if (Kind == "fs")
        {
            writer.BeginObject()
                .Optional("after_hash"u8, AfterHash)
                .Optional("before_hash"u8, BeforeHash)
                .Member("bytes_after"u8, BytesAfter)
                .Member("bytes_before"u8, BytesBefore)
                .Member("fault"u8, Fault)
                .Member("kind"u8, Kind)
                .Member("method"u8, Method)
                .Member("target"u8, Target)
                .End();
            return;
        }

        WriteHttp(writer);
    }

    private void WriteHttp(CanonicalWriter writer) => writer.BeginObject()
        .Member("bytes_received"u8, BytesReceived)
        .Member("bytes_sent"u8, BytesSent)
        .Member("kind"u8, Kind)
        .Member("method"u8, Method)
        .Optional("path_hash"u8, PathHash)
        .Optional("request_body_hash"u8, RequestBodyHash)
        .Optional("response_body_hash"u8, ResponseBodyHash)
        .Member("status"u8, Status)
        .Member("target"u8, Target)
        .Optional("would_deny"u8, WouldDeny)
        .End();
}
