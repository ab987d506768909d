using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Identity;

namespace LatchGate.Conformance.Suites;

/// <summary>Project Wycheproof: signatures, keys and X25519 through the gate's own code; HKDF and ChaCha20-Poly1305 through the base library it uses.</summary>
internal static class WycheproofSuite
{
    internal static readonly Suite Suite = new("wycheproof", "wycheproof", Run);

    private static IEnumerable<CaseResult> Run(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*_test.json").Order(StringComparer.Ordinal))
        {
            var file = Path.GetFileName(path);
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (var group in document.RootElement.GetProperty("testGroups").EnumerateArray())
            {
                foreach (var test in group.GetProperty("tests").EnumerateArray())
                {
                    yield return RunCase($"{file[..^"_test.json".Length]}/{test.GetProperty("tcId").GetInt32()}", file, group, test);
                }
            }
        }
    }

    private static CaseResult RunCase(string name, string file, JsonElement group, JsonElement test)
    {
        bool? accepted;
        switch (file)
        {
            case "ecdsa_secp256r1_sha256_p1363_test.json":
                accepted = VerifyEcdsa(group.GetProperty("publicKey"), test);
                break;
            case "ed25519_test.json":
                accepted = Ed25519.Verify(Hex(group.GetProperty("publicKey"), "pk"), Hex(test, "msg"), Hex(test, "sig"));
                break;
            case "json_web_signature_test.json":
            case "json_web_key_test.json":
                return JwsCase(name, group, test);
            case "hkdf_sha256_test.json":
                accepted = DeriveHkdf(test);
                break;
            case "chacha20_poly1305_test.json":
                if (!ChaCha20Poly1305.IsSupported)
                {
                    return CaseResult.Skip(name, "this machine's OpenSSL has no ChaCha20-Poly1305");
                }

                accepted = OpenChaCha(test);
                break;
            case "x25519_test.json":
                accepted = AgreeX25519(test);
                break;
            case "aes_gcm_test.json":
                if (group.GetProperty("keySize").GetInt32() != 256 || group.GetProperty("tagSize").GetInt32() != 128)
                {
                    return CaseResult.Skip(name, "the gate has AES-256-GCM with whole tags only");
                }

                accepted = OpenAesGcm(test);
                break;
            default:
                return CaseResult.Skip(name, $"the gate does not use what {file} tests");
        }

        return Judge(name, test, accepted.Value);
    }

    private static CaseResult Judge(string name, JsonElement test, bool accepted) => (test.GetProperty("result").GetString(), accepted) switch
    {
        ("valid", false) => CaseResult.Fail(name, $"refused although valid: {test.GetProperty("comment").GetString()}"),
        ("invalid", true) => CaseResult.Fail(name, $"accepted although invalid: {test.GetProperty("comment").GetString()}"),
        ("valid" or "invalid" or "acceptable", _) => CaseResult.Pass(name),
        var (result, _) => CaseResult.Fail(name, $"unknown result '{result}'"),
    };

    private static bool VerifyEcdsa(JsonElement publicKey, JsonElement test)
    {
        var point = Hex(publicKey, "uncompressed");
        return point is [4, ..] && point.Length == 65
            && P256PublicKey.TryCreate(point.AsSpan(1, 32), point.AsSpan(33), out var key)
            && key.Verify(Hex(test, "msg"), Hex(test, "sig"));
    }

    private static bool DeriveHkdf(JsonElement test)
    {
        try
        {
            var derived = HKDF.DeriveKey(HashAlgorithmName.SHA256, Hex(test, "ikm"), test.GetProperty("size").GetInt32(), Hex(test, "salt"), Hex(test, "info"));
            return derived.AsSpan().SequenceEqual(Hex(test, "okm"));
        }
        catch (ArgumentOutOfRangeException)
        {
            return false;
        }
    }

