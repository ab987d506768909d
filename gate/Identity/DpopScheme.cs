namespace LatchGate.Identity;

/// <summary>
/// The <c>Authorization</c> header of RFC 9449 §7.1: the five bytes <c>"DPoP "</c>, case-sensitive with one space, then the token, verbatim
/// and not empty.
/// </summary>
internal static class DpopScheme
{
    internal static bool TryGetToken(ReadOnlySpan<byte> authorization, out ReadOnlySpan<byte> token)
    {
        var prefix = "DPoP "u8;
        var matches = authorization.StartsWith(prefix) && authorization.Length > prefix.Length;
        token = matches ? authorization[prefix.Length..] : default;
        return matches;
    }
}
