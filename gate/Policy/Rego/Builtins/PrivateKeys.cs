using System.Formats.Asn1;
using System.Security.Cryptography;
using LatchGate.Crypto;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>A private key of PEM: PKCS #1 (RFC 8017 §A.1.2), SEC 1 (RFC 5915 §3) or PKCS #8 (RFC 5958 §2). Its numbers are wiped when it is disposed.</summary>
internal sealed class PrivateKeys : IDisposable
{
    private RSAParameters _rsa;
    private ECParameters _ec;
    private byte[]? _ed;

    private PrivateKeys()
    {
    }

    /// <summary>Reads the block; null where it is no such key.</summary>
    internal static PrivateKeys? Parse(PemBlock block)
    {
        try
        {
            switch (block.Label)
            {
                case "RSA PRIVATE KEY":
                    return Rsa(rsa => rsa.ImportRSAPrivateKey(block.Bytes, out _));
                case "EC PRIVATE KEY":
                    return Ec(ec => ec.ImportECPrivateKey(block.Bytes, out _));
                case "PRIVATE KEY":
                    return Pkcs8(block.Bytes);
                default:
                    return null;
            }
        }
        catch (Exception exception) when (exception is AsnContentException or CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The public key as Go writes it, to compare with that of a certificate.</summary>
    internal RegoValue PublicKey()
    {
        if (_ed is not null)
        {
            return X509Json.Bytes(_ed.AsSpan(Ed25519.SeedSize));
        }

        var members = new RegoObject();
        if (_rsa.Modulus is { } modulus)
        {
            members.Set("E", X509PublicKey.Number(_rsa.Exponent!));
            members.Set("N", X509PublicKey.Number(modulus));
        }
        else
        {
            members.Set("Curve", RegoObject.Empty);
            members.Set("X", X509PublicKey.Number(_ec.Q.X!));
            members.Set("Y", X509PublicKey.Number(_ec.Q.Y!));
        }

        return members;
    }

    /// <summary>The key as Go writes it to JSON.</summary>
    internal RegoValue ToRego()
    {
        if (_ed is not null)
        {
            return X509Json.Bytes(_ed);
        }

        var members = ((RegoObject)PublicKey()).Copy(3);
        members.Set("D", X509PublicKey.Number(_rsa.D ?? _ec.D!));
        if (_rsa.Modulus is not null)
        {
            var computed = new RegoObject();
            computed.Set("CRTValues", new RegoArray());
            computed.Set("Dp", X509PublicKey.Number(_rsa.DP!));
            computed.Set("Dq", X509PublicKey.Number(_rsa.DQ!));
            computed.Set("Qinv", X509PublicKey.Number(_rsa.InverseQ!));
            members.Set("Precomputed", computed);
            members.Set("Primes", new RegoArray([X509PublicKey.Number(_rsa.P!), X509PublicKey.Number(_rsa.Q!)]));
        }

        return members;
    }

    /// <summary>The JWK (RFC 7518 §6.3.2) of an RSA key; null for any other.</summary>
    internal RegoObject? ToJwk()
    {
        if (_rsa.Modulus is null)
        {
            return null;
        }

        var jwk = new RegoObject();
        jwk.Set("kty", new RegoString("RSA"));
        foreach (var (name, value) in (ReadOnlySpan<(string, byte[]?)>)
            [("n", _rsa.Modulus), ("e", _rsa.Exponent), ("d", _rsa.D), ("p", _rsa.P), ("q", _rsa.Q), ("dp", _rsa.DP), ("dq", _rsa.DQ), ("qi", _rsa.InverseQ)])
        {
            jwk.Set(name, new RegoString(System.Buffers.Text.Base64Url.EncodeToString(value.AsSpan().TrimStart((byte)0))));
        }

        return jwk;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in (ReadOnlySpan<byte[]?>)[_rsa.D, _rsa.P, _rsa.Q, _rsa.DP, _rsa.DQ, _rsa.InverseQ, _ec.D, _ed])
        {
            CryptographicOperations.ZeroMemory(part);
        }
    }

    private static PrivateKeys? Pkcs8(byte[] der)
    {
        var info = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
        info.ReadInteger();
        switch (info.ReadSequence().ReadObjectIdentifier())
        {
            case "1.2.840.113549.1.1.1":
                return Rsa(rsa => rsa.ImportPkcs8PrivateKey(der, out _));
            case "1.2.840.10045.2.1":
                return Ec(ec => ec.ImportPkcs8PrivateKey(der, out _));
            case "1.3.101.112":
                var seed = new AsnReader(info.ReadOctetString(), AsnEncodingRules.DER).ReadOctetString();
                if (seed.Length != Ed25519.SeedSize)
                {
                    return null;
                }

                using (var signer = new Ed25519Signer(seed))
                {
                    return new PrivateKeys { _ed = [.. seed, .. signer.PublicKey] };
                }

            default:
                return null;
        }
    }

    private static PrivateKeys? Rsa(Action<RSA> import)
    {
        using var rsa = RSA.Create();
        import(rsa);
        return rsa.KeySize <= JwtKey.MaxRsaBits ? new PrivateKeys { _rsa = rsa.ExportParameters(includePrivateParameters: true) } : null;
    }

    private static PrivateKeys Ec(Action<ECDsa> import)
    {
        using var ec = ECDsa.Create();
        import(ec);
        return new PrivateKeys { _ec = ec.ExportParameters(includePrivateParameters: true) };
    }
}
