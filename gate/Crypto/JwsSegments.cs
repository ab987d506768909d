namespace LatchGate.Crypto;

/// <summary>A JWS in compact serialisation (RFC 7515 §7.1), cut at its dots: <c>header "." payload "." signature</c>, each base64url.</summary>
internal readonly ref struct JwsSegments
{
    private JwsSegments(ReadOnlySpan<byte> token, int firstDot, int secondDot)
    {
        Header = token[..firstDot];
        Payload = token[(firstDot + 1)..secondDot];
        SigningInput = token[..secondDot];
        Signature = token[(secondDot + 1)..];
    }

    internal ReadOnlySpan<byte> Header { get; }

    internal ReadOnlySpan<byte> Payload { get; }

    /// <summary>What the signature covers: header, dot, payload, as sent.</summary>
    internal ReadOnlySpan<byte> SigningInput { get; }

    /// <summary>A further dot stays in here, where base64url refuses it.</summary>
    internal ReadOnlySpan<byte> Signature { get; }

    internal static bool TrySplit(ReadOnlySpan<byte> token, out JwsSegments segments)
    {
        segments = default;
        var firstDot = token.IndexOf((byte)'.');
        var secondDot = firstDot < 0 ? -1 : token[(firstDot + 1)..].IndexOf((byte)'.');
        if (secondDot < 0)
        {
            return false;
        }

        segments = new JwsSegments(token, firstDot, firstDot + 1 + secondDot);
        return true;
    }
}
