using System.Buffers;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>What a scalar without quotes is.</summary>
internal enum YamlScalar
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>Empty, <c>~</c> or <c>null</c>.</summary>
    Null,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>A number in JSON grammar.</summary>
    Number,

    /// <summary>Readers of YAML 1.1 and 1.2 disagree: <c>yes</c>, <c>010</c>, <c>1_000</c>, <c>2020-01-01</c>, <c>&lt;&lt;</c>.</summary>
    Ambiguous,
}

/// <summary>Tells what scalars without quotes mean (YAML 1.2.2 §10.2), where that is beyond doubt.</summary>
internal static class YamlScalars
{
    private static readonly SearchValues<char> NumberLike = SearchValues.Create("0123456789abcdefABCDEFxXoO_.:+-TZinN ");

    internal static YamlScalar Classify(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return YamlScalar.Null;
            case "true" or "True" or "TRUE" or "false" or "False" or "FALSE":
                return YamlScalar.Boolean;
            case "<<":
                return YamlScalar.Ambiguous;
        }

        if (text.Length <= 3 && text.ToLowerInvariant() is "y" or "n" or "yes" or "no" or "on" or "off")
        {
            return YamlScalar.Ambiguous;
        }

        if (IsNumber(text))
        {
            return YamlScalar.Number;
        }

        var sign = text[0] is '+' or '-' ? 1 : 0;
        return sign < text.Length && (char.IsAsciiDigit(text[sign]) || text[sign] == '.') && !text.AsSpan().ContainsAnyExcept(NumberLike) && !IsDotted(text)
            ? YamlScalar.Ambiguous
            : YamlScalar.Text;
    }

    // RFC 8259 §6.
    private static bool IsNumber(string text)
    {
        var at = text[0] == '-' ? 1 : 0;
        var whole = Digits(text, ref at);
        if (whole == 0 || (whole > 1 && text[at - whole] == '0'))
        {
            return false;
        }

        if (at < text.Length && text[at] == '.')
        {
            at++;
            if (Digits(text, ref at) == 0)
            {
                return false;
            }
        }

        if (at < text.Length && text[at] is 'e' or 'E')
        {
            at++;
            at += at < text.Length && text[at] is '+' or '-' ? 1 : 0;
            if (Digits(text, ref at) == 0)
            {
                return false;
            }
        }

        return at == text.Length;
    }

    private static int Digits(string text, ref int at)
    {
        var from = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return at - from;
    }

    // An address or a version, such as 10.0.0.1.
    private static bool IsDotted(string text)
    {
        var dots = 0;
        foreach (var c in text)
        {
            dots += c == '.' ? 1 : 0;
            if (c != '.' && !char.IsAsciiDigit(c))
            {
                return false;
            }
        }

        return dots > 1 && char.IsAsciiDigit(text[0]);
    }
}
