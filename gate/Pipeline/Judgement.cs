using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Evidence;
using LatchGate.Json;
using LatchGate.Sandbox;

namespace LatchGate.Pipeline;

/// <summary>What the gate makes of one execution: everything the receipt says, and what the caller is told.</summary>
/// <param name="Result">How the execution ended.</param>
/// <param name="Verification">What the check of the effect found.</param>
/// <param name="Failure">Why it failed; null on success.</param>
/// <param name="Output">The canonical output; null when there is none.</param>
/// <param name="Denial">What the caller is told instead of a success; null when the call counts as executed.</param>
internal sealed record Judgement(
    NormalizedResult Result, VerificationOutcome Verification, FailureClass? Failure, CanonicalBytes? Output, Denial? Denial)
{
    /// <summary>Whether the provider itself says that it succeeded.</summary>
    internal bool Succeeded => Result.Kind == ResultKind.Success;

    /// <summary>The gate itself failed while the call was under way: what became of it is not known.</summary>
    internal static Judgement GateFailed { get; } = new(
        new NormalizedResult(ResultKind.InternalError, "the gate failed while the call was under way"),
        new VerificationOutcome(VerificationStatus.Skipped),
        FailureClass.InternalError,
        null,
        new Denial(GateFailure.ActionExecutionFailed, "the gate failed while the call was under way", "internal_error"));

    /// <summary>Judges an execution (reference/kernel.md §3.3 rows 4 to 7a). A receipt follows in every case.</summary>
    /// <param name="action">The action.</param>
    /// <param name="done">What was done.</param>
    /// <param name="task">What was asked; null leaves what was written uncompared.</param>
    internal static Judgement Of(ActionSpec action, in DispatchResult done, ResolvedTask? task = null)
    {
        if (done.GateFailed)
        {
            return GateFailed;
        }

        if (!done.Sandbox.Completed)
        {
            return Trapped(done.Sandbox.Trap);
        }

        if (!TryRead(done.Sandbox.Output, Limits(action), out var document, out var output, out var fault))
        {
            return Broken(null, fault.Describe("response"));
        }

        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("ok"u8, out var ok)
                || ok.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            {
                return Broken(output, "the provider's output has no boolean 'ok'");
            }

            if (done.Refusal is { } refusal)
            {
                return Refused(output, refusal);
            }

            if (done.FileRefusal is { } unfit)
            {
                return Refused(output, unfit);
            }

            var succeeded = ok.ValueKind == JsonValueKind.True;
            if (succeeded)
            {
                var errors = new SchemaErrors();
                action.ValidateResponse?.Invoke(root, ref errors);
                if (!errors.None)
                {
                    return Broken(output, $"schema validation failed: {errors}");
                }
            }

            return Completed(action, output, succeeded, action.Files is null
                ? EffectVerifier.Verify(action.Verification, root, done.Effects, task)
                : FileVerifier.Verify(root, done.Files, task));
        }
    }

    // An upstream may answer with 64-bit ids. Such numbers have no canonical form, and to round them would sign something else: the
    // receipt then holds the very text of the output, as a JSON string.
    private static bool TryRead(
        ReadOnlyMemory<byte> text, JsonLimits limits, [NotNullWhen(true)] out JsonDocument? document,
        [NotNullWhen(true)] out CanonicalBytes? output, out JsonFault fault)
    {
        if (StrictJson.TryParse(text, limits, out document, out output, out fault))
        {
            return true;
        }

        if (fault.Kind is not (JsonFaultKind.UnsafeInteger or JsonFaultKind.NumberOverflow)
            || !StrictJson.TryParse(text, limits with { AnyNumber = true }, out document, out fault))
        {
            return false;
        }

        using var json = new CanonicalWriter();
        output = json.Value(Encoding.UTF8.GetString(text.Span)).Finish();
        return true;
    }

    // The provider's output wraps what the world answered, which may nest as it likes; the request's depth limit is not for it.
    private static JsonLimits Limits(ActionSpec action) => JsonLimits.Evidence with { MaxBytes = action.Io.MaxResponseBytes };

    private static Judgement Completed(ActionSpec action, CanonicalBytes output, bool succeeded, VerificationOutcome verification)
    {
        var failed = verification.Status == VerificationStatus.VerificationFailed;
        var result = succeeded ? new NormalizedResult(ResultKind.Success) : new NormalizedResult(ResultKind.ProviderFailure, "exit code 1");
        FailureClass? failure = !succeeded ? FailureClass.ProviderError : failed ? FailureClass.VerificationFailed : null;

        // For what a human had to approve, an effect that nobody could confirm is not a success.
        var unconfirmed = action.Risk.NeedsHuman() && verification.Status != VerificationStatus.Verified;
        return new Judgement(result, verification, failure, output, unconfirmed
            ? new Denial(
                GateFailure.VerificationFailed, verification.Reason ?? "the provider reported a failure", verification.Tag, verification.Failed)
            : null);
    }

    private static Judgement Refused(CanonicalBytes output, Egress.EgressVerdict refusal)
    {
        var denied = Egress.EgressReasons.Status(refusal.Reason) != 502;
        var word = Egress.EgressReasons.Label(refusal.Reason);
        return new Judgement(
            new NormalizedResult(ResultKind.ProviderFailure, $"{word}: {refusal.Message}"),
            new VerificationOutcome(VerificationStatus.ProviderFailedBeforeVerification),
            denied ? FailureClass.PolicyViolation : refusal.Reason == Egress.EgressReason.RequestTimeout ? FailureClass.Timeout : FailureClass.ProviderError,
            output,
            new Denial(
                denied ? GateFailure.EgressDenied
                : refusal.Reason == Egress.EgressReason.CapsUnavailable ? GateFailure.StoreUnavailable
                : GateFailure.UpstreamFailed,
                $"{word}: {refusal.Message}",
                word,
                refusal.Rule)
            {
                Status = denied ? refusal.Status : null,
            });
    }

    private static Judgement Refused(CanonicalBytes output, HostIo.Files.FileRefusal refusal)
    {
        var denial = FilePrecheck.Denied(refusal);
        return new Judgement(
            new NormalizedResult(ResultKind.ProviderFailure, denial.Reason),
            new VerificationOutcome(VerificationStatus.ProviderFailedBeforeVerification),
            denial.Failure == GateFailure.FileDenied ? FailureClass.PolicyViolation : FailureClass.ProviderError,
            output,
            denial);
    }

    private static Judgement Broken(CanonicalBytes? output, string reason) => new(
        new NormalizedResult(ResultKind.ProviderFailure, reason),
        new VerificationOutcome(VerificationStatus.Skipped),
        FailureClass.PolicyViolation,
        output,
        new Denial(GateFailure.ResponseSchemaViolation, PlainText.Clean(reason)));

    private static Judgement Trapped(TrapReason trap)
    {
        var word = trap.ToWire();
        var late = trap == TrapReason.DeadlineExceeded;
        return new Judgement(
            late ? new NormalizedResult(ResultKind.Timeout) : new NormalizedResult(ResultKind.ProviderFailure, word),
            new VerificationOutcome(VerificationStatus.Skipped),
            late ? FailureClass.Timeout : FailureClass.ProviderError,
            null,
            new Denial(trap is TrapReason.Busy or TrapReason.HostOutOfMemory ? GateFailure.Busy : GateFailure.ActionExecutionFailed, word, word));
    }
}
