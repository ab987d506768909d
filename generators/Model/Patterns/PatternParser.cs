using System.Collections.Generic;
using System.Globalization;

namespace LatchGate.Generators.Model.Patterns;

/// <summary>
/// Parses the regular part of ECMA-262 patterns in Unicode mode:
/// <code>
/// choice     = sequence *("|" sequence)
/// sequence   = *(atom [quantifier])
/// quantifier = ("*" / "+" / "?" / "{" n "}" / "{" n "," "}" / "{" n "," m "}") ["?"]
/// atom       = "^" / "$" / "." / class / escape / "(" choice ")" / "(?:" choice ")" / literal
/// </code>
/// A lazy quantifier matches the same texts as a greedy one. What an automaton cannot do (references, look-around) is refused.
/// </summary>
internal sealed class PatternParser
{
    private const int MaxRepeat = 4_096;
    private const int MaxDepth = 64;

    private readonly string _text;
    private int _at;

    private PatternParser(string text) => _text = text;

    private bool End => _at >= _text.Length;

    public static Pattern Parse(string text)
    {
        var parser = new PatternParser(text);
        var pattern = parser.Choice(0);
        return parser.End ? pattern : throw new PatternException("a ')' has no '('");
    }

    private Pattern Choice(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new PatternException("groups nest too deep");
        }

        var options = new List<Pattern> { Sequence(depth) };
        while (TryTake('|'))
        {
            options.Add(Sequence(depth));
        }

        return options.Count == 1 ? options[0] : new ChoicePattern(options);
    }

    private SequencePattern Sequence(int depth)
    {
        var items = new List<Pattern>();
        while (!End && _text[_at] is not ('|' or ')'))
        {
            var atom = Atom(depth);
            items.Add(Quantified(atom));
        }

        return new SequencePattern(items);
    }

    private Pattern Quantified(Pattern atom)
    {
        if (End || _text[_at] is not ('*' or '+' or '?' or '{'))
        {
            return atom;
        }

        if (atom is AnchorPattern)
        {
            throw new PatternException("an anchor cannot be repeated");
        }

        var (minimum, maximum) = _text[_at++] switch
        {
            '*' => (0, -1),
            '+' => (1, -1),
            '?' => (0, 1),
            _ => Braces(),
        };
        TryTake('?');
        if (!End && _text[_at] is '*' or '+' or '{')
        {
            throw new PatternException("a quantifier follows a quantifier");
        }

        return new RepeatPattern(atom, minimum, maximum);
    }

    private (int Minimum, int Maximum) Braces()
    {
        var minimum = Count();
        var maximum = TryTake(',') ? (!End && _text[_at] == '}' ? -1 : Count()) : minimum;
        if (!TryTake('}') || (maximum >= 0 && maximum < minimum))
        {
            throw new PatternException("a quantifier in braces is malformed");
        }

        return (minimum, maximum);
    }

    private int Count()
    {
        var start = _at;
        while (!End && _text[_at] is >= '0' and <= '9')
        {
            _at++;
        }

        return int.TryParse(_text.Substring(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= MaxRepeat
            ? count
            : throw new PatternException($"a count in braces must be a number up to {MaxRepeat}");
    }

    private Pattern Atom(int depth)
    {
        var c = _text[_at];
        switch (c)
        {
            case '^':
                _at++;
                return new AnchorPattern(AtEnd: false);
            case '$':
                _at++;
                return new AnchorPattern(AtEnd: true);
            case '.':
                _at++;
                return new SetPattern(CodePointSet.Dot);
            case '[':
                return new SetPattern(new ClassParser(_text).Parse(ref _at));
            case '\\':
                return new SetPattern(Escapes.Read(_text, ref _at, inClass: false));
            case '(':
                return Group(depth);
            case '*' or '+' or '?' or '{' or '}' or ']':
                throw new PatternException($"'{c}' stands for nothing here; escape it");
            default:
                var point = Escapes.Literal(_text, ref _at);
                return new SetPattern(CodePointSet.Of((point, point)));
        }
    }

    private Pattern Group(int depth)
    {
        _at++;
        if (TryTake('?') && !TryTake(':'))
        {
            throw new PatternException("look-around and named groups are not supported");
        }

        var inner = Choice(depth + 1);
        return TryTake(')') ? inner : throw new PatternException("a '(' is not closed");
    }

    private bool TryTake(char c)
    {
        if (End || _text[_at] != c)
        {
            return false;
        }

        _at++;
        return true;
    }
}
