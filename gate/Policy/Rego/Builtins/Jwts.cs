namespace LatchGate.Policy.Rego.Builtins;

/// <summary><c>io.jwt.decode</c> and <c>io.jwt.verify_*</c>: tokens (RFC 7519) read, and their signatures checked.</summary>
internal static class Jwts
{
    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["io.jwt.decode"] = Decode;
        foreach (var algorithm in (ReadOnlySpan<string>)["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"])
        {
            table["io.jwt.verify_" + algorithm.ToLowerInvariant()] = (a, e) => Verify(a, e, algorithm);
        }

        foreach (var algorithm in (ReadOnlySpan<string>)["HS256", "HS384", "HS512"])
        {
            table["io.jwt.verify_" + algorithm.ToLowerInvariant()] = (a, e) => VerifySecret(a, e, algorithm);
        }

        table["io.jwt.decode_verify"] = JwtVerification.DecodeVerify;
        table["io.jwt.encode_sign"] = JwtSigning.EncodeSign;
        table["io.jwt.encode_sign_raw"] = JwtSigning.EncodeSignRaw;
    }

    private static RegoValue? Decode(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Strings.Text(args[0], evaluation, out var text))
        {
            return null;
        }

        // A nested token (RFC 7519 §5.2) is shorter than the one around it.
        while (evaluation.ChargeSteps(100) && evaluation.ChargeCells(text.Length))
        {
            if (Jwt.Split(text) is not { } token || token.Header(evaluation) is not { } header || token.Payload() is not { } payload
                || header.Get("cty") is not (null or RegoString))
            {
                break;
            }

            if (header.Get("cty") is RegoString { Value: "JWT" })
            {
                text = payload.Trim('"', '\'');
                continue;
            }

            if (Encodings.Unmarshal(payload, evaluation) is not RegoObject claims || token.Signature() is not { } signature)
            {
                break;
            }

            return new RegoArray([header, claims, new RegoString(Convert.ToHexStringLower(signature))]);
        }

        return evaluation.Fail(BuiltinError.Value);
    }

    private static RegoValue? Verify(ReadOnlySpan<RegoValue> args, Evaluation evaluation, string algorithm)
    {
        if (!Prepare(args, evaluation, out var token, out var keyText))
        {
            return null;
        }

        var keys = JwtKeys.Parse(keyText, evaluation);
        try
        {
            if (keys is null || token.Signature() is not { } signature || token.Header(evaluation) is not { } header || !JwtHeader.TryRead(header, out var fields))
            {
                return evaluation.Fail(BuiltinError.Value);
            }

            var verified = Verify(keys, fields, algorithm, token.SigningInput, signature, evaluation);
            return evaluation.Fault == EvaluationFault.None ? RegoBoolean.Of(verified) : null;
        }
        finally
        {
            JwtKeys.Release(keys);
        }
    }

    /// <summary>
    /// Tries the key with the token's <c>kid</c>, else every key that is not for another algorithm than the header's.
    /// </summary>
    internal static bool Verify(List<JwtKey> keys, JwtHeader header, string algorithm, byte[] input, byte[] signature, Evaluation evaluation)
    {
        if (header.KeyId.Length > 0 && keys.Find(key => key.KeyId == header.KeyId) is { } named)
        {
            return evaluation.ChargeSteps(named.Cost) && Jws.Verify(named, algorithm, input, signature);
        }

        foreach (var key in keys)
        {
            if ((key.Algorithm.Length == 0 || key.Algorithm == header.Algorithm) && evaluation.ChargeSteps(key.Cost) && Jws.Verify(key, algorithm, input, signature))
            {
                return true;
            }
        }

        return false;
    }

    private static RegoValue? VerifySecret(ReadOnlySpan<RegoValue> args, Evaluation evaluation, string algorithm)
    {
        if (!Prepare(args, evaluation, out var token, out var secret))
        {
            return null;
        }

        if (token.Signature() is not { } signature)
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        using var key = JwtKey.OfSecret(secret);
        return RegoBoolean.Of(Jws.Verify(key, algorithm, token.SigningInput, signature));
    }

    private static bool Prepare(ReadOnlySpan<RegoValue> args, Evaluation evaluation, out Jwt token, out string key)
    {
        token = null!;
        if (!Strings.Texts(args, evaluation, out var text, out key) || !evaluation.ChargeSteps(100 + key.Length + (text.Length >> 2)) || !evaluation.ChargeCells(text.Length))
        {
            return false;
        }

        token = Jwt.Split(text)!;
        if (token is null)
        {
            evaluation.Fail(BuiltinError.Value);
        }

        return token is not null;
    }
}
