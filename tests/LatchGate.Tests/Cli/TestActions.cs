using LatchGate.Actions;
using LatchGate.Crypto;
using LatchGate.Egress;

namespace LatchGate.Tests.Cli;

internal static class TestActions
{
    internal static ActionSpec Fetch { get; } = Make("http_fetch", RiskLevel.Low, "http_read");

    internal static ActionSpec Delete { get; } = Make("http_delete", RiskLevel.Critical, "http_delete");

    private static ActionSpec Make(string id, RiskLevel risk, string effect) => new()
    {
        Id = id,
        Version = "1.0.0",
        Description = "Does what it says.",
        Risk = risk,
        ProviderReference = "builtin:http_api",
        ProviderName = "http_api",
        ModuleDigest = Sha256Digest.Of("module"u8),
        Digest = Sha256Digest.Of("manifest"u8),
        Imports = default,
        Limits = new ResourceLimits(1_000_000, 16, 30, 10, 1024),
        Io = new IoLimits(1024, 1024),
        Verification = new VerificationSpec(VerifierKind.None, [], []),
        Egress = EgressRuleSet.Closed,
        Secrets = [],
        SideEffects = [effect],
        RequiredScopes = ["tools:call"],
        Tags = [],
        RequestSchema = default,
        ValidateRequest = null,
        ValidateResponse = null,
        Template = null,
    };
}
