using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Pipeline;

namespace LatchGate.Bench.Micro;

/// <summary>The one call that all benchmarks are about: a GET of a loopback URL by an agent who may do it.</summary>
internal static class Sample
{
    internal static readonly byte[] Body = """{"url":"http://127.0.0.1:8080/v1/items?limit=10"}"""u8.ToArray();

    internal static readonly byte[] PolicyData =
        """{"policy_version":"v1","acl":{"agent:bench":{"allowed_actions":["http_fetch","http_post"],"allowed_sinks":["http_read"]}}}"""u8.ToArray();

    internal static ActionSpec Action { get; } =
        ActionRegistry.OfThisBuild().TryFind("http_fetch", out var action) ? action : throw new InvalidOperationException("This build lacks http_fetch.");

    internal static ValidatedRequest Request() =>
        ValidatedRequest.TryCreate(Action, Body, out var request, out var reason) ? request : throw new InvalidOperationException(reason);

    internal static ResolvedTask Task(ValidatedRequest request) =>
        ResolvedTask.TryCreate(request, out var task, out var fault) ? task : throw new InvalidOperationException($"{fault}");

    internal static string NewId() => AuthorizedCall.NewId();

    internal static IntentRecord Intent() => new()
    {
        GrantId = NewId(),
        TraceId = NewId(),
        ActionId = Action.Id,
        ActionVersion = Action.Version,
        ActionDigest = Action.Digest,
        Principal = "agent:bench",
        SessionId = "bench",
        RequestHash = Action.Digest,
        TaskDigest = Action.Digest,
        ModuleDigest = Action.ModuleDigest,
        StartedAt = DateTimeOffset.UtcNow,
    };

    internal static Ed25519Signer Signer() => new(System.Security.Cryptography.RandomNumberGenerator.GetBytes(Ed25519.SeedSize));
}
