using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>
/// Exact arithmetic on JSON numbers as they are written: a bound of 0.1 is 0.1, and a number of any size compares right. No conversion
/// to a double, which would round, and no allocation.
/// </summary>
internal static class JsonNumber
{
    // Exponents beyond this are cut: comparing needs their order only, and no number in a payload has that many digits.
    private const long MaxExponent = 1L << 40;

    /// <summary>Compares a number with a bound: negative, zero or positive.</summary>
    public static int Compare(JsonElement value, ReadOnlySpan<byte> bound) => Compare(JsonMarshal.GetRawUtf8Value(value), bound);

    /// <summary>Compares two JSON numbers.</summary>
    public static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var a = new Decimal(left);
        var b = new Decimal(right);
        return a.Sign != b.Sign ? a.Sign.CompareTo(b.Sign) : a.Sign * a.CompareMagnitude(b);
    }

    /// <summary>Whether a number has no fraction, however it is written: <c>1.0</c> and <c>1e2</c> have none.</summary>
    public static bool IsInteger(JsonElement value) => IsInteger(JsonMarshal.GetRawUtf8Value(value));

    /// <inheritdoc cref="IsInteger(JsonElement)"/>
    public static bool IsInteger(ReadOnlySpan<byte> value)
    {
        // Nearly all are digits alone.
        if (!value.ContainsAny((byte)'.', (byte)'e', (byte)'E'))
        {
            return true;
        }

        var number = new Decimal(value);
        return number.Sign == 0 || number.Exponent >= 0;
    }

    /// <summary>Whether a number is a whole multiple of a positive divisor of at most 18 digits.</summary>
    public static bool IsMultipleOf(ReadOnlySpan<byte> value, ReadOnlySpan<byte> divisor)
    {
        var number = new Decimal(value);
        var by = new Decimal(divisor);
        if (number.Sign == 0)
        {
            return true;
        }

        // value = m·10^e, divisor = n·10^f, and m does not end in zero. For e < f the divisor would have to bring a ten that m lacks.
        var scale = number.Exponent - by.Exponent;
        if (scale < 0)
        {
            return false;
        }

        var n = by.Remainder(ulong.MaxValue);
        return (ulong)((UInt128)number.Remainder(n) * PowerOfTen(scale, n) % n) == 0;
    }

    private static ulong PowerOfTen(long exponent, ulong modulus)
    {
        UInt128 result = 1 % modulus;
        UInt128 power = 10 % modulus;
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) == 1)
            {
                result = result * power % modulus;
            }

            power = power * power % modulus;
        }

        return (ulong)result;
    }

    // Sign, digits without zeros at either end, and the power of ten that the last digit counts. The digits may hold one point.
    private readonly ref struct Decimal
    {
        private readonly ReadOnlySpan<byte> _digits;
        private readonly int _count;

        public Decimal(ReadOnlySpan<byte> text)
        {
            var negative = text[0] == '-';
            text = negative ? text[1..] : text;
            var e = text.IndexOfAny((byte)'e', (byte)'E');
            Exponent = e < 0 ? 0 : ReadExponent(text[(e + 1)..]);
            text = e < 0 ? text : text[..e];
            var point = text.IndexOf((byte)'.');
            Exponent -= point < 0 ? 0 : text.Length - point - 1;

            // Zeros at the end raise the exponent; the point itself is none.
            var end = text.Length;
            while (end > 0 && text[end - 1] is (byte)'0' or (byte)'.')
            {
                Exponent += text[end - 1] == '0' ? 1 : 0;
                end--;
            }

            var start = 0;
            while (start < end && text[start] is (byte)'0' or (byte)'.')
            {
                start++;
            }

            _digits = text[start..end];
            _count = _digits.Length - (_digits.Contains((byte)'.') ? 1 : 0);
            Sign = _count == 0 ? 0 : negative ? -1 : 1;
        }

        public int Sign { get; }

        public long Exponent { get; }

        public int CompareMagnitude(Decimal other)
        {
            var order = (_count + Exponent).CompareTo(other._count + other.Exponent);
            for (int i = 0, j = 0; order == 0 && (i < _digits.Length || j < other._digits.Length); i++, j++)
            {
                i += i < _digits.Length && _digits[i] == '.' ? 1 : 0;
                j += j < other._digits.Length && other._digits[j] == '.' ? 1 : 0;
                var left = i < _digits.Length ? _digits[i] : (byte)'0';
                var right = j < other._digits.Length ? other._digits[j] : (byte)'0';
                order = left.CompareTo(right);
            }

            return Math.Sign(order);
        }

        // The digits as a whole number, modulo another.
        public ulong Remainder(ulong modulus)
        {
            UInt128 remainder = 0;
            foreach (var digit in _digits)
            {
                remainder = digit == '.' ? remainder : (remainder * 10 + (ulong)(digit - '0')) % modulus;
            }

            return (ulong)remainder;
        }

        private static long ReadExponent(ReadOnlySpan<byte> text)
        {
            var negative = text[0] == '-';
            text = text[0] is (byte)'-' or (byte)'+' ? text[1..] : text;
            text = text.TrimStart((byte)'0');
            var magnitude = text.Length > 12 ? MaxExponent : text.IsEmpty ? 0 : long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
            return negative ? -Math.Min(magnitude, MaxExponent) : Math.Min(magnitude, MaxExponent);
        }
    }
}
