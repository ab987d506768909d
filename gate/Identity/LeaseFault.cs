namespace LatchGate.Identity;

/// <summary>Why a lease was refused. All but two are <c>invalid_lease</c> on the wire: a stranger learns nothing from the difference.</summary>
public enum LeaseFault
{
    /// <summary>No fault: the lease is good.</summary>
    None,

    /// <summary>The token is longer than 16 KiB.</summary>
    TooLarge,

    /// <summary>Not three segments of strict base64url, with a JSON header.</summary>
    Malformed,

    /// <summary>The header's <c>alg</c> is not <c>ES256</c>, or it names a critical extension.</summary>
    Algorithm,

    /// <summary>The header's <c>kid</c> is missing or not the issuer's.</summary>
    UnknownKey,

    /// <summary>The signature does not verify.</summary>
    Signature,

    /// <summary>Signed, but a claim is missing, repeated or has the wrong type.</summary>
    Claims,

    /// <summary>Signed, but <c>iss</c> or <c>aud</c> is not this kind of gate.</summary>
    Audience,

    /// <summary>Not valid yet (<c>nbf</c>).</summary>
    NotYetValid,

    /// <summary>Authentic, but past its <c>exp</c>: the client asks for a new one (<c>lease_expired</c>).</summary>
    Expired,

    /// <summary>Authentic, but issued before leases were revoked (<c>revoked</c>).</summary>
    Revoked,
}

/// <summary>The wire codes of <see cref="LeaseFault"/>.</summary>
public static class LeaseFaults
{
    /// <summary>The <c>error</c> of the 401 answer.</summary>
    public static string WireCode(this LeaseFault fault) => fault switch
    {
        LeaseFault.Expired => "lease_expired",
        LeaseFault.Revoked => "revoked",
        _ => "invalid_lease",
    };
}
