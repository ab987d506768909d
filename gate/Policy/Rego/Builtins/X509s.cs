using System.Text;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// <c>crypto.x509.*</c> and <c>crypto.parse_private_keys</c>: PEM, or base64 of PEM or DER, read and shown. Nothing here
/// says that a certificate is to be trusted.
/// </summary>
internal static class X509s
{
    private const string Begin = "-----BEGIN";
    private const int MaxLength = 1 << 16;

    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["crypto.x509.parse_certificates"] = static (a, e) => Map(a[0], e, Certificates);
        table["crypto.x509.parse_certificate_request"] = static (a, e) => Map(a[0], e, Request);
        table["crypto.x509.parse_rsa_private_key"] = static (a, e) => Map(a[0], e, RsaPrivateKey);
        table["crypto.parse_private_keys"] = static (a, e) => Map(a[0], e, AllPrivateKeys);
        table["crypto.x509.parse_keypair"] = static (a, e) =>
            Strings.Text(a[1], e, out var key) && key.Length <= MaxLength && e.ChargeSteps(200 + key.Length) && e.ChargeCells(key.Length) ? Map(a[0], e, text => KeyPair(text, key)) : null;
    }

    private static RegoValue? Map(RegoValue value, Evaluation evaluation, Func<string, RegoValue?> read)
    {
        // A certificate is shown some three times over.
        if (!Strings.Text(value, evaluation, out var text) || !evaluation.ChargeSteps(2_000 + text.Length) || !evaluation.ChargeCells(200 + 4L * text.Length))
        {
            return null;
        }

        return (text.Length <= MaxLength ? read(text) : null) ?? evaluation.Fail(BuiltinError.Value);
    }

    private static RegoValue? Certificates(string text)
    {
        if (Decode(text) is not { } bytes)
        {
            return null;
        }

        return Encoding.Latin1.GetString(bytes) is var plain && plain.StartsWith(Begin, StringComparison.Ordinal)
            ? Chain(plain, skipOthers: false) is { } der ? X509Certificates.Parse(der) : null
            : X509Certificates.Parse(bytes);
    }

    // PEM stays as it is; anything else has to be base64.
    private static byte[]? Decode(string text) =>
        text.StartsWith(Begin, StringComparison.Ordinal) ? Encoding.UTF8.GetBytes(text) : Encodings.Bytes(text, url: false);

    private static byte[]? Chain(string pem, bool skipOthers)
    {
        var der = new List<byte>();
        foreach (var block in Pem.All(pem))
        {
            if (block.Label == "CERTIFICATE")
            {
                der.AddRange(block.Bytes);
            }
            else if (!skipOthers)
            {
                return null;
            }
        }

        return [.. der];
    }

    private static RegoObject? Request(string text)
    {
        if (Decode(text) is not { } bytes)
        {
            return null;
        }

        if (Pem.Find(Encoding.Latin1.GetString(bytes), out var block, out _))
        {
            return block.Label == "CERTIFICATE REQUEST" ? X509Requests.Parse(block.Bytes) : null;
        }

        return X509Requests.Parse(bytes);
    }

    private static RegoValue? RsaPrivateKey(string text)
    {
        if (text.Length == 0 || Decode(text) is not { } bytes)
        {
            return null;
        }

        if (!TryPrivateKeys(Encoding.Latin1.GetString(bytes), out var keys))
        {
            return null;
        }

        RegoValue? jwk = keys.Count == 0 ? RegoNull.Instance : keys[0].ToJwk();
        keys.ForEach(static key => key.Dispose());
        return jwk;
    }

    private static RegoValue? AllPrivateKeys(string text)
    {
        if (text.Length == 0)
        {
            return RegoNull.Instance;
        }

        if (!TryPrivateKeys(Encodings.Bytes(text, url: false) is { } bytes ? Encoding.Latin1.GetString(bytes) : text, out var keys))
        {
            return null;
        }

        var list = new RegoArray();
        foreach (var key in keys)
        {
            list.Append(key.ToRego());
            key.Dispose();
        }

        return list;
    }

    // Blocks of other kinds are passed over; one that says it is a key has to be one.
    private static bool TryPrivateKeys(string pem, out List<PrivateKeys> keys)
    {
        keys = [];
        foreach (var block in Pem.All(pem))
        {
            if (block.Label is not ("RSA PRIVATE KEY" or "PRIVATE KEY" or "EC PRIVATE KEY"))
            {
                continue;
            }

            if (PrivateKeys.Parse(block) is not { } key)
            {
                keys.ForEach(static other => other.Dispose());
                return false;
            }

            keys.Add(key);
        }

        return true;
    }

    private static RegoObject? KeyPair(string certificate, string key)
    {
        if (Decode(certificate) is not { } certificateBytes || Decode(key) is not { } keyBytes)
        {
            return null;
        }

        var pem = Encoding.Latin1.GetString(certificateBytes);
        var blocks = pem.StartsWith(Begin, StringComparison.Ordinal) ? Pem.All(pem).FindAll(static b => b.Label == "CERTIFICATE") : [new PemBlock("CERTIFICATE", certificateBytes)];
        var keyPem = Encoding.Latin1.GetString(keyBytes);
        var keyBlock = keyPem.StartsWith(Begin, StringComparison.Ordinal)
            ? Pem.All(keyPem).Find(static b => b.Label.EndsWith("PRIVATE KEY", StringComparison.Ordinal))
            : new PemBlock("PRIVATE KEY", keyBytes);
        if (blocks.Count == 0 || X509Certificates.Parse(blocks[0].Bytes) is not [RegoObject leaf] || keyBlock is null || PrivateKeys.Parse(keyBlock) is not { } secret)
        {
            return null;
        }

        using (secret)
        {
            if (!secret.PublicKey().Equals(leaf.Get("PublicKey")))
            {
                return null;
            }

            var result = new RegoObject();
            result.Set("Certificate", new RegoArray([.. blocks.ConvertAll(static b => (RegoValue)X509Json.Bytes(b.Bytes))]));
            result.Set("PrivateKey", secret.ToRego());
            result.Set("SupportedSignatureAlgorithms", RegoNull.Instance);
            result.Set("OCSPStaple", RegoNull.Instance);
            result.Set("SignedCertificateTimestamps", RegoNull.Instance);
            result.Set("Leaf", WithoutUriStrings(leaf));
            return result;
        }
    }

    private static RegoObject WithoutUriStrings(RegoObject certificate)
    {
        var copy = new RegoObject(certificate.Count);
        for (var i = 0; i < certificate.Count; i++)
        {
            if (certificate.Keys[i] is not RegoString { Value: "URIStrings" })
            {
                copy.Set(certificate.Keys[i], certificate.Values[i]);
            }
        }

        return copy;
    }
}
