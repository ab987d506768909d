namespace LatchGate.Policy.Rego.Builtins;

/// <summary>The JOSE header parameters that decide on a token (RFC 7515 §4.1).</summary>
/// <param name="Algorithm"><c>alg</c>, or empty.</param>
/// <param name="KeyId"><c>kid</c>, or empty.</param>
/// <param name="ContentType"><c>cty</c>, or empty.</param>
/// <param name="IsValid">Whether there is an algorithm, and every critical parameter is understood.</param>
internal sealed record JwtHeader(string Algorithm, string KeyId, string ContentType, bool IsValid)
{
    /// <summary>Reads them; false where one is of the wrong type.</summary>
    internal static bool TryRead(RegoObject header, out JwtHeader fields)
    {
        fields = null!;
        var understood = true;
        foreach (var name in (ReadOnlySpan<string>)["alg", "kid", "typ", "cty"])
        {
            if (header.Get(name) is not (null or RegoString))
            {
                return false;
            }
        }

        if (header.Get("crit") is { } critical)
        {
            if (critical is not RegoArray { Count: > 0 } names)
            {
                return false;
            }

            foreach (var name in names.Items)
            {
                // RFC 7515 §4.1.11: one that is not understood, or is not there, makes the token invalid.
                understood &= name is RegoString { Value: "alg" or "kid" or "typ" or "cty" } && header.Get(name) is not null;
            }
        }

        var algorithm = Text(header, "alg");
        fields = new JwtHeader(algorithm, Text(header, "kid"), Text(header, "cty"), understood && algorithm.Length > 0);
        return true;
    }

    private static string Text(RegoObject header, string name) => (header.Get(name) as RegoString)?.Value ?? "";
}
