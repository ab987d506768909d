using System.Globalization;

namespace LatchGate.Policy.Rego.Re2;

/// <summary>Sets that patterns name.</summary>
internal static class NamedSets
{
    private static readonly Lock Making = new();
    private static readonly Dictionary<string, RuneSet?> Categories = new(StringComparer.Ordinal);

    private static readonly RuneSet Digit = RuneSet.Of('0', '9');
    private static readonly RuneSet Word = RuneSet.Of('0', '9', 'A', 'Z', 'a', 'z', '_', '_');
    private static readonly RuneSet Space = RuneSet.Of('\t', '\n', '\f', '\r', ' ', ' ');

    /// <summary><c>\d</c>, <c>\w</c>, <c>\s</c>: ASCII only, and <c>\s</c> without the vertical tab. Null for another letter.</summary>
    internal static RuneSet? Perl(char letter) => letter switch
    {
        'd' => Digit,
        'w' => Word,
        's' => Space,
        'D' => Digit.Negated(),
        'W' => Word.Negated(),
        'S' => Space.Negated(),
        _ => null,
    };

    /// <summary><c>[:alpha:]</c> and its like, ASCII only.</summary>
    internal static RuneSet? Posix(ReadOnlySpan<char> name) => name switch
    {
        "alnum" => RuneSet.Of('0', '9', 'A', 'Z', 'a', 'z'),
        "alpha" => RuneSet.Of('A', 'Z', 'a', 'z'),
        "ascii" => RuneSet.Of(0, 0x7F),
        "blank" => RuneSet.Of('\t', '\t', ' ', ' '),
        "cntrl" => RuneSet.Of(0, 0x1F, 0x7F, 0x7F),
        "digit" => Digit,
        "graph" => RuneSet.Of('!', '~'),
        "lower" => RuneSet.Of('a', 'z'),
        "print" => RuneSet.Of(' ', '~'),
        "punct" => RuneSet.Of('!', '/', ':', '@', '[', '`', '{', '~'),
        "space" => RuneSet.Of('\t', '\r', ' ', ' '),
        "upper" => RuneSet.Of('A', 'Z'),
        "word" => Word,
        "xdigit" => RuneSet.Of('0', '9', 'A', 'F', 'a', 'f'),
        _ => null,
    };

    /// <summary><c>\p{…}</c>: a general category, a group of them, or <c>Any</c>. Null for scripts, whose data the platform does not have.</summary>
    internal static RuneSet? Unicode(string name)
    {
        if (name == "Any")
        {
            return RuneSet.Any;
        }

        if (name.Length is < 1 or > 2)
        {
            return null;
        }

        lock (Making)
        {
            return Categories.TryGetValue(name, out var known) ? known : Categories[name] = Collect(name);
        }
    }

    private static RuneSet? Collect(string name)
    {
        var ranges = new List<int>();
        for (var rune = 0; rune <= RuneSet.Last; rune++)
        {
            if (!CodeOf(CharUnicodeInfo.GetUnicodeCategory(rune)).StartsWith(name, StringComparison.Ordinal))
            {
                continue;
            }

            if (ranges.Count > 0 && ranges[^1] == rune - 1)
            {
                ranges[^1] = rune;
            }
            else
            {
                ranges.Add(rune);
                ranges.Add(rune);
            }
        }

        return ranges.Count == 0 ? null : RuneSet.Of([.. ranges]);
    }

    // Unassigned code points are in no category that a pattern can name.
    private static string CodeOf(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => "Lu",
        UnicodeCategory.LowercaseLetter => "Ll",
        UnicodeCategory.TitlecaseLetter => "Lt",
        UnicodeCategory.ModifierLetter => "Lm",
        UnicodeCategory.OtherLetter => "Lo",
        UnicodeCategory.NonSpacingMark => "Mn",
        UnicodeCategory.SpacingCombiningMark => "Mc",
        UnicodeCategory.EnclosingMark => "Me",
        UnicodeCategory.DecimalDigitNumber => "Nd",
        UnicodeCategory.LetterNumber => "Nl",
        UnicodeCategory.OtherNumber => "No",
        UnicodeCategory.SpaceSeparator => "Zs",
        UnicodeCategory.LineSeparator => "Zl",
        UnicodeCategory.ParagraphSeparator => "Zp",
        UnicodeCategory.Control => "Cc",
        UnicodeCategory.Format => "Cf",
        UnicodeCategory.Surrogate => "Cs",
        UnicodeCategory.PrivateUse => "Co",
        UnicodeCategory.ConnectorPunctuation => "Pc",
        UnicodeCategory.DashPunctuation => "Pd",
        UnicodeCategory.OpenPunctuation => "Ps",
        UnicodeCategory.ClosePunctuation => "Pe",
        UnicodeCategory.InitialQuotePunctuation => "Pi",
        UnicodeCategory.FinalQuotePunctuation => "Pf",
        UnicodeCategory.OtherPunctuation => "Po",
        UnicodeCategory.MathSymbol => "Sm",
        UnicodeCategory.CurrencySymbol => "Sc",
        UnicodeCategory.ModifierSymbol => "Sk",
        UnicodeCategory.OtherSymbol => "So",
        _ => "",
    };
}
