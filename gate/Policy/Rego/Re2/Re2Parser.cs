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

    private Re2Node Literal(int rune)
    {
        var set = RuneSet.Of(rune, rune);
        return new Re2Node(Re2Kind.Rune) { Set = Has(Re2Flags.IgnoreCase) ? set.Folded() : set };
    }

    private static Re2Node Assert(Re2Place place) => new(Re2Kind.Assertion) { Place = place };

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
}
