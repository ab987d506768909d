namespace LatchGate.Identity;

/// <summary>Why a request was not authenticated (reference/wire.md §2.2, §4.1, §6).</summary>
public enum AuthFault
{
    /// <summary>No fault.</summary>
    None,

    /// <summary>No <c>Authorization</c> header, or on agent routes no <c>DPoP</c> header.</summary>
    MissingAuthHeader,

    /// <summary>Agent: another scheme, an empty token, a lease that does not verify, or one presented by another principal's process.</summary>
    InvalidLease,

    /// <summary>Agent: an authentic lease past its life.</summary>
    LeaseExpired,

    /// <summary>Agent: an authentic lease issued before leases were revoked.</summary>
    Revoked,

    /// <summary>The proof was refused; the rejection says why.</summary>
    InvalidDpop,

    /// <summary>The proof was used before.</summary>
    ReplayDetected,

    /// <summary>Whether the proof was used before cannot be told: the store is full or does not answer.</summary>
    ReplayCacheUnavailable,

    /// <summary>The clock was set back; proofs cannot be judged.</summary>
    ClockError,

    /// <summary>Operator: the scheme is not <c>DPoP</c>.</summary>
    InvalidAuthScheme,

    /// <summary>Operator: no <c>DPoP</c> header.</summary>
    MissingDpopHeader,

    /// <summary>Operator: no credential has this API key.</summary>
    InvalidOperatorToken,

    /// <summary>Operator: the proof's key is unusable or not the credential's, or the credential names none.</summary>
    KeyBindingFailed,
}

/// <summary>The answers to <see cref="AuthFault"/>.</summary>
public static class AuthFaults
{
    /// <summary>The <c>error</c> of the answer.</summary>
    public static string WireCode(this AuthFault fault) => fault switch
    {
        AuthFault.MissingAuthHeader => "missing_auth_header",
        AuthFault.InvalidLease => "invalid_lease",
        AuthFault.LeaseExpired => "lease_expired",
        AuthFault.Revoked => "revoked",
        AuthFault.InvalidDpop => "invalid_dpop",
        AuthFault.ReplayDetected => "replay_detected",
        AuthFault.ReplayCacheUnavailable => "replay_cache_unavailable",
        AuthFault.ClockError => "clock_error",
        AuthFault.InvalidAuthScheme => "invalid_auth_scheme",
        AuthFault.MissingDpopHeader => "missing_dpop_header",
        AuthFault.InvalidOperatorToken => "invalid_operator_token",
        AuthFault.KeyBindingFailed => "key_binding_failed",
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };

    /// <summary>The HTTP status: 401, or 503 where the gate cannot tell.</summary>
    public static int Status(this AuthFault fault) => fault is AuthFault.ReplayCacheUnavailable or AuthFault.ClockError ? 503 : 401;
}

/// <summary>A request that was not authenticated.</summary>
/// <param name="Fault">Why.</param>
/// <param name="Dpop">The fault of the proof, where <paramref name="Fault"/> is about one; for metrics.</param>
/// <param name="Reason">The <c>deny_reason</c> for the client, or null.</param>
public readonly record struct AuthRejection(AuthFault Fault, DpopFault Dpop = DpopFault.None, string? Reason = null)
{
    internal static AuthRejection OfProof(in DpopRejection rejection) => new(AuthFault.InvalidDpop, rejection.Fault, rejection.Reason);

    /// <summary>What to answer to a verdict other than fresh.</summary>
    internal static AuthRejection OfReplay(ReplayVerdict verdict) => verdict switch
    {
        ReplayVerdict.Replayed => new AuthRejection(AuthFault.ReplayDetected),
        ReplayVerdict.BeforeStart => OfProof(DpopRejection.Of(DpopFault.IatBeforeStart)),
        ReplayVerdict.Unavailable => new AuthRejection(AuthFault.ReplayCacheUnavailable),
        _ => throw new ArgumentOutOfRangeException(nameof(verdict)),
    };
}

/// <summary>Either a verified party or why there is none.</summary>
/// <typeparam name="T">A proof value.</typeparam>
public readonly struct AuthOutcome<T> where T : class
{
    internal AuthOutcome(T verified) => Verified = verified;

    internal AuthOutcome(in AuthRejection rejection) => Rejection = rejection;

    /// <summary>The party; null when the request was refused.</summary>
    public T? Verified { get; }

    /// <summary>Why the request was refused, when <see cref="Verified"/> is null.</summary>
    public AuthRejection Rejection { get; }
}
