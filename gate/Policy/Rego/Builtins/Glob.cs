using System.Text;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>What came of a match.</summary>
internal enum GlobResult
{
    /// <summary>The whole text matches.</summary>
    Match,

    /// <summary>It does not.</summary>
    NoMatch,

    /// <summary>The pattern is malformed, or a limit was reached.</summary>
    Invalid,
}

/// <summary>
/// Glob patterns as OPA has them (github.com/gobwas/glob). All states are followed at once, so no pattern takes more
/// than pattern × text steps.
/// </summary>
/// <remarks>
/// <code>
/// pattern = *( "*" / "**" / "?" / class / alternatives / "\" any / any )
/// class   = "[" ["!"] ( low "-" high / 1*any ) "]"
/// alternatives = "{" pattern *( "," pattern ) "}"
/// </code>
/// <c>*</c> and <c>?</c> stop at a delimiter, <c>**</c> does not.
/// </remarks>
internal static class Glob
{
    private const int MaxTokens = 4096;
    private const int MaxBranches = 1024;

    private enum TokenKind : byte
    {
        Literal,
        One,
        Star,
        SuperStar,
        Class,
    }

    internal static GlobResult Match(string pattern, string delimiters, string text, Evaluation evaluation)
    {
        if (pattern.AsSpan().IndexOfAny('{', '}') < 0)
        {
            return MatchFlat(pattern, delimiters, text, evaluation);
        }

        var branches = new List<string>();
        if (!Expand(pattern, branches, evaluation))
        {
            return GlobResult.Invalid;
        }

        var result = GlobResult.NoMatch;
        foreach (var branch in branches)
        {
            var one = MatchFlat(branch, delimiters, text, evaluation);
            if (one == GlobResult.Invalid)
            {
                return one;
            }

            result = one == GlobResult.Match ? one : result;
        }

        return result;
    }

    // Writes out the alternatives of the first brace, and so on until none is left.
    private static bool Expand(string pattern, List<string> branches, Evaluation evaluation)
    {
        var work = new Stack<string>([pattern]);
        while (work.TryPop(out var current))
        {
            if (!evaluation.ChargeCells(1 + (current.Length >> 2)) || work.Count + branches.Count > MaxBranches)
            {
                return false;
            }

            if (FindBrace(current, out var open, out var parts, out var close) is not { } found)
            {
                return false;
            }

            if (!found)
            {
                branches.Add(current);
                continue;
            }

            foreach (var (from, to) in parts)
            {
                work.Push(string.Concat(current.AsSpan(0, open), current.AsSpan(from, to - from), current.AsSpan(close + 1)));
            }
        }

        return true;
    }

