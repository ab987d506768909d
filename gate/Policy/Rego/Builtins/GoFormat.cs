using System.Globalization;
using System.Numerics;
using System.Text;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// sprintf as Go's fmt does it for what Rego passes: whole numbers as integers, others as 64-bit floats, strings as
/// strings, and anything else as its Rego text.
/// </summary>
/// <remarks><c>verb = "%" *("+" / "-" / "#" / " " / "0") [width] ["." precision] letter</c></remarks>
internal static class GoFormat
{
    private const int MaxWidth = 10_000;

    internal static RegoValue? Sprintf(string format, RegoValue values, Evaluation evaluation)
    {
        if (values is not RegoArray arguments)
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        var text = new StringBuilder(format.Length + 32);
        var next = 0;
        for (var at = 0; at < format.Length;)
        {
            var percent = format.IndexOf('%', at);
            if (percent < 0)
            {
                text.Append(format, at, format.Length - at);
                break;
            }

            text.Append(format, at, percent - at);
            at = percent + 1;
            var verb = ReadVerb(format, ref at);
            if (verb.Letter == '\0')
            {
                text.Append("%!(NOVERB)");
                break;
            }

            if (verb.Letter == '%')
            {
                text.Append('%');
            }
            else if (next >= arguments.Count)
            {
                text.Append("%!").Append(verb.Letter).Append("(MISSING)");
            }
            else
            {
                Append(text, verb, arguments.Items[next++]);
            }

            if (!evaluation.ChargeSteps(1) || !evaluation.ChargeCells(text.Length >> 8))
            {
                return null;
            }
        }

        if (next < arguments.Count && !AppendExtra(text, arguments.Items[next..], evaluation))
        {
            return null;
        }

        return evaluation.ChargeCells(1 + (text.Length >> 2)) ? new RegoString(text.ToString()) : null;
    }

    private static Verb ReadVerb(string format, ref int at)
    {
        var verb = new Verb { Precision = -1 };
        for (; at < format.Length; at++)
        {
            switch (format[at])
            {
                case '+':
                    verb.Plus = true;
                    continue;
                case '-':
                    verb.Left = true;
                    continue;
                case '#':
                    verb.Alternate = true;
                    continue;
                case ' ':
                    verb.Space = true;
                    continue;
                case '0':
                    verb.Zero = true;
                    continue;
            }

            break;
        }

        verb.Width = ReadNumber(format, ref at);
        if (at < format.Length && format[at] == '.')
        {
            at++;
            verb.Precision = ReadNumber(format, ref at);
        }

        verb.Letter = at < format.Length ? format[at++] : '\0';
        return verb;
    }

    private static int ReadNumber(string format, ref int at)
    {
        var number = 0;
        for (; at < format.Length && char.IsAsciiDigit(format[at]); at++)
        {
            number = Math.Min(MaxWidth, number * 10 + (format[at] - '0'));
        }

        return number;
    }

    private static void Append(StringBuilder text, Verb verb, RegoValue value)
    {
        switch (value)
        {
            case RegoNumber number when number.TryGetInteger(out var integer):
                AppendInteger(text, verb, integer);
                break;
            case RegoNumber number:
                AppendFloat(text, verb, number);
                break;
            case RegoString s:
                AppendString(text, verb, s.Value);
                break;
            default:
                AppendString(text, verb, value.ToString());
                break;
        }
    }

