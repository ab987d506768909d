using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Json;
using LatchGate.Pipeline;
using LatchGate.Policy;

namespace LatchGate.Approvals;

/// <summary>
/// What an operator decides on, and what is executed afterwards, exactly: the resolved task and everything that policy and
/// identity said when the request came (reference/kernel.md §4.3, D-20). Canonical JSON, stored sealed (<see cref="PlanVault"/>); its
/// digest binds the decision.
/// </summary>
internal sealed record FrozenPlan
{
    // What JSON's canonical form has numbers for; more is as good as no bound.
    private const long MostCalls = (1L << 53) - 1;

    /// <summary>Random, so that the plan's digest, which is not secret, is no means to guess what the plan holds.</summary>
    internal string Blind { get; init; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

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

    /// <summary>What the verifier compares the response with (<see cref="ResolvedTask.Expected"/>); empty for nothing.</summary>
    internal ReadOnlyMemory<byte> Expected { get; init; }

    /// <summary>Digest of the task.</summary>
    internal required Sha256Digest TaskHash { get; init; }

    /// <summary>Which policy data asked for a human.</summary>
    internal required string PolicyVersion { get; init; }

    /// <summary>Names of the secrets that may be used.</summary>
    internal required ImmutableArray<string> Secrets { get; init; }

    /// <summary>The host that no rule lists, if that is what a human is asked about.</summary>
    internal string? UnlistedHost { get; init; }

    /// <summary>The path that no rule lists, likewise.</summary>
    internal string? UnlistedPath { get; init; }

    /// <summary>The effects that the action declares.</summary>
    internal required ImmutableArray<string> Targets { get; init; }

    /// <summary>The host patterns that policy permits; default where the action has no network.</summary>
    internal required ImmutableArray<string> Domains { get; init; }

    /// <summary>The action's ways out, every bound included (<see cref="EgressText"/>).</summary>
    internal required Sha256Digest EgressDigest { get; init; }

    /// <summary>How the effect will be checked.</summary>
    internal required VerifierKind Verifier { get; init; }

    /// <summary>Calls that the caller had left; null for no bound.</summary>
    internal long? CallsRemaining { get; init; }

    /// <summary>Calls that policy would leave it; null for no bound.</summary>
    internal long? CallsAfter { get; init; }

    /// <summary>The revocation epoch of the request.</summary>
    internal required long Epoch { get; init; }

    /// <summary>Freezes a call that policy wants a human to see.</summary>
    internal static FrozenPlan Freeze(
        CallSubject subject, ValidatedRequest request, ResolvedTask task, PolicyDecision decision, long? callsRemaining, Unlisted unlisted)
    {
        var action = request.Action;
        return new FrozenPlan
        {
            GrantId = AuthorizedCall.NewId(),
            Subject = subject with { TraceParent = subject.Trace?.Context.ToTraceParent() },
            ActionId = action.Id,
            ActionVersion = action.Version,
            ActionDigest = action.Digest,
            ModuleDigest = action.ModuleDigest,
            RequestHash = request.Canonical.Digest,
            Task = task.Bytes,
            Expected = task.Expected,
            TaskHash = task.Hash,
            PolicyVersion = decision.PolicyVersion,
            Secrets = decision.ApprovedSecrets,
            Targets = action.SideEffects,
            Domains = decision.ApprovedDomains,
            EgressDigest = EgressText.Of(action.Egress).Digest,
            Verifier = action.Verification.Kind,
            CallsRemaining = callsRemaining <= MostCalls ? callsRemaining : null,
            CallsAfter = callsRemaining <= MostCalls ? decision.CallsAfter : null,
            UnlistedHost = unlisted.Host,
            UnlistedPath = unlisted.Path,
            Epoch = subject.Epoch,
        };
    }

    /// <summary>
    /// Digest of what makes two requests one: the same principal asks for the same, and the same code, data and epoch judged it. A retry
    /// then joins what waits already (reference/wire.md §11 row 17). Owner and user are in it as well, since they say who may not allow it.
    /// </summary>
    internal Sha256Digest SameKey()
    {
        using var json = new CanonicalWriter();
        json.BeginObject()
            .Member("action_digest"u8, ActionDigest)
            .Member("action_id"u8, ActionId)
            .Member("action_version"u8, ActionVersion)
            .Member("egress_sha256"u8, EgressDigest)
            .Member("epoch"u8, Epoch)
            .Member("fs_root"u8, Subject.FsRoot)
            .Member("module_sha256"u8, ModuleDigest)
            .Member("owner"u8, Subject.Owner)
            .Member("peer_uid"u8, (long?)Subject.PeerUid)
            .Member("policy_version"u8, PolicyVersion)
            .Member("principal"u8, Subject.Principal)
            .Member("request_hash"u8, RequestHash)
            .Member("unlisted_host"u8, UnlistedHost)
            .Member("unlisted_path"u8, UnlistedPath)
            .End();
        return json.Finish().Digest;
    }

    /// <summary>The plan's one text.</summary>
    internal CanonicalBytes ToCanonical()
    {
        using var json = new CanonicalWriter();
        json.BeginObject()
            .Member("action_digest"u8, ActionDigest)
            .Member("action_id"u8, ActionId)
            .Member("action_version"u8, ActionVersion)
            .Member("blind"u8, Blind)
            .Member("calls_after"u8, CallsAfter)
            .Member("calls_remaining"u8, CallsRemaining)
            .Name("domains"u8);
        _ = Domains.IsDefault ? json.Null() : json.List(Domains);
        json.Member("egress_sha256"u8, EgressDigest)
            .Member("epoch"u8, Epoch)
            .Optional("expected_base64"u8, Expected.IsEmpty ? null : Convert.ToBase64String(Expected.Span))
            .Member("fs_root"u8, Subject.FsRoot)
            .Member("grant_id"u8, GrantId)
            .Member("has_budget"u8, Subject.HasBudget)
            .Member("identity_method"u8, Subject.IdentityMethod)
            .Member("lease_jti"u8, Subject.LeaseJti)
            .Member("module_sha256"u8, ModuleDigest)
            .Member("owner"u8, Subject.Owner)
            .Member("peer_uid"u8, (long?)Subject.PeerUid)
            .Member("policy_version"u8, PolicyVersion)
            .Member("principal"u8, Subject.Principal)
            .Member("request_hash"u8, RequestHash)
            .Name("scopes"u8).List(Subject.Scopes)
            .Name("secrets"u8).List(Secrets)
            .Member("sender_binding"u8, Subject.SenderBinding)
            .Member("session_id"u8, Subject.SessionId)
            .Name("targets"u8).List(Targets)
            .Member("task_base64"u8, Convert.ToBase64String(Task.Span))
            .Member("task_sha256"u8, TaskHash)
            .Member("trace_id"u8, Subject.TraceId)
            .Optional("traceparent"u8, Subject.TraceParent)
            .Member("unlisted_host"u8, UnlistedHost)
            .Member("unlisted_path"u8, UnlistedPath)
            .Member("verifier"u8, VerifierName(Verifier))
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
            Blind = Text(plan, "blind"u8),
            CallsAfter = Number(plan, "calls_after"u8),
            CallsRemaining = Number(plan, "calls_remaining"u8),
            Domains = plan.GetProperty("domains"u8) is { ValueKind: JsonValueKind.Array } domains ? List(domains) : default,
            EgressDigest = Digest(plan, "egress_sha256"u8),
            Epoch = plan.GetProperty("epoch"u8).GetInt64(),
            Expected = plan.TryGetProperty("expected_base64"u8, out var compared) ? compared.GetBytesFromBase64() : default,
            GrantId = Text(plan, "grant_id"u8),
            ModuleDigest = Digest(plan, "module_sha256"u8),
            PolicyVersion = Text(plan, "policy_version"u8),
            RequestHash = Digest(plan, "request_hash"u8),
            Secrets = List(plan.GetProperty("secrets"u8)),
            Targets = List(plan.GetProperty("targets"u8)),
            Task = plan.GetProperty("task_base64"u8).GetBytesFromBase64(),
            TaskHash = Digest(plan, "task_sha256"u8),
            UnlistedHost = plan.GetProperty("unlisted_host"u8).GetString(),
            UnlistedPath = Later(plan, "unlisted_path"u8),
            Verifier = VerifierOf(Text(plan, "verifier"u8)),
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
                Scopes = List(plan.GetProperty("scopes"u8)),
                PeerUid = (uint?)Number(plan, "peer_uid"u8),
                FsRoot = Later(plan, "fs_root"u8),
                TraceParent = Later(plan, "traceparent"u8),
                Epoch = plan.GetProperty("epoch"u8).GetInt64(),
            },
        };
    }

    /// <summary>The word of a verifier on the wire (reference/wire.md §7.2).</summary>
    internal static string VerifierName(VerifierKind kind) => kind switch
    {
        VerifierKind.None => "none",
        VerifierKind.HttpStatus => "http_status",
        VerifierKind.FsHash => "fs_hash",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a verifier."),
    };

    private static VerifierKind VerifierOf(string name) => name switch
    {
        "none" => VerifierKind.None,
        "http_status" => VerifierKind.HttpStatus,
        "fs_hash" => VerifierKind.FsHash,
        _ => throw new JsonException("A verifier in a stored plan is none."),
    };

    private static ImmutableArray<string> List(JsonElement array) => [.. array.ConvertAll(static s => s.GetString()!)];

    private static long? Number(JsonElement plan, ReadOnlySpan<byte> name) =>
        plan.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetInt64() : null;

    // A member that plans of the first gates do not have.
    private static string? Later(JsonElement plan, ReadOnlySpan<byte> name) => plan.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string Text(JsonElement plan, ReadOnlySpan<byte> name) => plan.GetProperty(name).GetString()!;

    private static Sha256Digest Digest(JsonElement plan, ReadOnlySpan<byte> name) => Sha256Digest.TryParse(Text(plan, name), out var digest)
        ? digest
        : throw new JsonException("A digest in a stored plan is malformed.");
}
