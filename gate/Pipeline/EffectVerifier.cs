using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Evidence;

namespace LatchGate.Pipeline;

/// <summary>
/// Checks an effect after the call: what the provider says against what the host itself saw (reference/kernel.md §13,
/// D-99). Never says verified on the provider's word alone.
/// </summary>
internal static class EffectVerifier
{
    /// <summary>Verifies one execution that ended with an output.</summary>
    /// <param name="spec">What to check.</param>
    /// <param name="output">An object.</param>
    /// <param name="seen">What the host saw, in order.</param>
    /// <param name="task">What was asked; null leaves it uncompared.</param>
    internal static VerificationOutcome Verify(
        VerificationSpec spec, JsonElement output, IReadOnlyList<HostIo.EffectEvidence> seen, ResolvedTask? task = null)
    {
        if (!output.TryGetProperty("ok"u8, out var ok) || ok.ValueKind != JsonValueKind.True)
        {
            return new VerificationOutcome(VerificationStatus.ProviderFailedBeforeVerification);
        }

        switch (spec.Kind)
        {
            case VerifierKind.None:
                return new VerificationOutcome(VerificationStatus.UnverifiableDeclared);
            case VerifierKind.HttpStatus:
                return new HttpVerification(spec, output, seen, task).Run();
            case VerifierKind.FsHash:
                var record = new VerificationRecord();
                record.Fails("operation", "the action has no files");
                return record.Outcome(null);
            default:
                throw new ArgumentOutOfRangeException(nameof(spec), spec.Kind, "Not a verifier.");
        }
    }
}
