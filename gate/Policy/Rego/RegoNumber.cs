using System.Globalization;
using System.Numerics;

namespace LatchGate.Policy.Rego;

/// <summary>
/// A number. Whole numbers of 64 bits are held as such; any other keeps its decimal text, so that nothing is lost
/// between input and output. Arithmetic on the rest is in <see cref="BigFloat"/>, as OPA's is in Go's big.Float.
/// </summary>
internal sealed class RegoNumber : RegoValue
{
    private const int CacheFrom = -16;

    // Longer texts are not looked at for 64 bits: to read a million digits takes seconds.
    private const int LongestWhole = 512;

    private static readonly RegoNumber[] Cache = MakeCache();

    private readonly long _whole;
    private readonly string? _text;

    private RegoNumber(long whole) => _whole = whole;

    private RegoNumber(string text) => _text = text;

    internal override RegoKind Kind => RegoKind.Number;

    internal static RegoNumber Of(long value)
    {
        var slot = value - CacheFrom;
        return slot >= 0 && slot < Cache.Length ? Cache[slot] : new RegoNumber(value);
    }

    internal static RegoNumber Of(BigInteger value)
    {
        if (value >= long.MinValue && value <= long.MaxValue)
        {
            return Of((long)value);
        }

        // To write digits, and to read them, takes time with the square of their number.
        var bits = value.GetBitLength();
        ValueWork.Spend(bits * bits >> 16);
        return new RegoNumber(value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Reads a number in JSON grammar (RFC 8259 §6).</summary>
    internal static RegoNumber Parse(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) && text != "-0"
            ? Of(whole)
            : new RegoNumber(text);

    /// <summary>The value where it is whole and has 64 bits, however it is written: 2.0 and 2e0 are 2.</summary>
    internal bool TryGetInt64(out long value)
    {
        value = _whole;
        if (_text is null)
        {
            return true;
        }

        // The exponent bounds the work, so that 1e999999999 is not expanded.
        return _text.Length <= LongestWhole && TryGetInteger(out var integer) && integer >= long.MinValue && integer <= long.MaxValue && Fits(integer, out value);

        static bool Fits(BigInteger integer, out long value)
        {
            value = (long)integer;
            return true;
        }
    }

    /// <summary>The value where it is whole and below 10^400.</summary>
    internal bool TryGetInteger(out BigInteger value)
    {
        if (_text is null)
        {
            value = _whole;
            return true;
        }

        var (digits, exponent) = Decimal();
        value = digits;
        if (digits.IsZero || exponent == 0)
        {
            return true;
        }

        if (exponent > 0)
        {
            value = digits * BigInteger.Pow(10, Math.Min(exponent, 400));
            return exponent <= 400;
        }

        if (exponent < -2000)
        {
            return false;
        }

        value = BigInteger.DivRem(digits, BigInteger.Pow(10, -exponent), out var rest);
        return rest.IsZero;
    }

    /// <summary>Whether the number is held as a 64-bit whole number.</summary>
    internal bool IsSmall(out long value)
    {
        value = _whole;
        return _text is null;
    }

    internal BigFloat ToBigFloat()
    {
        if (_text is null)
        {
            return BigFloat.Of(_whole);
        }

        var (digits, exponent) = Decimal();
        return BigFloat.OfDecimal(digits, exponent);
    }

    internal double ToDouble() => _text is null ? _whole : double.Parse(_text, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>The number as JSON writes it.</summary>
    internal string ToJson() => _text ?? _whole.ToString(CultureInfo.InvariantCulture);

    internal static int Compare(RegoNumber a, RegoNumber b)
    {
        if (a._text is null && b._text is null)
        {
            return a._whole.CompareTo(b._whole);
        }

        return BigFloat.Compare(a.ToBigFloat(), b.ToBigFloat());
    }

    public override int GetHashCode() => _text is null ? _whole.GetHashCode() : ToBigFloat().GetHashCode();

    // The digits without point, and the power of ten they are multiplied with.
    private (BigInteger Digits, int Exponent) Decimal()
    {
        var text = _text!.AsSpan();
        var exponent = 0L;
        ValueWork.Spend((long)text.Length * text.Length >> 12);
        var e = text.IndexOfAny('e', 'E');
        if (e >= 0)
        {
            exponent = long.TryParse(text[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var stated)
                ? Math.Clamp(stated, -1_000_000, 1_000_000)
                : text[e + 1] == '-' ? -1_000_000 : 1_000_000;
            text = text[..e];
        }

        var point = text.IndexOf('.');
        if (point < 0)
        {
            return (BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), (int)exponent);
        }

        exponent -= text.Length - point - 1;
        var digits = string.Concat(text[..point], text[(point + 1)..]);
        return (BigInteger.Parse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), (int)exponent);
    }

    private static RegoNumber[] MakeCache()
    {
        var cache = new RegoNumber[272];
        for (var i = 0; i < cache.Length; i++)
        {
            cache[i] = new RegoNumber(i + CacheFrom);
        }

        return cache;
    }
}
