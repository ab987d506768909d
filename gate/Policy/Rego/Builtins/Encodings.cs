using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Encodings and digests: base64 (RFC 4648), hexadecimal, URL queries, JSON, SHA and HMAC.</summary>
internal static class Encodings
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["base64.encode"] = static (a, e) => Map(a, e, static x => Convert.ToBase64String(Encoding.UTF8.GetBytes(x)));
        table["base64.decode"] = static (a, e) => Map(a, e, static x => Decode(x, url: false));
        table["base64.is_valid"] = static (a, e) => Strings.Text(a[0], e, out var x) ? RegoBoolean.Of(Bytes(x, url: false) is not null) : null;
        table["base64url.encode"] = static (a, e) => Map(a, e, static x => Url(x));
        table["base64url.encode_no_pad"] = static (a, e) => Map(a, e, static x => Url(x).TrimEnd('='));
        table["base64url.decode"] = static (a, e) => Map(a, e, static x => Decode(x, url: true));
        table["hex.encode"] = static (a, e) => Map(a, e, static x => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(x)));
        table["hex.decode"] = static (a, e) => Map(a, e, HexDecode);
        table["urlquery.encode"] = static (a, e) => Map(a, e, QueryEncode);
        table["urlquery.decode"] = static (a, e) => Map(a, e, QueryDecode);
        table["urlquery.encode_object"] = EncodeQuery;
        table["urlquery.decode_object"] = DecodeQuery;
        table["json.marshal"] = static (a, e) => Strings.Made(RegoText.ToJson(a[0]), e);
        table["json.marshal_with_options"] = MarshalWithOptions;
        table["json.unmarshal"] = static (a, e) => Strings.Text(a[0], e, out var x) ? Unmarshal(x, e) ?? e.Fail(BuiltinError.Value) : null;
        table["json.is_valid"] = static (a, e) => RegoBoolean.Of(a[0] is RegoString x && Unmarshal(x.Value, e) is not null);
        table["crypto.md5"] = static (a, e) => Map(a, e, static x => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(x))));
        table["crypto.sha1"] = static (a, e) => Map(a, e, static x => Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(x))));
        table["crypto.sha256"] = static (a, e) => Map(a, e, static x => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(x))));
        table["crypto.hmac.md5"] = static (a, e) => Hmac(a, e, HMACMD5.HashData);
        table["crypto.hmac.sha1"] = static (a, e) => Hmac(a, e, HMACSHA1.HashData);
        table["crypto.hmac.sha256"] = static (a, e) => Hmac(a, e, HMACSHA256.HashData);
        table["crypto.hmac.sha512"] = static (a, e) => Hmac(a, e, HMACSHA512.HashData);
        table["crypto.hmac.equal"] = static (a, e) => Strings.Texts(a, e, out var x, out var y)
            ? RegoBoolean.Of(CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(x), Encoding.UTF8.GetBytes(y)))
            : null;
    }

    private static RegoValue? Map(ReadOnlySpan<RegoValue> args, Evaluation evaluation, Func<string, string?> convert)
    {
        if (!Strings.Text(args[0], evaluation, out var text) || !evaluation.ChargeSteps(1 + (text.Length >> 4)))
        {
            return null;
        }

        return convert(text) is { } result ? Strings.Made(result, evaluation) : evaluation.Fail(BuiltinError.Value);
    }

    private static string Url(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).Replace('+', '-').Replace('/', '_');

    private static string? Decode(string text, bool url) => Bytes(text, url) is { } bytes ? Utf8(bytes) : null;

    // OPA takes the URL alphabet with and without padding; the other one only padded.
    internal static byte[]? Bytes(string text, bool url)
    {
        if (url)
        {
            if (text.AsSpan().IndexOfAny('+', '/') >= 0)
            {
                return null;
            }

            text = text.TrimEnd('=').Replace('-', '+').Replace('_', '/');
            text = text.PadRight((text.Length + 3) / 4 * 4, '=');
        }

        var plain = text.ReplaceLineEndings("");
        var bytes = new byte[plain.Length];
        return !plain.AsSpan().ContainsAny(' ', '\t') && Convert.TryFromBase64String(plain, bytes, out var written) ? bytes[..written] : null;
    }

    private static string? HexDecode(string text)
    {
        var bytes = new byte[text.Length / 2];
        return text.Length % 2 == 0 && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done ? Utf8(bytes) : null;
    }

    // Rego strings are Unicode; bytes that are not UTF-8 have no form in it.
    internal static string? Utf8(byte[] bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static RegoValue? Hmac(ReadOnlySpan<RegoValue> args, Evaluation evaluation, Func<byte[], byte[], byte[]> hash) =>
        Strings.Texts(args, evaluation, out var text, out var key)
            ? Strings.Made(Convert.ToHexStringLower(hash(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(text))), evaluation)
            : null;

    // As Go's MarshalIndent: each line after the first level begins with the prefix, then one indent a level.
    private static RegoValue? MarshalWithOptions(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[1] is not RegoObject options)
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        var (pretty, prefix, indent) = (options.Count > 0, "", "\t");
        for (var i = 0; i < options.Count; i++)
        {
            switch (options.Keys[i], options.Values[i])
            {
                case (RegoString { Value: "pretty" }, RegoBoolean value):
                    pretty = value.Value;
                    break;
                case (RegoString { Value: "prefix" }, RegoString value):
                    prefix = value.Value;
                    break;
                case (RegoString { Value: "indent" }, RegoString value):
                    indent = value.Value;
                    break;
                default:
                    return evaluation.Fail(BuiltinError.Type);
            }
        }

        var text = RegoText.ToJson(args[0]);
        return pretty ? JsonIndent.Write(text, prefix, indent, evaluation) : Strings.Made(text, evaluation);
    }

    internal static RegoValue? Unmarshal(string text, Evaluation evaluation)
    {
        if (!evaluation.ChargeCells(text.Length))
        {
            return null;
        }

        try
        {
            return RegoJson.Parse(Encoding.UTF8.GetBytes(text));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Go's url.QueryEscape: letters, digits and -_.~ stay, a space is +.
    private static string QueryEncode(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);

    private static string? QueryDecode(string text)
    {
        var bytes = new List<byte>(text.Length);
        var source = Encoding.UTF8.GetBytes(text);
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] != '%')
            {
                bytes.Add(source[i] == '+' ? (byte)' ' : source[i]);
                continue;
            }

            if (i + 2 >= source.Length || !char.IsAsciiHexDigit((char)source[i + 1]) || !char.IsAsciiHexDigit((char)source[i + 2]))
            {
                return null;
            }

            bytes.Add((byte)((Hex(source[i + 1]) << 4) | Hex(source[i + 2])));
            i += 2;
        }

        return Utf8([.. bytes]);

        static int Hex(byte c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    }

    private static RegoValue? EncodeQuery(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[0] is not RegoObject members)
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        var pairs = new List<string>();
        for (var i = 0; i < members.Count; i++)
        {
            if (!Strings.Text(members.Keys[i], evaluation, out var name))
            {
                return null;
            }

            ReadOnlySpan<RegoValue> values = members.Values.Slice(i, 1);
            if (members.Values[i] is not RegoString && !Aggregates.TryItems(members.Values[i], out values))
            {
                return evaluation.Fail(BuiltinError.Type);
            }

            foreach (var value in values)
            {
                if (!Strings.Text(value, evaluation, out var text) || !evaluation.ChargeCells((name.Length + text.Length) >> 2))
                {
                    return null;
                }

                pairs.Add($"{QueryEncode(name)}={QueryEncode(text)}");
            }
        }

        return Strings.Made(string.Join('&', pairs), evaluation);
    }

    private static RegoValue? DecodeQuery(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Strings.Text(args[0], evaluation, out var text) || !evaluation.ChargeCells(text.Length))
        {
            return null;
        }

        var result = new RegoObject();
        foreach (var pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = QueryDecode(equals < 0 ? pair : pair[..equals]);
            var value = QueryDecode(equals < 0 ? "" : pair[(equals + 1)..]);
            if (name is null || value is null || pair.Contains(';', StringComparison.Ordinal))
            {
                return evaluation.Fail(BuiltinError.Value);
            }

            var key = new RegoString(name);
            if (result.Get(key) is not RegoArray values)
            {
                result.Set(key, values = new RegoArray());
                if (!evaluation.ChargeShift(result.Count))
                {
                    return null;
                }
            }

            values.Append(new RegoString(value));
        }

        return result;
    }
}