    private static void AppendInteger(StringBuilder text, Verb verb, BigInteger value)
    {
        switch (verb.Letter)
        {
            case 'v' or 'd':
                AppendDigits(text, verb, value, 10, "");
                break;
            case 'b':
                AppendDigits(text, verb, value, 2, verb.Alternate ? "0b" : "");
                break;
            case 'o':
                AppendDigits(text, verb, value, 8, verb.Alternate ? "0" : "");
                break;
            case 'O':
                AppendDigits(text, verb, value, 8, "0o");
                break;
            case 'x':
                AppendDigits(text, verb, value, 16, verb.Alternate ? "0x" : "");
                break;
            case 'X':
                AppendDigits(text, verb, value, 16, verb.Alternate ? "0X" : "", upper: true);
                break;
            case 'c' or 'q' when value >= 0 && value <= 0x10FFFF && Rune.IsValid((int)value):
                var rune = new Rune((int)value).ToString();
                Pad(text, verb, verb.Letter == 'c' ? rune : $"'{rune}'");
                break;
            case 'U':
                Pad(text, verb, "U+" + Arithmetic.ToRadix(value, 16).ToUpperInvariant().PadLeft(4, '0'));
                break;
            default:
                Bad(text, verb, "int", value.ToString(CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void AppendDigits(StringBuilder text, Verb verb, BigInteger value, int radix, string prefix, bool upper = false)
    {
        var digits = Arithmetic.ToRadix(BigInteger.Abs(value), radix);
        if (upper)
        {
            digits = digits.ToUpperInvariant();
        }

        if (verb.Precision > 0)
        {
            digits = digits.PadLeft(verb.Precision, '0');
        }

        Signed(text, verb, value.Sign < 0, prefix + digits);
    }

    private static void AppendFloat(StringBuilder text, Verb verb, RegoNumber number)
    {
        var value = number.ToDouble();
        var precision = verb.Precision >= 0 ? verb.Precision : 6;
        var magnitude = Math.Abs(value);
        switch (verb.Letter)
        {
            case 'v' or 'g' when verb.Precision < 0:
                Signed(text, verb, value < 0, Shortest(magnitude));
                break;
            case 'g' or 'v':
                Signed(text, verb, value < 0, GoExponent(magnitude.ToString("G" + Math.Max(1, precision).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)));
                break;
            case 'f' or 'F':
                Signed(text, verb, value < 0, magnitude.ToString("F" + precision.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
                break;
            case 'e' or 'E':
                var scientific = GoExponent(magnitude.ToString("E" + precision.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
                Signed(text, verb, value < 0, verb.Letter == 'E' ? scientific.ToUpperInvariant() : scientific);
                break;
            default:
                Bad(text, verb, "float64", (value < 0 ? "-" : "") + Shortest(magnitude));
                break;
        }
    }

    // The shortest digits that read back, plain where the exponent is from -4 to 20.
    private static string Shortest(double magnitude)
    {
        var text = magnitude.ToString("E16", CultureInfo.InvariantCulture);
        var exponent = int.Parse(text.AsSpan(text.IndexOf('E') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var shortest = magnitude.ToString("R", CultureInfo.InvariantCulture);
        return exponent is >= -4 and < 21
            ? shortest.Contains('E') ? ((decimal)magnitude).ToString(CultureInfo.InvariantCulture) : shortest
            : GoExponent(shortest);
    }

    // .NET writes E+005 and E-05; Go at least two digits.
    private static string GoExponent(string text)
    {
        var e = text.IndexOf('E');
        if (e < 0)
        {
            return text;
        }

        var exponent = int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, e)}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    private static void AppendString(StringBuilder text, Verb verb, string value)
    {
        switch (verb.Letter)
        {
            case 'v' or 's':
                Pad(text, verb, Cut(value, verb.Precision));
                break;
            case 'q':
                var quoted = new StringBuilder();
                RegoText.WriteString(quoted, Cut(value, verb.Precision), json: false);
                Pad(text, verb, quoted.ToString());
                break;
            case 'x':
                Pad(text, verb, Convert.ToHexStringLower(Encoding.UTF8.GetBytes(value)));
                break;
            case 'X':
                Pad(text, verb, Convert.ToHexString(Encoding.UTF8.GetBytes(value)));
                break;
            default:
                Bad(text, verb, "string", value);
                break;
        }
    }

    private static string Cut(string value, int precision)
    {
        if (precision < 0 || Strings.RuneCount(value) <= precision)
        {
            return value;
        }

        var length = 0;
        foreach (var rune in value.EnumerateRunes())
        {
            if (precision-- == 0)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return value[..length];
    }

    private static void Signed(StringBuilder text, Verb verb, bool negative, string digits)
    {
        var sign = negative ? "-" : verb.Plus ? "+" : verb.Space ? " " : "";
        if (verb.Zero && !verb.Left)
        {
            text.Append(sign).Append(digits.PadLeft(Math.Max(0, verb.Width - sign.Length), '0'));
            return;
        }

        Pad(text, verb with { Zero = false }, sign + digits);
    }

    private static void Pad(StringBuilder text, Verb verb, string value)
    {
        var missing = verb.Width - Strings.RuneCount(value);
        if (missing > 0 && !verb.Left)
        {
            text.Append(verb.Zero ? '0' : ' ', missing);
        }

        text.Append(value);
        if (missing > 0 && verb.Left)
        {
            text.Append(' ', missing);
        }
    }

    private static void Bad(StringBuilder text, Verb verb, string type, string value) =>
        text.Append("%!").Append(verb.Letter).Append('(').Append(type).Append('=').Append(value).Append(')');

    private static bool AppendExtra(StringBuilder text, ReadOnlySpan<RegoValue> rest, Evaluation evaluation)
    {
        text.Append("%!(EXTRA ");
        for (var i = 0; i < rest.Length; i++)
        {
            var (type, value) = rest[i] switch
            {
                RegoNumber number when number.TryGetInteger(out var integer) => ("int", integer.ToString(CultureInfo.InvariantCulture)),
                RegoNumber number => ("float64", number.ToJson()),
                RegoString s => ("string", s.Value),
                var other => ("string", other.ToString()),
            };
            if (!evaluation.ChargeCells(1 + (value.Length >> 2)))
            {
                return false;
            }

            text.Append(i > 0 ? ", " : "").Append(type).Append('=').Append(value);
        }

        text.Append(')');
        return true;
    }

    private record struct Verb
    {
        internal bool Plus;
        internal bool Left;
        internal bool Alternate;
        internal bool Space;
        internal bool Zero;
        internal int Width;
        internal int Precision;
        internal char Letter;
    }
}
