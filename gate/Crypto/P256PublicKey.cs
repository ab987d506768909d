using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace LatchGate.Crypto;

/// <summary>A P-256 point that is on the curve, ready to verify ES256 signatures (RFC 7518 §3.4). Safe for concurrent use.</summary>
/// <remarks>
/// Importing a key costs more than verifying with it, so imported instances are kept. The base library does not promise that one
/// <see cref="ECDsa"/> serves two threads at once; a verifier therefore borrows an idle instance, and imports another when none is idle.
/// Instances that are not returned are released by their handle's finaliser: an evicted key may still be in use.
/// </remarks>
public sealed class P256PublicKey
{
    /// <summary>Length of a coordinate in bytes.</summary>
    public const int CoordinateSize = 32;

    /// <summary>Length of an r‖s signature in bytes.</summary>
    public const int SignatureSize = 64;

    private readonly byte[] _x;
    private readonly byte[] _y;
    private readonly ECDsa?[] _idle = new ECDsa?[Environment.ProcessorCount];

    private P256PublicKey(byte[] x, byte[] y)
    {
        _x = x;
        _y = y;
        Thumbprint = JwkThumbprint.Of(x, y);
    }

    /// <summary>The 32-byte x coordinate, big endian.</summary>
    public ReadOnlySpan<byte> X => _x;

    /// <summary>The 32-byte y coordinate, big endian.</summary>
    public ReadOnlySpan<byte> Y => _y;

    /// <summary>The RFC 7638 thumbprint.</summary>
    public JwkThumbprint Thumbprint { get; }

    /// <summary>Takes a point; false when a coordinate is not 32 bytes long or the point is not on the curve.</summary>
    public static bool TryCreate(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y, [NotNullWhen(true)] out P256PublicKey? key)
    {
        var valid = x.Length == CoordinateSize && y.Length == CoordinateSize && P256Curve.Contains(x, y);
        key = valid ? new P256PublicKey(x.ToArray(), y.ToArray()) : null;
        return valid;
    }

    /// <summary>
    /// True when <paramref name="signature"/> (r‖s, 64 bytes) is a valid ECDSA signature with SHA-256. High s is accepted, as RFC 7518 does;
    /// r or s that is zero or not below the group order is not. Other lengths are false.
    /// </summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureSize)
        {
            return false;
        }

        var ecdsa = Borrow();
        try
        {
            return ecdsa.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        finally
        {
            Return(ecdsa);
        }
    }

    private ECDsa Borrow()
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (Interlocked.Exchange(ref _idle[i], null) is { } idle)
            {
                return idle;
            }
        }

        return ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = _x, Y = _y } });
    }

    private void Return(ECDsa ecdsa)
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (Interlocked.CompareExchange(ref _idle[i], ecdsa, null) is null)
            {
                return;
            }
        }

        ecdsa.Dispose();
    }
}
