using System.Globalization;
using System.Numerics;

namespace LatchGate.Crypto;

/// <summary>The curve equation of P-256 (FIPS 186-4 D.1.2.3), to refuse a point before any library computes with it.</summary>
/// <remarks>Works on public values only, so its timing tells nobody anything.</remarks>
internal static class P256Curve
{
    private static readonly BigInteger Prime = Parse("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    private static readonly BigInteger B = Parse("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");

    /// <summary>True when both coordinates are below the prime and y² = x³ − 3x + b. The cofactor is 1, so no subgroup check is due.</summary>
    internal static bool Contains(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        var bigX = new BigInteger(x, isUnsigned: true, isBigEndian: true);
        var bigY = new BigInteger(y, isUnsigned: true, isBigEndian: true);
        if (bigX >= Prime || bigY >= Prime)
        {
            return false;
        }

        var left = bigY * bigY % Prime;
        var right = ((bigX * bigX - 3) * bigX + B) % Prime;
        return left == (right.Sign < 0 ? right + Prime : right);
    }

    private static BigInteger Parse(string hex) => BigInteger.Parse("0" + hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
