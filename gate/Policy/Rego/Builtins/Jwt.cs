namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// The parts of a JSON Web Token in compact form (RFC 7519 §7.2, RFC 7515 §3.1).
/// <code>JWT = BASE64URL(header) "." BASE64URL(payload) "." BASE64URL(signature)</code>
/// </summary>
internal sealed class Jwt
{
    private readonly string _text;
    private readonly int _first;
    private readonly int _second;

    private Jwt(string text, int first, int second) => (_text, _first, _second) = (text, first, second);

    /// <summary>What is signed.</summary>
    internal byte[] SigningInput => System.Text.Encoding.UTF8.GetBytes(_text[.._second]);

    /// <summary>Splits a token; null where it has not three parts.</summary>
    internal static Jwt? Split(string text)
    {
        var first = text.IndexOf('.', StringComparison.Ordinal);
        var second = first < 0 ? -1 : text.IndexOf('.', first + 1);
        return second < 0 || text.IndexOf('.', second + 1) >= 0 ? null : new Jwt(text, first, second);
    }

    /// <summary>The header; null where it is no JSON object, or that of an encrypted token.</summary>
    internal RegoObject? Header(Evaluation evaluation) =>
        Text(_text[.._first]) is { } json && Encodings.Unmarshal(json, evaluation) is RegoObject header && header.Get("enc") is null ? header : null;

    internal string? Payload() => Text(_text[(_first + 1).._second]);

    internal byte[]? Signature() => Encodings.Bytes(_text[(_second + 1)..], url: true);

    private static string? Text(string encoded) => Encodings.Bytes(encoded, url: true) is { } bytes ? Encodings.Utf8(bytes) : null;
}
