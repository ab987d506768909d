using System.Security.Cryptography;
using LatchGate.Crypto;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Signatures of JSON Web Algorithms (RFC 7518 §3, RFC 8037 §3.1). The key decides what may verify: a public key never serves as an HMAC secret.</summary>
internal static class Jws
{
    internal static bool IsKnown(string algorithm) => algorithm is
        "HS256" or "HS384" or "HS512" or "RS256" or "RS384" or "RS512" or "PS256" or "PS384" or "PS512" or "ES256" or "ES384" or "ES512" or "EdDSA";

    internal static bool Verify(JwtKey key, string algorithm, ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature)
    {
        if (!IsKnown(algorithm))
        {
            return false;
        }

        switch (algorithm[0], key)
        {
            case ('H', { Secret: { } secret }):
                return CryptographicOperations.FixedTimeEquals(Mac(algorithm, secret, input), signature);
            case ('R', { Rsa: { } rsa }):
                return rsa.VerifyData(input, signature, Hash(algorithm), RSASignaturePadding.Pkcs1);
            case ('P', { Rsa: { } rsa }):
                return rsa.VerifyData(input, signature, Hash(algorithm), RSASignaturePadding.Pss);
            case ('E', { Ecdsa: { } ecdsa }):
                return ecdsa.KeySize == (algorithm == "ES512" ? 521 : int.Parse(algorithm.AsSpan(2), System.Globalization.CultureInfo.InvariantCulture))
                    && ecdsa.VerifyData(input, signature, Hash(algorithm), DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            case ('E', { EdPublic: { } ed }):
                return algorithm == "EdDSA" && Ed25519.Verify(ed, input, signature);
            default:
                return false;
        }
    }

    /// <summary>The signature, or null where the key cannot make one that is the same each time: ES and PS signatures hold a random number.</summary>
    internal static byte[]? Sign(JwtKey key, string algorithm, ReadOnlySpan<byte> input)
    {
        switch (algorithm[0], key)
        {
            case ('H', { Secret: { } secret }):
                return Mac(algorithm, secret, input);
            case ('R', { Rsa: { } rsa }):
                try
                {
                    return rsa.SignData(input, Hash(algorithm), RSASignaturePadding.Pkcs1);
                }
                catch (CryptographicException)
                {
                    // A public key.
                    return null;
                }

            case ('E', { EdSeed: { } seed, EdPublic: { } ed }) when algorithm == "EdDSA":
                using (var signer = new Ed25519Signer(seed))
                {
                    if (!signer.PublicKey.SequenceEqual(ed))
                    {
                        return null;
                    }

                    var signature = new byte[Ed25519.SignatureSize];
                    signer.Sign(input, signature);
                    return signature;
                }

            default:
                return null;
        }
    }

    private static byte[] Mac(string algorithm, byte[] secret, ReadOnlySpan<byte> input) => algorithm switch
    {
        "HS256" => HMACSHA256.HashData(secret, input),
        "HS384" => HMACSHA384.HashData(secret, input),
        _ => HMACSHA512.HashData(secret, input),
    };

    private static HashAlgorithmName Hash(string algorithm) => algorithm[2] switch
    {
        '2' => HashAlgorithmName.SHA256,
        '3' => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };
}
