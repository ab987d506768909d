using System.Globalization;

namespace LatchGate.Policy.Rego.Re2;

/// <summary>Parses RE2's syntax with its Perl extensions, as Go's <c>regexp</c> takes it (github.com/google/re2/wiki/Syntax).</summary>
/// <remarks>
/// <code>
/// alternation   = concatenation *( "|" concatenation )
/// concatenation = *( atom [ repetition ] )
/// repetition    = ( "*" / "+" / "?" / "{" n [ "," [ m ] ] "}" ) [ "?" ]         n, m ≤ 1000
/// atom          = rune / "." / class / "^" / "$" / escape / group
/// group         = "(" alternation ")" / "(?:" … ")" / "(?P&lt;" name ">" … ")" / "(?&lt;" name ">" … ")" / "(?" flags [ ":" … ] ")"
/// flags         = *( "i" / "m" / "s" / "U" ) [ "-" 1*( "i" / "m" / "s" / "U" ) ]
/// </code>
/// Scripts (<c>\p{Greek}</c>) are refused: the platform has no such data.
/// </remarks>
internal sealed partial class Re2Parser
{
    private const int MaxDepth = 200;
    private const int MaxRepeat = 1000;

    private readonly string _pattern;
    private int _at;
    private int _depth;
    private int _groups;
    private Re2Flags _flags;

    private Re2Parser(string pattern) => _pattern = pattern;

    /// <summary>Numbers of named groups.</summary>
    private Dictionary<string, int> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>Parses a whole pattern; null where it is none.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="names">Numbers of named groups.</param>
    /// <param name="groups">How many groups there are, without the whole match.</param>
    internal static Re2Node? Parse(string pattern, out Dictionary<string, int> names, out int groups)
    {
        var parser = new Re2Parser(pattern);
        var node = parser.Alternation();
        (names, groups) = (parser.Names, parser._groups);

        // What is left is a parenthesis that closes nothing.
        return parser._at == pattern.Length && node is not null && RepeatsWithin(node, MaxRepeat) ? node : null;
    }

    private Re2Node? Alternation()
    {
        if (++_depth > MaxDepth)
        {
            return null;
        }

        var branches = new List<Re2Node>();
        do
        {
            if (Concatenation() is not { } branch)
            {
                return null;
            }

            branches.Add(branch);
        }
        while (Take('|'));
        _depth--;
        return branches.Count == 1 ? branches[0] : new Re2Node(Re2Kind.Alternation) { Children = [.. branches] };
    }

    private Re2Node? Concatenation()
    {
        var parts = new List<Re2Node>();
        while (_at < _pattern.Length && _pattern[_at] is not ('|' or ')'))
        {
            if (TakeQuoted(parts) || TakeFlags())
            {
                // What follows repeats what stands before.
                if (parts.Count > 0)
                {
                    if (Repeated(parts[^1]) is not { } last)
                    {
                        return null;
                    }

                    parts[^1] = last;
                }

                continue;
            }

            if (Atom() is not { } atom || Repeated(atom) is not { } part)
            {
                return null;
            }

            parts.Add(part);
        }

        return parts.Count switch
        {
            0 => Re2Node.Nothing,
            1 => parts[0],
            _ => new Re2Node(Re2Kind.Concatenation) { Children = [.. parts] },
        };
    }

    // \Q…\E, or to the end.
    private bool TakeQuoted(List<Re2Node> parts)
    {
        if (!Take(@"\Q"))
        {
            return false;
        }

        var end = _pattern.IndexOf(@"\E", _at, StringComparison.Ordinal);
        var stop = end < 0 ? _pattern.Length : end;
        while (_at < stop)
        {
            parts.Add(Literal(NextRune()));
        }

        _at = end < 0 ? stop : stop + 2;
        return true;
    }

    private Re2Node? Atom()
    {
        switch (_pattern[_at])
        {
            case '(':
                return Group();
            case '[':
                return Class() is { } set ? new Re2Node(Re2Kind.Rune) { Set = set } : null;
            case '.':
                _at++;
                return new Re2Node(Re2Kind.Rune) { Set = Has(Re2Flags.DotAll) ? RuneSet.Any : RuneSet.NotLineFeed };
            case '^':
                _at++;
                return Assert(Has(Re2Flags.MultiLine) ? Re2Place.LineStart : Re2Place.TextStart);
            case '$':
                _at++;
                return Assert(Has(Re2Flags.MultiLine) ? Re2Place.LineEnd : Re2Place.TextEnd);
            case '*' or '+' or '?':
            case '{' when TakeBounds(out _, out _):
                return null;
            case '\\':
                return Escape();
            default:
                return Literal(NextRune());
        }
    }

    private Re2Node? Escape()
    {
        var next = _at + 1 < _pattern.Length ? _pattern[_at + 1] : '\0';
        Re2Place? place = next switch
        {
            'A' => Re2Place.TextStart,
            'z' => Re2Place.TextEnd,
            'b' => Re2Place.WordEdge,
            'B' => Re2Place.NoWordEdge,
            _ => null,
        };
        if (place is { } found)
        {
            _at += 2;
            return Assert(found);
        }

        if (TakeNamedSet(out var set))
        {
            return set is null ? null : new Re2Node(Re2Kind.Rune) { Set = set };
        }

        return EscapedRune() is { } rune ? Literal(rune) : null;
    }

