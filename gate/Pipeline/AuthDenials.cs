using LatchGate.Identity;

namespace LatchGate.Pipeline;

/// <summary>What a refused authentication is answered with.</summary>
internal static class AuthDenials
{
    internal static Denial Of(in AuthRejection rejection) => new(
        rejection.Fault switch
        {
            AuthFault.MissingAuthHeader => GateFailure.MissingAuthHeader,
            AuthFault.InvalidLease => GateFailure.InvalidLease,
            AuthFault.LeaseExpired => GateFailure.LeaseExpired,
            AuthFault.Revoked => GateFailure.Revoked,
            AuthFault.InvalidDpop => GateFailure.InvalidDpop,
            AuthFault.ReplayDetected => GateFailure.ReplayDetected,
            AuthFault.ReplayCacheUnavailable => GateFailure.ReplayCacheUnavailable,
            AuthFault.ClockError => GateFailure.ClockError,
            AuthFault.InvalidAuthScheme => GateFailure.InvalidAuthScheme,
            AuthFault.MissingDpopHeader => GateFailure.MissingDpopHeader,
            AuthFault.InvalidOperatorToken => GateFailure.InvalidOperatorToken,
            AuthFault.KeyBindingFailed => GateFailure.KeyBindingFailed,
            _ => throw new ArgumentOutOfRangeException(nameof(rejection), rejection.Fault, "Not a refusal."),
        },
        rejection.Reason is { } reason ? PlainText.Clean(reason, 300) : null);
}
