using System.Globalization;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// <c>io.jwt.decode_verify</c>: a token's signature and registered claims (RFC 7519 §4.1, §7.2) checked against the
/// constraints <c>cert</c> or <c>secret</c>, <c>alg</c>, <c>iss</c>, <c>aud</c> and <c>time</c> (nanoseconds since 1970).
/// </summary>
/// <remarks>
/// There is no clock here: a token with <c>exp</c> or <c>nbf</c> and a constraint without <c>time</c> is undefined, where OPA
/// would ask the host for the time.
/// </remarks>
internal static class JwtVerification
{
    private static readonly RegoArray Refused = new([RegoBoolean.False, RegoObject.Empty, RegoObject.Empty]);

    internal static RegoValue? DecodeVerify(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Strings.Text(args[0], evaluation, out var text) || args[1] is not RegoObject members)
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        if (Constraints.Read(members, evaluation) is not { } constraints)
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        using (constraints)
        {
            // A nested token (RFC 7519 §5.2) is shorter than the one around it.
            while (evaluation.ChargeSteps(100) && evaluation.ChargeCells(text.Length))
            {
                if (Jwt.Split(text) is not { } token || token.Header(evaluation) is not { } header || !JwtHeader.TryRead(header, out var fields))
                {
                    break;
                }

                if (!fields.IsValid || (constraints.Algorithm.Length > 0 && constraints.Algorithm != fields.Algorithm))
                {
                    return Refused;
                }

                if (token.Signature() is not { } signature)
                {
                    break;
                }

                if (!Jwts.Verify(constraints.Keys, fields, fields.Algorithm, token.SigningInput, signature, evaluation))
                {
                    return evaluation.Fault == EvaluationFault.None ? Refused : null;
                }

                if (token.Payload() is not { } payload)
                {
                    break;
                }

                if (fields.ContentType.Equals("JWT", StringComparison.OrdinalIgnoreCase))
                {
                    text = payload;
                    continue;
                }

                return Encodings.Unmarshal(payload, evaluation) is RegoObject claims ? Check(constraints, header, claims, evaluation) : evaluation.Fail(BuiltinError.Value);
            }
        }

        return evaluation.Fail(BuiltinError.Value);
    }

    private static RegoValue? Check(Constraints constraints, RegoObject header, RegoObject claims, Evaluation evaluation)
    {
        if (constraints.Issuer.Length > 0 && (claims.Get("iss") as RegoString)?.Value != constraints.Issuer)
        {
            return Refused;
        }

        if (claims.Get("aud") is { } audience ? !IsFor(audience, constraints.Audience) : constraints.Audience.Length > 0)
        {
            return Refused;
        }

        var (expires, begins) = (claims.Get("exp"), claims.Get("nbf"));
        if (expires is not (null or RegoNumber) || begins is not (null or RegoNumber) || ((expires ?? begins) is not null && constraints.Seconds is null))
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        return (expires is RegoNumber end && RegoNumber.Compare(constraints.Seconds!, end) >= 0)
            || (begins is RegoNumber start && RegoNumber.Compare(constraints.Seconds!, start) < 0)
            ? Refused
            : new RegoArray([RegoBoolean.True, header, claims]);
    }

    private static bool IsFor(RegoValue audience, string wanted)
    {
        if (audience is not RegoArray list)
        {
            return audience is RegoString { Value: var single } && single == wanted;
        }

        foreach (var item in list.Items)
        {
            if (item is RegoString { Value: var one } && one == wanted)
            {
                return true;
            }
        }

        return false;
    }

    private sealed class Constraints : IDisposable
    {
        internal List<JwtKey> Keys { get; private set; } = null!;

        internal string Algorithm { get; private set; } = "";

        internal string Issuer { get; private set; } = "";

        internal string Audience { get; private set; } = "";

        /// <summary>The time in seconds, as the double that OPA compares with.</summary>
        internal RegoNumber? Seconds { get; private set; }

        /// <summary>Reads them; null where one is unknown or of the wrong type, or there is not one key or one secret.</summary>
        internal static Constraints? Read(RegoObject members, Evaluation evaluation)
        {
            var constraints = new Constraints();
            for (var i = 0; i < members.Count; i++)
            {
                if (members.Keys[i] is not RegoString { Value: var name } || !constraints.Set(name, members.Values[i], evaluation))
                {
                    constraints.Dispose();
                    return null;
                }
            }

            return constraints.Keys is null ? null : constraints;
        }

        public void Dispose() => JwtKeys.Release(Keys);

        private bool Set(string name, RegoValue value, Evaluation evaluation)
        {
            switch (name, value)
            {
                case ("cert", RegoString key) when Keys is null && evaluation.ChargeSteps(key.Value.Length):
                    Keys = JwtKeys.Parse(key.Value, evaluation)!;
                    return Keys is not null;
                case ("secret", RegoString { Value.Length: > 0 } secret) when Keys is null:
                    Keys = [JwtKey.OfSecret(secret.Value)];
                    return true;
                case ("secret", RegoString { Value.Length: 0 }):
                    return true;
                case ("alg", RegoString algorithm):
                    Algorithm = algorithm.Value;
                    return true;
                case ("iss", RegoString issuer):
                    Issuer = issuer.Value;
                    return true;
                case ("aud", RegoString audience):
                    Audience = audience.Value;
                    return true;
                case ("time", RegoNumber time) when time.ToDouble() is >= 0 and < double.PositiveInfinity and var nanoseconds:
                    Seconds = RegoNumber.Parse((nanoseconds / 1_000_000_000).ToString("R", CultureInfo.InvariantCulture));
                    return true;
                default:
                    return false;
            }
        }
    }
}
