using LatchGate.Json;

namespace LatchGate.Evidence;

/// <summary>How an execution ended, whatever the provider (reference/kernel.md §5.3).</summary>
public enum ResultKind
{
    /// <summary>The provider completed.</summary>
    Success,

    /// <summary>The provider reported a failure, or its output was refused.</summary>
    ProviderFailure,

    /// <summary>The deadline ended it.</summary>
    Timeout,

    /// <summary>The caller or a shutdown ended it.</summary>
    Cancelled,

    /// <summary>The gate failed.</summary>
    InternalError,
}

/// <summary>How an execution ended, with a sentence where the kind has one.</summary>
/// <param name="Kind">How it ended.</param>
/// <param name="Text">The summary of a success, the reason of a failure; not used for timeout and cancelled. Never a secret.</param>
public readonly record struct NormalizedResult(ResultKind Kind, string? Text = null)
{
    internal void Write(CanonicalWriter writer)
    {
        writer.BeginObject().Member("kind"u8, Kind switch
        {
            ResultKind.Success => "success",
            ResultKind.ProviderFailure => "provider_failure",
            ResultKind.Timeout => "timeout",
            ResultKind.Cancelled => "cancelled",
            ResultKind.InternalError => "internal_error",
            _ => throw new InvalidOperationException($"No wire form for {Kind}."),
        });
        if (Kind is ResultKind.ProviderFailure or ResultKind.InternalError)
        {
            writer.Member("reason"u8, Text ?? "");
        }
        else if (Kind == ResultKind.Success)
        {
            writer.Member("summary"u8, Text ?? "provider completed successfully");
        }

        writer.End();
    }
}

/// <summary>Why an execution failed.</summary>
public enum FailureClass
{
    /// <summary>The provider, its host calls or its upstream.</summary>
    ProviderError,

    /// <summary>The deadline.</summary>
    Timeout,

    /// <summary>The gate refused what the provider tried or answered.</summary>
    PolicyViolation,

    /// <summary>The effect was not the expected one.</summary>
    VerificationFailed,

    /// <summary>The caller or a shutdown.</summary>
    Cancelled,

    /// <summary>The gate itself.</summary>
    InternalError,
}

/// <summary>Wire forms of <see cref="FailureClass"/>.</summary>
public static class FailureClassExtensions
{
    /// <summary>The snake_case name.</summary>
    public static string ToWire(this FailureClass failure) => failure switch
    {
        FailureClass.ProviderError => "provider_error",
        FailureClass.Timeout => "timeout",
        FailureClass.PolicyViolation => "policy_violation",
        FailureClass.VerificationFailed => "verification_failed",
        FailureClass.Cancelled => "cancelled",
        FailureClass.InternalError => "internal_error",
        _ => throw new ArgumentOutOfRangeException(nameof(failure)),
    };
}
