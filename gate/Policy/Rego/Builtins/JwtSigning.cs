using System.Buffers.Text;
using System.Text;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// <c>io.jwt.encode_sign</c> and <c>io.jwt.encode_sign_raw</c>: a token signed (RFC 7515 §5.1) with the first key of a JWK or
/// JWK set. Only HS, RS and EdDSA: a signature of ES or PS differs each time, so it has no value a policy could have.
/// </summary>
internal static class JwtSigning
{
    internal static RegoValue? EncodeSign(ReadOnlySpan<RegoValue> args, Evaluation evaluation) => args[0] is RegoObject header && args[2] is RegoObject key
        ? Sign(header, RegoText.ToJson(header), RegoText.ToJson(args[1]), key, evaluation)
        : evaluation.Fail(BuiltinError.Type);

    internal static RegoValue? EncodeSignRaw(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Strings.Texts(args, evaluation, out var header, out var payload) || !Strings.Text(args[2], evaluation, out var key))
        {
            return null;
        }

        return Encodings.Unmarshal(header, evaluation) is RegoObject fields && Encodings.Unmarshal(key, evaluation) is RegoObject jwk
            ? Sign(fields, header, payload, jwk, evaluation)
            : evaluation.Fail(BuiltinError.Value);
    }

    private static RegoValue? Sign(RegoObject fields, string header, string payload, RegoObject jwk, Evaluation evaluation)
    {
        if (!evaluation.ChargeCells(header.Length + payload.Length) || !evaluation.ChargeSteps(payload.Length >> 2))
        {
            return null;
        }

        // A token that does not say what it holds holds JSON.
        if (fields.Get("alg") is not RegoString { Value: var algorithm } || !Jws.IsKnown(algorithm)
            || (fields.Get("typ") is null or not RegoString or RegoString { Value: "JWT" } && Encodings.Unmarshal(payload, evaluation) is null))
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        var keys = JwtKeys.Parse(jwk);
        try
        {
            if (keys is not { Count: > 0 } || !evaluation.ChargeSteps(keys[0].Rsa is null ? keys[0].Cost : 60 * keys[0].Cost))
            {
                return evaluation.Fail(BuiltinError.Value);
            }

            var input = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}";
            return Jws.Sign(keys[0], algorithm, Encoding.UTF8.GetBytes(input)) is { } signature
                ? Strings.Made($"{input}.{Base64Url.EncodeToString(signature)}", evaluation)
                : evaluation.Fail(BuiltinError.Value);
        }
        finally
        {
            JwtKeys.Release(keys);
        }
    }
}
