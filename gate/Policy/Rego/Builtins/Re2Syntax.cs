using System.Text;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Rewrites RE2 syntax (github.com/google/re2/wiki/Syntax) where .NET means something else by it, or has no such thing.</summary>
internal static class Re2Syntax
{
    /// <summary>The pattern for .NET, or null where RE2 would refuse it.</summary>
    /// <param name="pattern">The pattern in RE2 syntax.</param>
    /// <param name="names">Filled with the numbers of named groups. .NET would number those after all others.</param>
    internal static string? Translate(string pattern, Dictionary<string, int> names)
    {
        var groups = 0;
        var result = new StringBuilder(pattern.Length + 16);
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\':
                    if (!Escape(pattern, ref i, result, inClass: false))
                    {
                        return null;
                    }

                    break;
                case '[':
                    if (!Class(pattern, ref i, result))
                    {
                        return null;
                    }

                    break;
                case '$':
                    // RE2's end is the very end; .NET's also stands before a last line feed.
                    result.Append(@"\z");
                    break;
                case '(' when At(pattern, i, "(?P<") || (At(pattern, i, "(?<") && !At(pattern, i, "(?<=") && !At(pattern, i, "(?<!")):
                    var from = pattern.IndexOf('<', i) + 1;
                    var to = pattern.IndexOf('>', from);
                    if (to <= from || !names.TryAdd(pattern[from..to], ++groups))
                    {
                        return null;
                    }

                    result.Append('(');
                    i = to;
                    break;
                case '(' when At(pattern, i, "(?"):
                    if (!IsPlainGroup(pattern, i))
                    {
                        return null;
                    }

                    result.Append('(');
                    break;
                case '(':
                    groups++;
                    result.Append('(');
                    break;
                default:
                    result.Append(pattern[i]);
                    break;
            }
        }

        return result.ToString();
    }

    private static bool At(string pattern, int at, string text) => string.CompareOrdinal(pattern, at, text, 0, text.Length) == 0;

    // RE2 has (?: and flags; it has no look-around, no atomic groups, no conditions. The flag m would change what
    // $ is rewritten to, and U has no counterpart.
    private static bool IsPlainGroup(string pattern, int at) => (at + 2 < pattern.Length ? pattern[at + 2] : '\0') switch
    {
        ':' => true,
        'i' or 's' or '-' => Flags(pattern, at + 2),
        _ => false,
    };

    private static bool Flags(string pattern, int at)
    {
        while (at < pattern.Length && pattern[at] is 'i' or 's' or '-')
        {
            at++;
        }

        return at < pattern.Length && pattern[at] is ')' or ':';
    }

    private static bool Escape(string pattern, ref int i, StringBuilder result, bool inClass)
    {
        if (++i == pattern.Length)
        {
            return false;
        }

        var c = pattern[i];
        switch (c)
        {
            // Perl classes are ASCII in RE2.
            case 'd':
                result.Append(inClass ? "0-9" : "[0-9]");
                return true;
            case 'w':
                result.Append(inClass ? "0-9A-Za-z_" : "[0-9A-Za-z_]");
                return true;
            case 's':
                result.Append(inClass ? @"\t\n\f\r " : @"[\t\n\f\r ]");
                return true;
            case 'D' or 'W' or 'S' when !inClass:
                result.Append(c switch { 'D' => "[^0-9]", 'W' => "[^0-9A-Za-z_]", _ => @"[^\t\n\f\r ]" });
                return true;
            case 'Q' when !inClass:
                var end = pattern.IndexOf(@"\E", i, StringComparison.Ordinal);
                var stop = end < 0 ? pattern.Length : end;
                result.Append(System.Text.RegularExpressions.Regex.Escape(pattern[(i + 1)..stop]));
                i = end < 0 ? pattern.Length - 1 : end + 1;
                return true;
            case 'p' or 'P':
                return Property(pattern, ref i, result);
            case 'x' when i + 1 < pattern.Length && pattern[i + 1] == '{':
                return CodePoint(pattern, ref i, result);
            case 'A' or 'z' or 'b' or 'B' when !inClass:
            case 'a' or 'f' or 't' or 'n' or 'r' or 'v' or 'x':
                result.Append('\\').Append(c);
                return true;
            default:
                // No back references; any punctuation stands for itself.
                if (char.IsAsciiLetterOrDigit(c) && c != '0')
                {
                    return false;
                }

                result.Append('\\').Append(c);
                return true;
        }
    }

    private static bool Property(string pattern, ref int i, StringBuilder result)
    {
        var letter = pattern[i];
        if (i + 1 == pattern.Length)
        {
            return false;
        }

        if (pattern[i + 1] != '{')
        {
            result.Append('\\').Append(letter).Append('{').Append(pattern[++i]).Append('}');
            return true;
        }

        var close = pattern.IndexOf('}', i);

        // General categories are the same in both; scripts, which .NET lacks, are refused.
        if (close < 0 || close - i - 2 is < 1 or > 2)
        {
            return false;
        }

        result.Append('\\').Append(pattern, i, close - i + 1);
        i = close;
        return true;
    }

    private static bool CodePoint(string pattern, ref int i, StringBuilder result)
    {
        var close = pattern.IndexOf('}', i);
        if (close < 0
            || !int.TryParse(pattern.AsSpan(i + 2, close - i - 2), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var value)
            || value > 0xFFFF)
        {
            return false;
        }

        result.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{value:x4}");
        i = close;
        return true;
    }

    private static bool Class(string pattern, ref int i, StringBuilder result)
    {
        result.Append('[');
        i++;
        if (i < pattern.Length && pattern[i] == '^')
        {
            result.Append('^');
            i++;
        }

        for (var first = true; i < pattern.Length; i++, first = false)
        {
            switch (pattern[i])
            {
                case ']' when !first:
                    result.Append(']');
                    return true;
                case ']':
                    result.Append(@"\]");
                    break;
                case '[' when At(pattern, i, "[:"):
                    var close = pattern.IndexOf(":]", i + 2, StringComparison.Ordinal);
                    if (close < 0 || Posix(pattern[(i + 2)..close]) is not { } members)
                    {
                        return false;
                    }

                    result.Append(members);
                    i = close + 1;
                    break;
                case '[':
                    // .NET would read a subtraction.
                    result.Append(@"\[");
                    break;
                case '\\':
                    if (!Escape(pattern, ref i, result, inClass: true))
                    {
                        return false;
                    }

                    break;
                default:
                    result.Append(pattern[i]);
                    break;
            }
        }

        return false;
    }

    private static string? Posix(string name) => name switch
    {
        "alnum" => "0-9A-Za-z",
        "alpha" => "A-Za-z",
        "ascii" => @"\x00-\x7f",
        "blank" => @"\t ",
        "cntrl" => @"\x00-\x1f\x7f",
        "digit" => "0-9",
        "graph" => "!-~",
        "lower" => "a-z",
        "print" => " -~",
        "punct" => @"!-/:-@\[-`{-~",
        "space" => @"\t\n\v\f\r ",
        "upper" => "A-Z",
        "word" => "0-9A-Za-z_",
        "xdigit" => "0-9A-Fa-f",
        _ => null,
    };
}
