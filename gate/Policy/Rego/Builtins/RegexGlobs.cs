using System.Text;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// <c>regex.globs_match</c>: whether two glob-like patterns can both match one text that is not empty. A pattern is a
/// list of tokens:
/// <code>
/// token = ( "." / set / char / "\" any ) [ "*" / "+" ]
/// set   = "[" *( char / char "-" char / "\" any ) "]"
/// </code>
/// </summary>
/// <remarks>
/// This is the search that OPA's library makes, which is no full intersection of the two languages: a repeated token
/// takes the other pattern's tokens one by one until the token after it fits.
/// </remarks>
internal static class RegexGlobs
{
    // A repeated token may nest the search one level deeper.
    private const int MaxRepeated = 256;
    private const int MaxRanges = 256;

    internal static void Register(Dictionary<string, Builtin> table) => table["regex.globs_match"] = static (a, e) =>
    {
        if (!Strings.Texts(a, e, out var x, out var y) || !e.ChargeSteps(x.Length + y.Length))
        {
            return null;
        }

        if (Tokenize(x) is not { } left || Tokenize(y) is not { } right)
        {
            return e.Fail(BuiltinError.Value);
        }

        var matches = Intersect(left, right, e);
        return e.Fault == EvaluationFault.None ? RegoBoolean.Of(matches) : null;
    };

    private static bool Intersect(ReadOnlySpan<Token> a, ReadOnlySpan<Token> b, Evaluation evaluation)
    {
        var i = 0;
        for (; i < a.Length && i < b.Length; i++)
        {
            if (a[i].Repeat != '\0')
            {
                return Repeated(a[i..], b[i..], evaluation);
            }

            if (b[i].Repeat != '\0')
            {
                return Repeated(b[i..], a[i..], evaluation);
            }

            if (!evaluation.ChargeSteps(1) || !a[i].Meets(b[i]))
            {
                return false;
            }
        }

        return i == a.Length && i == b.Length;
    }

    private static bool Repeated(ReadOnlySpan<Token> repeated, ReadOnlySpan<Token> other, Evaluation evaluation)
    {
        var taker = repeated[0];
        var from = 0;
        if (taker.Repeat == '+')
        {
            if (!taker.Meets(other[0]))
            {
                return false;
            }

            from = 1;
        }

        for (var i = from; i < other.Length; i++)
        {
            if (!evaluation.ChargeSteps(1)
                || (repeated.Length > 1 && other[i].Meets(repeated[1]) && Intersect(repeated[1..], other[i..], evaluation)))
            {
                return true;
            }

            if (!other[i].Meets(taker))
            {
                return false;
            }
        }

        return repeated.Length == 1;
    }

    private static Token[]? Tokenize(string pattern)
    {
        var tokens = new List<Token>();
        var repeated = 0;
        for (var i = 0; i < pattern.Length;)
        {
            Token? token;
            switch (pattern[i])
            {
                case '*' or '+' or ']':
                    return null;
                case '.':
                    token = new Token(null);
                    i++;
                    break;
                case '[':
                    token = Set(pattern, ref i);
                    break;
                default:
                    token = Next(pattern, ref i, out _) is { } rune ? new Token([(rune, rune)]) : null;
                    break;
            }

            if (token is null)
            {
                return null;
            }

            if (i < pattern.Length && pattern[i] is '*' or '+')
            {
                token.Repeat = pattern[i++];
                if (++repeated > MaxRepeated)
                {
                    return null;
                }
            }

            tokens.Add(token);
        }

        return [.. tokens];
    }

    private static Token? Set(string pattern, ref int i)
    {
        var ranges = new List<(int From, int To)>();
        var canExtend = false;
        i++;
        while (i < pattern.Length && pattern[i] != ']')
        {
            if (Next(pattern, ref i, out var escaped) is not { } rune)
            {
                return null;
            }

            if (rune != '-' || escaped)
            {
                ranges.Add((rune, rune));
                canExtend = true;
                continue;
            }

            if (!canExtend || Next(pattern, ref i, out escaped) is not { } last || (!escaped && last is ']' or '-') || last < ranges[^1].From)
            {
                return null;
            }

            ranges[^1] = (ranges[^1].From, last);
            canExtend = false;
        }

        i++;
        return i <= pattern.Length && ranges.Count <= MaxRanges ? new Token([.. ranges]) : null;
    }

    private static int? Next(string pattern, ref int i, out bool escaped)
    {
        escaped = i < pattern.Length && pattern[i] == '\\';
        i += escaped ? 1 : 0;
        if (i >= pattern.Length || Rune.DecodeFromUtf16(pattern.AsSpan(i), out var rune, out var length) != System.Buffers.OperationStatus.Done)
        {
            return null;
        }

        i += length;
        return rune.Value;
    }

    // Ranges of code points; null is any.
    private sealed class Token((int From, int To)[]? ranges)
    {
        internal char Repeat { get; set; }

        private (int From, int To)[]? Ranges { get; } = ranges;

        internal bool Meets(Token other)
        {
            if (Ranges is null || other.Ranges is null)
            {
                return true;
            }

            foreach (var (from, to) in Ranges)
            {
                foreach (var (otherFrom, otherTo) in other.Ranges)
                {
                    if (from <= otherTo && otherFrom <= to)
                    {
                        return true;
                    }
                }
            }

            return false;
        }
    }
}