    // Null where braces do not pair.
    private static bool? FindBrace(string pattern, out int open, out List<(int From, int To)> parts, out int close)
    {
        (open, close, parts) = (-1, -1, []);
        var (depth, from, inClass) = (0, 0, false);
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\':
                    i++;
                    break;
                case '[' when !inClass:
                    inClass = true;
                    break;
                case ']':
                    inClass = false;
                    break;
                case '{' when !inClass:
                    if (depth++ == 0)
                    {
                        (open, from) = (i, i + 1);
                    }

                    break;
                case ',' when depth == 1 && !inClass:
                    parts.Add((from, i));
                    from = i + 1;
                    break;
                case '}' when !inClass:
                    if (--depth < 0)
                    {
                        return null;
                    }

                    if (depth == 0)
                    {
                        parts.Add((from, i));
                        close = i;
                        return true;
                    }

                    break;
            }
        }

        return depth == 0 ? false : null;
    }

    private static GlobResult MatchFlat(string pattern, string delimiters, string text, Evaluation evaluation)
    {
        if (pattern.Length > MaxTokens)
        {
            return GlobResult.Invalid;
        }

        Span<Token> buffer = pattern.Length <= 64 ? stackalloc Token[64] : new Token[pattern.Length];
        var count = Tokenize(pattern, buffer);
        if (count < 0 || !evaluation.ChargeSteps(1 + (((long)text.Length * count) >> 5)))
        {
            return GlobResult.Invalid;
        }

        var tokens = buffer[..count];
        Span<bool> states = count < 128 ? stackalloc bool[128] : new bool[count + 1];
        states = states[..(count + 1)];
        states.Clear();
        states[0] = true;
        SkipStars(tokens, states);
        foreach (var rune in text.EnumerateRunes())
        {
            var delimiter = IsDelimiter(rune, delimiters);

            // From the back, so that each state is read before it is written.
            for (var i = count; i >= 0; i--)
            {
                var stays = i < count && states[i] && (tokens[i].Kind == TokenKind.SuperStar || (tokens[i].Kind == TokenKind.Star && !delimiter));
                var arrives = i > 0 && states[i - 1] && Takes(tokens[i - 1], rune, delimiter, pattern);
                states[i] = stays || arrives;
            }

            SkipStars(tokens, states);
        }

        return states[count] ? GlobResult.Match : GlobResult.NoMatch;
    }

    private static void SkipStars(ReadOnlySpan<Token> tokens, Span<bool> states)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            if (states[i] && tokens[i].Kind is TokenKind.Star or TokenKind.SuperStar)
            {
                states[i + 1] = true;
            }
        }
    }

    private static bool IsDelimiter(Rune rune, string delimiters)
    {
        foreach (var delimiter in delimiters.EnumerateRunes())
        {
            if (delimiter == rune)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Takes(Token token, Rune rune, bool delimiter, string pattern) => token.Kind switch
    {
        TokenKind.Literal => token.Value == rune.Value,
        TokenKind.One => !delimiter,
        TokenKind.Class => InClass(pattern.AsSpan(token.From, token.To - token.From), rune) != token.Negated,
        _ => false,
    };

    private static bool InClass(ReadOnlySpan<char> members, Rune rune)
    {
        Rune.DecodeFromUtf16(members, out var low, out var used);
        if (members.Length > used + 1 && members[used] == '-')
        {
            Rune.DecodeFromUtf16(members[(used + 1)..], out var high, out _);
            return low <= rune && rune <= high;
        }

        foreach (var member in members.EnumerateRunes())
        {
            if (member == rune)
            {
                return true;
            }
        }

        return false;
    }

    private static int Tokenize(string pattern, Span<Token> tokens)
    {
        var count = 0;
        for (var i = 0; i < pattern.Length;)
        {
            switch (pattern[i])
            {
                case '*':
                    var stars = 1;
                    while (i + stars < pattern.Length && pattern[i + stars] == '*')
                    {
                        stars++;
                    }

                    tokens[count++] = new Token { Kind = stars > 1 ? TokenKind.SuperStar : TokenKind.Star };
                    i += stars;
                    continue;
                case '?':
                    tokens[count++] = new Token { Kind = TokenKind.One };
                    i++;
                    continue;
                case '[':
                    var negated = i + 1 < pattern.Length && pattern[i + 1] == '!';
                    var from = i + (negated ? 2 : 1);
                    var close = from < pattern.Length ? pattern.IndexOf(']', from) : -1;
                    if (close <= from)
                    {
                        return -1;
                    }

                    tokens[count++] = new Token { Kind = TokenKind.Class, Negated = negated, From = from, To = close };
                    i = close + 1;
                    continue;
                case '\\':
                    if (++i == pattern.Length)
                    {
                        return -1;
                    }

                    break;
            }

            Rune.DecodeFromUtf16(pattern.AsSpan(i), out var rune, out var used);
            tokens[count++] = new Token { Kind = TokenKind.Literal, Value = rune.Value };
            i += used;
        }

        return count;
    }

    private record struct Token
    {
        internal TokenKind Kind;
        internal bool Negated;
        internal int Value;
        internal int From;
        internal int To;
    }
}
