using System.Globalization;

namespace LatchGate.Fuzz.Oracles;

/// <summary>ECMA-262 Number::toString as the standard words it: the smallest k such that some k digits read back as the number.</summary>
internal static class NaiveNumber
{
    internal static string Text(double number)
    {
        if (number == 0)
        {
            return "0";
        }

        if (number < 0)
        {
            return "-" + Text(-number);
        }

        // d.ddddE+eee, correctly rounded to k digits: of those that read back, the closest.
        var shortest = "";
        for (var k = 1; k <= 17; k++)
        {
            shortest = number.ToString("E" + (k - 1).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (double.Parse(shortest, CultureInfo.InvariantCulture) == number)
            {
                break;
            }
        }

        var e = shortest.IndexOf('E', StringComparison.Ordinal);
        var digits = shortest[..e].Replace(".", "", StringComparison.Ordinal).TrimEnd('0');
        var n = int.Parse(shortest.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) + 1;
        var k2 = digits.Length;
        if (k2 <= n && n <= 21)
        {
            return digits + new string('0', n - k2);
        }

        if (n is > 0 and <= 21)
        {
            return digits[..n] + "." + digits[n..];
        }

        if (n is > -6 and <= 0)
        {
            return "0." + new string('0', -n) + digits;
        }

        var exponent = (n - 1).ToString("+0;-0", CultureInfo.InvariantCulture);
        return k2 == 1 ? $"{digits}e{exponent}" : $"{digits[0]}.{digits[1..]}e{exponent}";
    }
}
