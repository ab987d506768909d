using System.Buffers;
using System.Buffers.Text;
using System.Globalization;

namespace LatchGate.Json;

/// <summary>
/// A double as ECMAScript writes it (ECMA-262 Number::toString, RFC 8785 §3.2.2.3): the shortest digits that read back as the
/// same double; plain notation from 1e-6 up to below 1e21, otherwise exponent notation.
/// </summary>
internal static class Es6Number
{
    /// <summary>No text is longer, such as <c>-2.2250738585072014e-308</c>.</summary>
    internal const int MaxLength = 25;

    /// <summary>From here on numbers are written with an exponent.</summary>
    internal const double LeastExponential = 1e21;

    private const int MaxDigits = 17;

    /// <summary>Writes a finite double.</summary>
    internal static void Write(PooledBuffer output, double value)
    {
        if (value == 0)
        {
            output.Write((byte)'0');
            return;
        }

        if (value < 0)
        {
            output.Write((byte)'-');
            value = -value;
        }

        // "R" yields the shortest round-trip digits; E16 would not. Only the layout differs from ECMAScript.
        Span<byte> shortest = stackalloc byte[32];
        if (!value.TryFormat(shortest, out var length, "R", CultureInfo.InvariantCulture))
        {
            throw new InvalidOperationException("A double did not fit its longest text.");
        }

        Span<byte> digits = stackalloc byte[MaxDigits + 8];
        var count = SplitDigits(shortest[..length], digits, out var pointAfter);
        WriteLayout(output, digits[..count], pointAfter);
    }

    /// <summary>Writes an integer within ±(2^53 − 1), where plain decimal is ECMAScript's form.</summary>
    internal static void Write(PooledBuffer output, long value)
    {
        if (!Utf8Formatter.TryFormat(value, output.Reserve(MaxLength), out var length))
        {
            throw new InvalidOperationException("An integer did not fit its longest text.");
        }

        output.Advance(length);
    }

    /// <summary>The significant digits, without zeros at either end; the value is 0.DIGITS × 10^<paramref name="pointAfter"/>.</summary>
    private static int SplitDigits(ReadOnlySpan<byte> text, Span<byte> digits, out int pointAfter)
    {
        var exponent = 0;
        if (text.IndexOf((byte)'E') is var e and >= 0)
        {
            _ = int.TryParse(text[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent);
            text = text[..e];
        }

        var point = text.IndexOf((byte)'.');
        pointAfter = exponent + (point < 0 ? text.Length : point);
        var count = 0;
        foreach (var c in text)
        {
            if (c == '.')
            {
                continue;
            }

            if (count == 0 && c == '0')
            {
                pointAfter--;
                continue;
            }

            digits[count++] = c;
        }

        while (digits[count - 1] == '0')
        {
            count--;
        }

        return count;
    }

    private static void WriteLayout(PooledBuffer output, ReadOnlySpan<byte> digits, int pointAfter)
    {
        if (pointAfter is > 0 and <= 21)
        {
            var whole = Math.Min(pointAfter, digits.Length);
            output.Write(digits[..whole]);
            WriteZeros(output, pointAfter - whole);
            if (whole < digits.Length)
            {
                output.Write((byte)'.');
                output.Write(digits[whole..]);
            }
        }
        else if (pointAfter is > -6 and <= 0)
        {
            output.Write("0."u8);
            WriteZeros(output, -pointAfter);
            output.Write(digits);
        }
        else
        {
            output.Write(digits[0]);
            if (digits.Length > 1)
            {
                output.Write((byte)'.');
                output.Write(digits[1..]);
            }

            output.Write(pointAfter > 0 ? "e+"u8 : "e-"u8);
            Write(output, (long)Math.Abs(pointAfter - 1));
        }
    }

    private static void WriteZeros(PooledBuffer output, int count)
    {
        for (var i = 0; i < count; i++)
        {
            output.Write((byte)'0');
        }
    }
}
