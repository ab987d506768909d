using System.Globalization;
using System.Numerics;

namespace LatchGate.Policy.Rego;

/// <summary>
/// A binary floating-point number with a 64-bit significand and an unbounded exponent, rounded to nearest, ties to
/// even: what Go's math/big.Float does by default, and with it OPA's arithmetic.
/// </summary>
/// <remarks>The value is <c>significand × 2^exponent</c>; the significand is odd or zero, so equal values are equal pairs.</remarks>
internal readonly record struct BigFloat
{
    private const int Precision = 64;

    // Beyond this a number that is read is treated as this far out: its neighbours are too far away to tell apart in policy.
    private const int MaxDecimalExponent = 20_000;

    // A result that is farther out ends the evaluation: 10^20000 has 66,439 bits.
    private const int MaxBinaryExponent = 67_000;

    private readonly BigInteger _significand;
    private readonly int _exponent;

    private BigFloat(BigInteger significand, int exponent)
    {
        _significand = significand;
        _exponent = exponent;
    }

    internal bool IsZero => _significand.IsZero;

    internal int Sign => _significand.Sign;

    internal static BigFloat Of(BigInteger value) => Round(value, 0, exact: true);

    /// <summary>The value nearest to <c>digits × 10^exponent</c>.</summary>
    internal static BigFloat OfDecimal(BigInteger digits, int exponent)
    {
        exponent = Math.Clamp(exponent, -MaxDecimalExponent, MaxDecimalExponent);
        ValueWork.Spend((long)exponent * exponent >> 12);
        return Scale(digits, exponent);
    }

    internal static BigFloat Add(BigFloat a, BigFloat b)
    {
        var exponent = Math.Min(a._exponent, b._exponent);
        return Round((a._significand << (a._exponent - exponent)) + (b._significand << (b._exponent - exponent)), exponent, exact: true);
    }

    internal static BigFloat Negate(BigFloat a) => new(-a._significand, a._exponent);

    internal static BigFloat Multiply(BigFloat a, BigFloat b) => Round(a._significand * b._significand, a._exponent + b._exponent, exact: true);

    /// <summary>The quotient; <paramref name="b"/> is not zero.</summary>
    internal static BigFloat Divide(BigFloat a, BigFloat b) => Divide(a._significand, b._significand, a._exponent - b._exponent);

    internal static int Compare(BigFloat a, BigFloat b)
    {
        if (a.Sign != b.Sign || a.Sign == 0)
        {
            return a.Sign.CompareTo(b.Sign);
        }

        var exponent = Math.Min(a._exponent, b._exponent);
        return (a._significand << (a._exponent - exponent)).CompareTo(b._significand << (b._exponent - exponent));
    }

    /// <summary>The greatest whole number that is not above the value.</summary>
    internal BigInteger Floor() => _exponent >= 0 ? _significand << _exponent : _significand >> -_exponent;

    /// <summary>Whether the value is whole.</summary>
    internal bool IsWhole => _exponent >= 0 || _significand.IsZero;

    internal double ToDouble() => double.Parse(ToDecimal(), NumberStyles.Float, CultureInfo.InvariantCulture);

    internal RegoNumber ToNumber() =>
        IsWhole && _exponent < 512 ? RegoNumber.Of(Floor()) : RegoNumber.Parse(ToDecimal());

    public override int GetHashCode() => IsWhole && _exponent < 512 && Floor() is var whole && whole >= long.MinValue && whole <= long.MaxValue
        ? ((long)whole).GetHashCode()
        : HashCode.Combine(_significand, _exponent);

    /// <summary>The shortest decimal that reads back as this value, as Go's <c>Text('g', -1)</c>.</summary>
    internal string ToDecimal()
    {
        if (IsZero)
        {
            return "0";
        }

        ValueWork.Spend((long)_exponent * _exponent >> 14);
        var magnitude = BigInteger.Abs(_significand);
        var bits = (int)magnitude.GetBitLength();
        var value = this is { Sign: < 0 } ? Negate(this) : this;
        for (var count = 1; ; count++)
        {
            var (digits, exponent) = Digits(magnitude, _exponent, bits, count);
            if (Scale(digits, exponent) == value)
            {
                return Write(digits, exponent, Sign < 0);
            }
        }
    }

    private static (BigInteger Digits, int Exponent) Digits(BigInteger magnitude, int binaryExponent, int bits, int count)
    {
        // The place of the first decimal digit, which the logarithm gives to within one.
        var first = (int)Math.Floor((bits + binaryExponent - 1) * 0.30102999566398119521);
        for (; ; first++)
        {
            var exponent = first - count + 1;
            var numerator = binaryExponent > 0 ? magnitude << binaryExponent : magnitude;
            var denominator = binaryExponent < 0 ? BigInteger.One << -binaryExponent : BigInteger.One;
            if (exponent > 0)
            {
                denominator *= BigInteger.Pow(10, exponent);
            }
            else
            {
                numerator *= BigInteger.Pow(10, -exponent);
            }

            var digits = (2 * numerator + denominator) / (2 * denominator);
            if (digits < BigInteger.Pow(10, count))
            {
                return (digits, exponent);
            }
        }
    }

    // Plain from 1e-4 to below 1e21, with an exponent outside, as Go's %g.
    private static string Write(BigInteger digits, int exponent, bool negative)
    {
        var text = digits.ToString(CultureInfo.InvariantCulture);
        var trimmed = text.TrimEnd('0');
        exponent += text.Length - trimmed.Length;
        var first = exponent + trimmed.Length - 1;
        string body;
        if (first is < -4 or >= 21)
        {
            var mantissa = trimmed.Length == 1 ? trimmed : $"{trimmed[0]}.{trimmed[1..]}";
            body = string.Create(CultureInfo.InvariantCulture, $"{mantissa}e{(first < 0 ? '-' : '+')}{Math.Abs(first):00}");
        }
        else if (exponent >= 0)
        {
            body = trimmed + new string('0', exponent);
        }
        else if (first >= 0)
        {
            body = $"{trimmed[..(first + 1)]}.{trimmed[(first + 1)..]}";
        }
        else
        {
            body = "0." + new string('0', -first - 1) + trimmed;
        }

        return negative ? "-" + body : body;
    }

    private static BigFloat Scale(BigInteger digits, int exponent) => exponent >= 0
        ? Round(digits * BigInteger.Pow(10, exponent), 0, exact: true)
        : Divide(digits, BigInteger.Pow(10, -exponent), 0);

    private static BigFloat Divide(BigInteger a, BigInteger b, int exponent)
    {
        if (a.IsZero)
        {
            return default;
        }

        // Two bits more than the precision, and the rest as a sticky bit.
        var shift = Math.Max(0, Precision + 2 - (int)(BigInteger.Abs(a).GetBitLength() - BigInteger.Abs(b).GetBitLength()));
        var quotient = BigInteger.DivRem(BigInteger.Abs(a) << shift, BigInteger.Abs(b), out var rest);
        return Round(a.Sign * b.Sign * quotient, exponent - shift, rest.IsZero);
    }

    private static BigFloat Round(BigInteger significand, int exponent, bool exact)
    {
        if (significand.IsZero)
        {
            return default;
        }

        var negative = significand.Sign < 0;
        var magnitude = BigInteger.Abs(significand);
        var drop = (int)magnitude.GetBitLength() - Precision;
        if (drop > 0)
        {
            var half = BigInteger.One << (drop - 1);
            var rest = magnitude & ((BigInteger.One << drop) - 1);
            magnitude >>= drop;
            exponent += drop;
            if (rest > half || (rest == half && (!exact || !magnitude.IsEven)))
            {
                magnitude += 1;
            }
        }

        if (Math.Abs(exponent) > MaxBinaryExponent)
        {
            throw new ValueWorkException();
        }

        var zeros = (int)BigInteger.TrailingZeroCount(magnitude);
        magnitude >>= zeros;
        return new BigFloat(negative ? -magnitude : magnitude, exponent + zeros);
    }
}
