using System.Collections.Immutable;
using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Approvals;

/// <summary>
/// What an operator decides on, and what is executed afterwards, exactly: the resolved task and everything that policy and
/// identity said when the request came (reference/kernel.md §4.3, D-20). Stored as canonical JSON; its digest binds the decision.
/// </summary>
internal sealed record FrozenPlan
{
    /// <summary>The id that the grant will have, so that no crash or retry can make two (D-46).</summary>
    internal required string GrantId { get; init; }

    /// <summary>Who asked.</summary>
    internal required CallSubject Subject { get; init; }

    /// <summary>The action.</summary>
    internal required string ActionId { get; init; }

    /// <summary>The manifest's version.</summary>
    internal required string ActionVersion { get; init; }

    /// <summary>The manifest.</summary>
    internal required Sha256Digest ActionDigest { get; init; }

    /// <summary>The provider's code.</summary>
    internal required Sha256Digest ModuleDigest { get; init; }

    /// <summary>The canonical request.</summary>
    internal required Sha256Digest RequestHash { get; init; }

    /// <summary>The resolved task.</summary>
    internal required ReadOnlyMemory<byte> Task { get; init; }

    /// <summary>Digest of the task.</summary>
    internal required Sha256Digest TaskHash { get; init; }

    /// <summary>Which policy data asked for a human.</summary>
    internal required string PolicyVersion { get; init; }

    /// <summary>Names of the secrets that may be used.</summary>
    internal required ImmutableArray<string> Secrets { get; init; }

    /// <summary>The host patterns that policy permits; default where the action has no network.</summary>
    internal ImmutableArray<string> Domains { get; init; }

    /// <summary>The host that no rule lists, if that is what a human is asked about.</summary>
    internal string? UnlistedHost { get; init; }

    /// <summary>The revocation epoch of the request.</summary>
    internal required long Epoch { get; init; }

    /// <summary>The plan's one text.</summary>
    internal CanonicalBytes ToCanonical()
    {
        using var json = new CanonicalWriter();
        json.BeginObject()
            .Member("action_digest"u8, ActionDigest)
            .Member("action_id"u8, ActionId)
            .Member("action_version"u8, ActionVersion)
            .Name("domains"u8);
        _ = Domains.IsDefault ? json.Null() : json.List(Domains);
        json.Member("epoch"u8, Epoch)
            .Member("grant_id"u8, GrantId)
            .Member("has_budget"u8, Subject.HasBudget)
            .Member("identity_method"u8, Subject.IdentityMethod)
            .Member("lease_jti"u8, Subject.LeaseJti)
            .Member("module_sha256"u8, ModuleDigest)
            .Member("owner"u8, Subject.Owner)
            .Member("policy_version"u8, PolicyVersion)
            .Member("principal"u8, Subject.Principal)
            .Member("request_hash"u8, RequestHash)
            .Name("scopes"u8).List(Subject.Scopes)
            .Name("secrets"u8).List(Secrets)
            .Member("sender_binding"u8, Subject.SenderBinding)
            .Member("session_id"u8, Subject.SessionId)
            .Member("task_base64"u8, Convert.ToBase64String(Task.Span))
            .Member("task_sha256"u8, TaskHash)
            .Member("trace_id"u8, Subject.TraceId)
            .Member("unlisted_host"u8, UnlistedHost)
            .End();
        return json.Finish();
    }

    /// <summary>Reads a stored plan, if it is the one that <paramref name="expected"/> was made of.</summary>
    /// <returns>Null when the bytes are others.</returns>
    internal static FrozenPlan? TryRead(ReadOnlyMemory<byte> canonical, Sha256Digest expected)
    {
        if (Sha256Digest.Of(canonical.Span) != expected)
        {
            return null;
        }

        // These are bytes that ToCanonical wrote: a member that is missing is a fault of the gate, and throws.
        using var document = JsonDocument.Parse(canonical);
        var plan = document.RootElement;
        return new FrozenPlan
        {
            ActionDigest = Digest(plan, "action_digest"u8),
            ActionId = Text(plan, "action_id"u8),
            ActionVersion = Text(plan, "action_version"u8),
            Domains = plan.TryGetProperty("domains"u8, out var domains) && domains.ValueKind == JsonValueKind.Array ? [.. domains.ConvertAll(static d => d.GetString()!)] : default,
            Epoch = plan.GetProperty("epoch"u8).GetInt64(),
            GrantId = Text(plan, "grant_id"u8),
            ModuleDigest = Digest(plan, "module_sha256"u8),
            PolicyVersion = Text(plan, "policy_version"u8),
            RequestHash = Digest(plan, "request_hash"u8),
            Secrets = [.. plan.GetProperty("secrets"u8).ConvertAll(static s => s.GetString()!)],
            Task = plan.GetProperty("task_base64"u8).GetBytesFromBase64(),
            TaskHash = Digest(plan, "task_sha256"u8),
            UnlistedHost = plan.GetProperty("unlisted_host"u8).GetString(),
            Subject = new CallSubject(
                Text(plan, "trace_id"u8),
                Text(plan, "principal"u8),
                Text(plan, "session_id"u8),
                Text(plan, "lease_jti"u8),
                Text(plan, "sender_binding"u8),
                plan.GetProperty("has_budget"u8).GetBoolean(),
                plan.GetProperty("identity_method"u8).GetString(),
                plan.GetProperty("owner"u8).GetString())
            {
                Scopes = [.. plan.GetProperty("scopes"u8).ConvertAll(static s => s.GetString()!)],
                Epoch = plan.GetProperty("epoch"u8).GetInt64(),
            },
        };
    }

    private static string Text(JsonElement plan, ReadOnlySpan<byte> name) => plan.GetProperty(name).GetString()!;

    private static Sha256Digest Digest(JsonElement plan, ReadOnlySpan<byte> name) => Sha256Digest.TryParse(Text(plan, name), out var digest)
        ? digest
        : throw new JsonException("A digest in a stored plan is malformed.");
}
