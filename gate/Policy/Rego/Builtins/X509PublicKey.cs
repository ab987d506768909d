using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>A SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) with a key of RSA (RFC 3279 §2.3.1), of a NIST curve (RFC 5480 §2) or Ed25519 (RFC 8410 §4).</summary>
internal sealed class X509PublicKey
{
    private const string RsaId = "1.2.840.113549.1.1.1";
    private const string EcId = "1.2.840.10045.2.1";
    private const string Ed25519Id = "1.3.101.112";

    private const int MaxRsaBytes = 2 * JwtKey.MaxRsaBits / 8;

    private RSAParameters _rsa;
    private ECPoint _point;
    private byte[]? _ed;
    private string _curve = "";

    /// <summary>The number that Go gives the algorithm in its certificates.</summary>
    internal int Algorithm => _ed is not null ? 4 : _point.X is not null ? 3 : 1;

    /// <summary>Reads DER; null where it is none, or holds another kind of key.</summary>
    internal static X509PublicKey? Parse(byte[] der)
    {
        try
        {
            var reader = new AsnReader(der, AsnEncodingRules.DER);
            var key = Read(reader);
            return reader.HasData ? null : key;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>Reads the structure that the reader stands on.</summary>
    /// <exception cref="AsnContentException">It is not DER of such a structure.</exception>
    internal static X509PublicKey? Read(AsnReader reader)
    {
        var info = reader.ReadSequence();
        var algorithm = info.ReadSequence();
        var id = algorithm.ReadObjectIdentifier();
        var bits = info.ReadBitString(out var unused);
        info.ThrowIfNotEmpty();
        if (unused != 0)
        {
            return null;
        }

        switch (id)
        {
            case RsaId:
                algorithm.ReadNull();
                var numbers = new AsnReader(bits, AsnEncodingRules.DER);
                var pair = numbers.ReadSequence();
                numbers.ThrowIfNotEmpty();
                var (modulus, exponent) = (pair.ReadInteger(), pair.ReadInteger());
                pair.ThrowIfNotEmpty();
                return modulus.Sign <= 0 || exponent.Sign <= 0 || bits.Length > MaxRsaBytes ? null : new X509PublicKey
                {
                    _rsa = new RSAParameters
                    {
                        Modulus = modulus.ToByteArray(isUnsigned: true, isBigEndian: true),
                        Exponent = exponent.ToByteArray(isUnsigned: true, isBigEndian: true),
                    },
                };
            case EcId:
                var (curve, size) = algorithm.ReadObjectIdentifier() switch
                {
                    "1.2.840.10045.3.1.7" => ("P-256", 32),
                    "1.3.132.0.34" => ("P-384", 48),
                    "1.3.132.0.35" => ("P-521", 66),
                    _ => ("", 0),
                };
                return size == 0 || bits.Length != 2 * size + 1 || bits[0] != 4
                    ? null
                    : new X509PublicKey { _curve = curve, _point = new ECPoint { X = bits[1..(size + 1)], Y = bits[(size + 1)..] } };
            case Ed25519Id:
                algorithm.ThrowIfNotEmpty();
                return bits.Length == Crypto.Ed25519.PublicKeySize ? new X509PublicKey { _ed = bits } : null;
            default:
                return null;
        }
    }

    /// <summary>The key, ready to verify; null where the numbers make none.</summary>
    internal JwtKey? ToJwtKey() => Algorithm switch
    {
        1 => JwtKey.OfRsa(_rsa, "", ""),
        3 => JwtKey.OfPoint(_curve, _point, "", ""),
        _ => JwtKey.OfEd25519(_ed!, null, "", ""),
    };

    /// <summary>The key as Go writes it to JSON.</summary>
    internal RegoValue ToRego()
    {
        if (_ed is not null)
        {
            return X509Json.Bytes(_ed);
        }

        var members = new RegoObject();
        if (_point.X is not null)
        {
            members.Set("Curve", RegoObject.Empty);
            members.Set("X", Number(_point.X));
            members.Set("Y", Number(_point.Y!));
        }
        else
        {
            members.Set("E", Number(_rsa.Exponent!));
            members.Set("N", Number(_rsa.Modulus!));
        }

        return members;
    }

    internal static RegoNumber Number(byte[] bigEndian) => RegoNumber.Of(new BigInteger(bigEndian, isUnsigned: true, isBigEndian: true));
}
