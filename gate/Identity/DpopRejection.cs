using System.Globalization;
using System.Text;

namespace LatchGate.Identity;

/// <summary>A refused proof: the fault, and the <c>deny_reason</c> for the client.</summary>
/// <param name="Fault">What was wrong.</param>
/// <param name="Reason">One line of at most 200 bytes of UTF-8 without control characters.</param>
public readonly record struct DpopRejection(DpopFault Fault, string Reason)
{
    private const int MaxReasonBytes = 200;

    internal static DpopRejection Of(DpopFault fault) => new(fault, fault switch
    {
        DpopFault.TooLarge => "proof is longer than 8192 bytes",
        DpopFault.SegmentCount => "malformed JWT: expected exactly 3 dot-separated segments",
        DpopFault.HeaderEncoding => "invalid base64url encoding in JWT header",
        DpopFault.HeaderJson => "JWT header is not valid JSON",
        DpopFault.Crit => "'crit' is not supported in DPoP proofs",
        DpopFault.JwkMissing => "'jwk' header claim is required in DPoP proofs",
        DpopFault.JwkX => "jwk.x is required",
        DpopFault.JwkY => "jwk.y is required",
        DpopFault.JwkPrivate => "jwk must not contain the private member 'd'",
        DpopFault.JwkXEncoding => "invalid base64url in jwk.x",
        DpopFault.JwkYEncoding => "invalid base64url in jwk.y",
        DpopFault.CoordinateLength => "P-256 coordinates must be exactly 32 bytes each",
        DpopFault.PointNotOnCurve => "invalid P-256 public key (point not on curve)",
        DpopFault.KeyBinding => "DPoP key thumbprint does not match lease cnf.jkt (key binding failure)",
        DpopFault.SignatureEncoding => "invalid base64url encoding in JWT signature",
        DpopFault.SignatureLength => "signature is not a valid ES256 (P-256) signature (expected 64 bytes)",
        DpopFault.Signature => "signature verification failed",
        DpopFault.PayloadEncoding => "invalid base64url encoding in JWT payload",
        DpopFault.JtiLength => "jti must have 1 to 256 bytes",
        DpopFault.HtuMalformed => "proof htu normalisation failed: not an absolute URI",
        DpopFault.IatBeforeStart => "iat predates what this gate can know of replays since it started; make a new proof",
        DpopFault.Ath => "ath does not match SHA-256 of the presented access token",
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    });

    internal static DpopRejection Mismatch(DpopFault fault, string what, string wanted, ReadOnlySpan<byte> got) =>
        new(fault, Sanitise($"{what} must be '{wanted}', got '{Encoding.UTF8.GetString(got)}'"));

    internal static DpopRejection Payload(string detail) =>
        new(DpopFault.Payload, $"payload claims invalid or missing required fields: {detail}");

    internal static DpopRejection Htm(string expected, ReadOnlySpan<byte> got) =>
        new(DpopFault.Htm, Sanitise($"htm mismatch: expected '{expected}', got '{Encoding.UTF8.GetString(got)}'"));

    internal static DpopRejection Htu(string expected, ReadOnlySpan<byte> got) =>
        new(DpopFault.Htu, Sanitise($"htu mismatch: expected '{expected}', got '{Encoding.UTF8.GetString(got)}'"));

    internal static DpopRejection TooOld(long iat, long now) =>
        new(DpopFault.IatTooOld, string.Create(CultureInfo.InvariantCulture, $"iat too old: {iat} (now={now}, max_age={DpopVerifier.MaxAgeSeconds}s)"));

    internal static DpopRejection InFuture(long iat, long now) =>
        new(DpopFault.IatInFuture, string.Create(CultureInfo.InvariantCulture, $"iat too far in future: {iat} (now={now}, allowed_skew={DpopVerifier.ClockSkewSeconds}s)"));

    /// <summary>Control characters become spaces, so that no log line or header can be forged; then cut at a character boundary.</summary>
    private static string Sanitise(string text)
    {
        var clean = string.Create(Math.Min(text.Length, MaxReasonBytes), text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        });
        if (Encoding.UTF8.GetByteCount(clean) <= MaxReasonBytes && (clean.Length == 0 || !char.IsHighSurrogate(clean[^1])))
        {
            return clean;
        }

        var (bytes, end) = (0, 0);
        foreach (var rune in clean.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar || bytes + rune.Utf8SequenceLength > MaxReasonBytes)
            {
                break;
            }

            bytes += rune.Utf8SequenceLength;
            end += rune.Utf16SequenceLength;
        }

        return clean[..end];
    }
}
