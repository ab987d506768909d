using System;
using System.Globalization;
using System.Numerics;

namespace LatchGate.Generators.Model;

/// <summary>A JSON number without rounding: a whole number times a power of ten.</summary>
internal readonly struct ExactNumber : IComparable<ExactNumber>
{
    private const int MostScale = 10_000;

    private readonly BigInteger _digits;
    private readonly int _exponent;

    private ExactNumber(BigInteger digits, int exponent)
    {
        _digits = digits;
        _exponent = exponent;
    }

    /// <summary>Reads a number as JSON writes it; an exponent beyond ±10,000 is cut to that.</summary>
    public static ExactNumber Parse(string json)
    {
        var parts = json.Split('e', 'E');
        var exponent = parts.Length == 2 && BigInteger.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var power)
            ? (int)BigInteger.Max(-MostScale, BigInteger.Min(MostScale, power))
            : 0;
        var point = parts[0].IndexOf('.');
        exponent -= point < 0 ? 0 : parts[0].Length - point - 1;
        var digits = BigInteger.Parse(parts[0].Replace(".", ""), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return new ExactNumber(digits, digits.IsZero ? 0 : exponent);
    }

    /// <summary>Whether it has no fraction.</summary>
    public bool IsWhole => _exponent >= 0 || (_digits % BigInteger.Pow(10, -_exponent)).IsZero;

    /// <summary>Whether it is a whole multiple of another.</summary>
    public bool IsMultipleOf(ExactNumber divisor)
    {
        var (left, right) = Aligned(divisor);
        return (left % right).IsZero;
    }

    /// <inheritdoc/>
    public int CompareTo(ExactNumber other)
    {
        var (left, right) = Aligned(other);
        return left.CompareTo(right);
    }

    private (BigInteger Left, BigInteger Right) Aligned(ExactNumber other)
    {
        var least = Math.Min(_exponent, other._exponent);
        return (_digits * BigInteger.Pow(10, _exponent - least), other._digits * BigInteger.Pow(10, other._exponent - least));
    }
}
