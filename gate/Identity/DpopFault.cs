namespace LatchGate.Identity;

/// <summary>Why a DPoP proof was refused (RFC 9449 §4.3; reference/wire.md §4.2), in the order of the checks.</summary>
public enum DpopFault
{
    /// <summary>No fault: the proof is good.</summary>
    None,

    /// <summary>The proof is longer than 8 KiB.</summary>
    TooLarge,

    /// <summary>The proof is not three segments joined by dots.</summary>
    SegmentCount,

    /// <summary>The header segment is not strict base64url.</summary>
    HeaderEncoding,

    /// <summary>The header is not a JSON object, or repeats a member.</summary>
    HeaderJson,

    /// <summary>The header's <c>typ</c> is not <c>dpop+jwt</c>.</summary>
    Typ,

    /// <summary>The header's <c>alg</c> is not <c>ES256</c>.</summary>
    Alg,

    /// <summary>The header has a <c>crit</c> member; the gate knows no critical extension.</summary>
    Crit,

    /// <summary>The header has no <c>jwk</c> object.</summary>
    JwkMissing,

    /// <summary>The key's <c>kty</c> is not <c>EC</c>.</summary>
    JwkKty,

    /// <summary>The key's <c>crv</c> is not <c>P-256</c>.</summary>
    JwkCrv,

    /// <summary>The key has no string <c>x</c>.</summary>
    JwkX,

    /// <summary>The key has no string <c>y</c>.</summary>
    JwkY,

    /// <summary>The key carries the private member <c>d</c>.</summary>
    JwkPrivate,

    /// <summary>The key's <c>x</c> is not strict base64url.</summary>
    JwkXEncoding,

    /// <summary>The key's <c>y</c> is not strict base64url.</summary>
    JwkYEncoding,

    /// <summary>A coordinate is not 32 bytes long.</summary>
    CoordinateLength,

    /// <summary>The point is not on P-256.</summary>
    PointNotOnCurve,

    /// <summary>The key is not the one that the lease or the credential is bound to.</summary>
    KeyBinding,

    /// <summary>The signature segment is not strict base64url.</summary>
    SignatureEncoding,

    /// <summary>The signature is not 64 bytes long.</summary>
    SignatureLength,

    /// <summary>The signature does not verify.</summary>
    Signature,

    /// <summary>The payload segment is not strict base64url.</summary>
    PayloadEncoding,

    /// <summary>The payload is not a JSON object with the required claims in their types, or repeats a member.</summary>
    Payload,

    /// <summary>The <c>jti</c> is empty or longer than 256 bytes.</summary>
    JtiLength,

    /// <summary>The proof is for another method.</summary>
    Htm,

    /// <summary>The <c>htu</c> is not an absolute URI.</summary>
    HtuMalformed,

    /// <summary>The proof is for another URI.</summary>
    Htu,

    /// <summary>The proof was made more than 60 seconds ago.</summary>
    IatTooOld,

    /// <summary>The proof was made more than 5 seconds in the future.</summary>
    IatInFuture,

    /// <summary>The proof may have been used before this gate started, and its replay record is gone.</summary>
    IatBeforeStart,

    /// <summary>The proof is for another access token.</summary>
    Ath,
}

/// <summary>The closed set of metric labels for a refused proof: attacker text never becomes a label.</summary>
public enum DpopRejectKind
{
    /// <summary>Not a JWT of the expected form.</summary>
    Malformed,

    /// <summary>The JOSE header breaks a rule.</summary>
    BadHeader,

    /// <summary>The key is unusable or the wrong one.</summary>
    BadKey,

    /// <summary>The signature is unusable or wrong.</summary>
    BadSig,

    /// <summary>Wrong method.</summary>
    BadHtm,

    /// <summary>Wrong URI.</summary>
    BadHtu,

    /// <summary>Outside the time window.</summary>
    BadIat,

    /// <summary>Wrong access token.</summary>
    BadAth,
}

/// <summary>What a <see cref="DpopFault"/> is called in metrics.</summary>
public static class DpopFaults
{
    /// <summary>The kind of a fault.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="fault"/> is <see cref="DpopFault.None"/>.</exception>
    public static DpopRejectKind Kind(this DpopFault fault) => fault switch
    {
        DpopFault.TooLarge or DpopFault.SegmentCount or DpopFault.HeaderEncoding or DpopFault.HeaderJson
            or DpopFault.PayloadEncoding or DpopFault.Payload or DpopFault.JtiLength => DpopRejectKind.Malformed,
        DpopFault.Typ or DpopFault.Alg or DpopFault.Crit or DpopFault.JwkMissing or DpopFault.JwkKty or DpopFault.JwkCrv
            or DpopFault.JwkX or DpopFault.JwkY or DpopFault.JwkPrivate or DpopFault.JwkXEncoding or DpopFault.JwkYEncoding
            => DpopRejectKind.BadHeader,
        DpopFault.CoordinateLength or DpopFault.PointNotOnCurve or DpopFault.KeyBinding => DpopRejectKind.BadKey,
        DpopFault.SignatureEncoding or DpopFault.SignatureLength or DpopFault.Signature => DpopRejectKind.BadSig,
        DpopFault.Htm => DpopRejectKind.BadHtm,
        DpopFault.HtuMalformed or DpopFault.Htu => DpopRejectKind.BadHtu,
        DpopFault.IatTooOld or DpopFault.IatInFuture or DpopFault.IatBeforeStart => DpopRejectKind.BadIat,
        DpopFault.Ath => DpopRejectKind.BadAth,
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };

    /// <summary>The metric label of a kind.</summary>
    public static string Label(this DpopRejectKind kind) => kind switch
    {
        DpopRejectKind.Malformed => "malformed",
        DpopRejectKind.BadHeader => "bad_header",
        DpopRejectKind.BadKey => "bad_key",
        DpopRejectKind.BadSig => "bad_sig",
        DpopRejectKind.BadHtm => "bad_htm",
        DpopRejectKind.BadHtu => "bad_htu",
        DpopRejectKind.BadIat => "bad_iat",
        DpopRejectKind.BadAth => "bad_ath",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