    private static bool OpenChaCha(JsonElement test)
    {
        try
        {
            using var cipher = new ChaCha20Poly1305(Hex(test, "key"));
            var plain = new byte[Hex(test, "ct").Length];
            cipher.Decrypt(Hex(test, "iv"), Hex(test, "ct"), Hex(test, "tag"), plain, Hex(test, "aad"));
            return plain.AsSpan().SequenceEqual(Hex(test, "msg"));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    private static bool AgreeX25519(JsonElement test)
    {
        // A shared secret of zeros is a valid result of the function, and refused by the gate: RFC 7748 §6.1.
        var shared = new byte[X25519.Size];
        return X25519.TryAgree(Hex(test, "private"), Hex(test, "public"), shared) ? shared.AsSpan().SequenceEqual(Hex(test, "shared")) : !Hex(test, "shared").AsSpan().ContainsAnyExcept((byte)0);
    }

    private static bool OpenAesGcm(JsonElement test)
    {
        try
        {
            var plain = new byte[Hex(test, "ct").Length];
            return AesGcm256.TryDecrypt(Hex(test, "key"), Hex(test, "iv"), Hex(test, "aad"), Hex(test, "ct"), Hex(test, "tag"), plain) && plain.AsSpan().SequenceEqual(Hex(test, "msg"));
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static CaseResult JwsCase(string name, JsonElement group, JsonElement test)
    {
        if (!TryFindKey(group, out var jwk, out var whyNot))
        {
            return CaseResult.Skip(name, whyNot);
        }

        if (test.GetProperty("jws").ValueKind != JsonValueKind.String)
        {
            return CaseResult.Skip(name, "the gate reads the compact serialisation only");
        }

        return Judge(name, test, VerifyJws(test.GetProperty("jws").GetString()!, jwk));
    }

    /// <summary>The elliptic-curve key of a group, unless the group is about something that the gate does not have.</summary>
    private static bool TryFindKey(JsonElement group, out JsonElement jwk, out string whyNot)
    {
        jwk = group.TryGetProperty("public", out var key) ? key : group.GetProperty("private");
        if (jwk.TryGetProperty("keys", out var set))
        {
            if (set.GetArrayLength() != 1)
            {
                whyNot = "the gate verifies with one key, never with a set";
                return false;
            }

            jwk = set[0];
        }

        var json = jwk.GetRawText();
        whyNot = !json.Contains("\"P-256\"", StringComparison.Ordinal) && !json.Contains("\"x\"", StringComparison.Ordinal) ? "the gate verifies ES256 only"
            : json.Contains("\"P-521\"", StringComparison.Ordinal) ? "the gate has no P-521"
            : jwk.TryGetProperty("use", out var use) && use.GetString() != "sig" ? "the gate's keys come without 'use'; each has one purpose by where it is kept"
            : jwk.TryGetProperty("key_ops", out _) ? "the gate's keys come without 'key_ops'; each has one purpose by where it is kept"
            : jwk.TryGetProperty("alg", out var alg) && alg.GetString() != "ES256" ? "the gate fixes the algorithm itself and reads no 'alg' of a key"
            : "";
        return whyNot.Length == 0;
    }

    private static bool VerifyJws(string jws, JsonElement jwk)
    {
        if (!JwsSegments.TrySplit(Encoding.UTF8.GetBytes(jws), out var segments)
            || LeaseHeader.Check(segments.Header, jwk.GetProperty("kid").GetString()!) != LeaseFault.None
            || !TryImport(Encoding.UTF8.GetBytes(jwk.GetRawText()), out var key))
        {
            return false;
        }

        Span<byte> signature = stackalloc byte[P256PublicKey.SignatureSize];
        var payload = new byte[segments.Payload.Length];
        return StrictBase64Url.TryDecode(segments.Payload, payload, out _)
            && StrictBase64Url.TryDecodeExactly(segments.Signature, signature)
            && key!.Verify(segments.SigningInput, signature);
    }

    private static bool TryImport(byte[] json, out P256PublicKey? key)
    {
        key = null;
        var reader = new Utf8JsonReader(json);
        var used = 0;
        Span<byte> x = stackalloc byte[P256PublicKey.CoordinateSize];
        Span<byte> y = stackalloc byte[P256PublicKey.CoordinateSize];
        return reader.Read() && JwkMembers.TryRead(ref reader, new byte[json.Length], ref used, out var members)
            && members.Kty.SequenceEqual("EC"u8) && members.Crv.SequenceEqual("P-256"u8)
            && members.TryDecode(x, y) == JwkCoordinateFault.None
            && P256PublicKey.TryCreate(x, y, out key);
    }

    private static byte[] Hex(JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);
}
