using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Evidence;
using LatchGate.Json;

namespace LatchGate.Pipeline;

/// <summary>
/// Checks an effect after the call: what the provider says against what the host itself saw (reference/kernel.md §13,
/// D-99). Never says verified on the provider's word alone.
/// </summary>
internal static class EffectVerifier
{
    /// <summary>Verifies one execution that ended with an output.</summary>
    internal static VerificationOutcome Verify(VerificationSpec spec, JsonElement output, IReadOnlyList<HostIo.EffectEvidence> seen)
    {
        if (!output.TryGetProperty("ok"u8, out var ok) || ok.ValueKind != JsonValueKind.True)
        {
            return new VerificationOutcome(VerificationStatus.ProviderFailedBeforeVerification);
        }

        return spec.Kind switch
        {
            VerifierKind.None => new VerificationOutcome(VerificationStatus.UnverifiableDeclared),
            VerifierKind.HttpStatus => VerifyHttp(spec, output, seen),
            VerifierKind.FsHash => Failed("the action has no files"),
            _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Kind, "Not a verifier."),
        };
    }

    private static VerificationOutcome VerifyHttp(VerificationSpec spec, JsonElement output, IReadOnlyList<HostIo.EffectEvidence> seen)
    {
        if (seen is not [.., { Status: { } status }])
        {
            return Failed("the host saw no HTTP response");
        }

        if (!JsonPointer.TryFind(output, "/data/status_code", out var claimed) || claimed.ValueKind != JsonValueKind.Number
            || !claimed.TryGetInt32(out var told))
        {
            return Failed("the provider's output has no HTTP status");
        }

        if (told != status)
        {
            return Failed($"the provider reported HTTP {told}, the host saw HTTP {status}");
        }

        var accepted = spec.ExpectedStatus.IsEmpty ? status is >= 200 and <= 299 : spec.ExpectedStatus.Contains(status);
        if (!accepted)
        {
            return Failed($"HTTP status {status} is not an accepted one");
        }

        foreach (var pointer in spec.RequiredFields)
        {
            if (!JsonPointer.TryFind(output, pointer, out _))
            {
                return Failed($"the output has no {pointer}");
            }
        }

        using var evidence = new CanonicalWriter();
        evidence.BeginObject().Member("host_corroborated"u8, true).Member("http_status"u8, status).End();
        return new VerificationOutcome(VerificationStatus.Verified, evidence.Finish());
    }

    private static VerificationOutcome Failed(string reason) => new(VerificationStatus.VerificationFailed, Reason: reason);
}