    private Re2Node? Group()
    {
        _at++;
        var outer = _flags;
        var group = 0;
        if (Take("?P<") || Take("?<"))
        {
            var end = _pattern.IndexOf('>', _at);
            if (end <= _at || !IsName(_pattern.AsSpan(_at, end - _at)) || !Names.TryAdd(_pattern[_at..end], group = ++_groups))
            {
                return null;
            }

            _at = end + 1;
        }
        else if (Take('?'))
        {
            if (!TakeFlags(out var isGroup) || !isGroup)
            {
                return null;
            }
        }
        else
        {
            group = ++_groups;
        }

        if (Alternation() is not { } inner || !Take(')'))
        {
            return null;
        }

        _flags = outer;
        return group == 0 ? inner : new Re2Node(Re2Kind.Group) { Group = group, Children = [inner] };
    }

    // Flags without a colon hold until the group around them ends.
    private bool TakeFlags()
    {
        var (at, flags) = (_at, _flags);
        if (Take("(?") && TakeFlags(out var isGroup) && !isGroup)
        {
            return true;
        }

        (_at, _flags) = (at, flags);
        return false;
    }

    private bool TakeFlags(out bool isGroup)
    {
        isGroup = false;
        var flags = _flags;
        var clears = false;
        var hasAny = false;
        for (; _at < _pattern.Length; _at++)
        {
            var flag = _pattern[_at] switch
            {
                'i' => Re2Flags.IgnoreCase,
                'm' => Re2Flags.MultiLine,
                's' => Re2Flags.DotAll,
                'U' => Re2Flags.Ungreedy,
                _ => Re2Flags.None,
            };
            if (flag != Re2Flags.None)
            {
                flags = clears ? flags & ~flag : flags | flag;
                hasAny = true;
                continue;
            }

            switch (_pattern[_at])
            {
                case '-' when !clears:
                    (clears, hasAny) = (true, false);
                    break;
                case ':' or ')':
                    isGroup = _pattern[_at++] == ':';
                    _flags = flags;
                    return hasAny || !clears;
                default:
                    return false;
            }
        }

        return false;
    }

    private Re2Node? Repeated(Re2Node atom)
    {
        var seen = false;
        while (_at < _pattern.Length)
        {
            int min, max;
            switch (_pattern[_at])
            {
                case '*':
                    (min, max) = (0, Re2Node.Unbounded);
                    _at++;
                    break;
                case '+':
                    (min, max) = (1, Re2Node.Unbounded);
                    _at++;
                    break;
                case '?':
                    (min, max) = (0, 1);
                    _at++;
                    break;
                case '{':
                    if (!TakeBounds(out min, out max))
                    {
                        // A brace that bounds nothing is itself.
                        return atom;
                    }

                    if (min > MaxRepeat || max > MaxRepeat || (max >= 0 && min > max))
                    {
                        return null;
                    }

                    break;
                default:
                    return atom;
            }

            // a** would be a repetition of a repetition, which Perl and RE2 refuse.
            if (seen)
            {
                return null;
            }

            seen = true;
            atom = new Re2Node(Re2Kind.Repetition) { Min = min, Max = max, IsGreedy = Take('?') == Has(Re2Flags.Ungreedy), Children = [atom] };
        }

        return atom;
    }

    private bool TakeBounds(out int min, out int max)
    {
        var start = _at++;
        max = 0;
        if (TakeNumber(out min))
        {
            max = min;
            var isPair = Take(',');
            if (isPair && !TakeNumber(out max))
            {
                max = Re2Node.Unbounded;
            }

            if (Take('}'))
            {
                return true;
            }
        }

        _at = start;
        return false;
    }

    private bool TakeNumber(out int number)
    {
        var from = _at;
        while (_at < _pattern.Length && char.IsAsciiDigit(_pattern[_at]))
        {
            _at++;
        }

        number = 0;

        // As Go: no leading zeros.
        if (_at == from || (_pattern[from] == '0' && _at - from > 1))
        {
            return false;
        }

        if (!int.TryParse(_pattern.AsSpan(from, _at - from), NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            number = int.MaxValue;
        }

        return true;
    }

    // Repetitions within repetitions multiply.
    private static bool RepeatsWithin(Re2Node node, int most)
    {
        if (node.Kind == Re2Kind.Repetition)
        {
            var times = node.Max == Re2Node.Unbounded ? node.Min : node.Max;
            if (times > most)
            {
                return false;
            }

            most = times > 0 ? most / times : most;
        }

        foreach (var child in node.Children)
        {
            if (!RepeatsWithin(child, most))
            {
                return false;
            }
        }

        return true;
    }

    private Re2Node Literal(int rune)
    {
        var set = RuneSet.Of(rune, rune);
        return new Re2Node(Re2Kind.Rune) { Set = Has(Re2Flags.IgnoreCase) ? set.Folded() : set };
    }

    private static Re2Node Assert(Re2Place place) => new(Re2Kind.Assertion) { Place = place };

    private static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return false;
            }
        }

        return true;
    }

    private bool Has(Re2Flags flag) => (_flags & flag) != 0;

    private bool Take(char c)
    {
        if (_at < _pattern.Length && _pattern[_at] == c)
        {
            _at++;
            return true;
        }

        return false;
    }

    private bool Take(string text)
    {
        if (string.CompareOrdinal(_pattern, _at, text, 0, text.Length) != 0)
        {
            return false;
        }

        _at += text.Length;
        return true;
    }

    private int NextRune()
    {
        var rune = Re2Matcher.RuneAt(_pattern, _at, out var width);
        _at += width;
        return rune;
    }

    [Flags]
    private enum Re2Flags
    {
        None = 0,
        IgnoreCase = 1,
        MultiLine = 2,
        DotAll = 4,
        Ungreedy = 8,
    }
}
