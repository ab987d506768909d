using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Json;
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

    /// <summary>A call as the ledger sees it: an intent, then a receipt with its event.</summary>
    internal static async Task CallAsync(Ledger ledger, Ed25519Signer signer)
    {
        var intent = await ledger.RecordIntentAsync(Intent()).ConfigureAwait(false);
        var proof = intent.Proof ?? throw new InvalidOperationException($"{intent.Outcome}");
        var receipt = SignedReceipt.Sign(
            new ReceiptContent
            {
                ReceiptId = NewId(),
                Intent = proof,
                ProviderReference = "builtin:http_api",
                ProviderOutput = Jcs.Canonicalize("""{"data":{"items":[]},"ok":true}"""u8, JsonLimits.Evidence),
                Result = new NormalizedResult(ResultKind.Success),
                Verification = new VerificationOutcome(VerificationStatus.Verified, Jcs.Canonicalize("""{"http_status":200}"""u8, JsonLimits.Evidence)),
                Effects = [new EffectEvidence { Kind = "http", Method = "GET", Target = "https://api.example.com", Status = 200,
                    ResponseBodyHash = Action.Digest }],
                Runtime = new ReceiptRuntime(12, 3456, 1),
                FinishedAt = DateTimeOffset.UtcNow,
                Failure = null,
                BuildDigest = Action.Digest,
            },
            signer);
        if (!(await ledger.RecordOutcomeAsync(receipt, [Event(proof.Intent.TraceId)]).ConfigureAwait(false)).IsDurable)
        {
            throw new InvalidOperationException("A receipt was not stored.");
        }
    }

    internal static AuditEvent Event(string trace) => new()
    {
        TraceId = trace,
        EventType = EventTypes.ActionCall,
        Decision = AuditDecision.Allow,
        Principal = "agent:bench",
        SessionId = "bench",
        ActionId = Action.Id,
    };

    internal static Ed25519Signer Signer() => new(System.Security.Cryptography.RandomNumberGenerator.GetBytes(Ed25519.SeedSize));
}
