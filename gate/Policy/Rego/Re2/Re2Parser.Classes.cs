using System.Globalization;

namespace LatchGate.Policy.Rego.Re2;

/// <content>Bracketed classes and escapes.</content>
internal sealed partial class Re2Parser
{
    /// <summary>At <c>[</c>.</summary>
    private RuneSet? Class()
    {
        _at++;
        var isNegated = Take('^');
        var ranges = new List<int>();
        for (var isFirst = true; ; isFirst = false)
        {
            if (_at == _pattern.Length)
            {
                return null;
            }

            if (!isFirst && Take(']'))
            {
                break;
            }

            if (TakePosix(out var set) || TakeNamedSet(out set))
            {
                if (set is null)
                {
                    return null;
                }

                ranges.AddRange(set.Ranges);
                continue;
            }

            // A dash stands for itself at either end, and is refused elsewhere.
            if (_pattern[_at] == '-' && !isFirst && _at + 1 < _pattern.Length && _pattern[_at + 1] != ']')
            {
                return null;
            }

            if (ClassRune() is not { } from)
            {
                return null;
            }

            var to = from;
            if (_at + 1 < _pattern.Length && _pattern[_at] == '-' && _pattern[_at + 1] != ']')
            {
                _at++;
                if (ClassRune() is not { } last || last < from)
                {
                    return null;
                }

                to = last;
            }

            ranges.Add(from);
            ranges.Add(to);
        }

        var whole = RuneSet.Of([.. ranges]);
        whole = Has(Re2Flags.IgnoreCase) ? whole.Folded() : whole;
        return isNegated ? whole.Negated() : whole;
    }

    private int? ClassRune() => _at == _pattern.Length ? null : _pattern[_at] == '\\' ? EscapedRune() : NextRune();

    // [:name:] or [:^name:]; a name that is none is an error, no closing is a bracket.
    private bool TakePosix(out RuneSet? set)
    {
        set = null;
        if (string.CompareOrdinal(_pattern, _at, "[:", 0, 2) != 0 || _pattern.IndexOf(":]", _at + 2, StringComparison.Ordinal) is var end && end < 0)
        {
            return false;
        }

        var name = _pattern.AsSpan(_at + 2, end - _at - 2);
        var isNegated = name.StartsWith('^');
        set = NamedSets.Posix(isNegated ? name[1..] : name);
        set = isNegated ? set?.Negated() : set;
        _at = end + 2;
        return true;
    }

    // \d and its like, \pL, \p{Lu}, \p{^Lu}, \P…; true with null where it is one that does not exist.
    private bool TakeNamedSet(out RuneSet? set)
    {
        set = null;
        if (_pattern[_at] != '\\' || _at + 1 == _pattern.Length)
        {
            return false;
        }

        var letter = _pattern[_at + 1];
        if (letter is 'p' or 'P')
        {
            _at += 2;
            set = Category(isNegated: letter == 'P');
            return true;
        }

        set = NamedSets.Perl(letter);
        _at += set is null ? 0 : 2;
        return set is not null;
    }

    private RuneSet? Category(bool isNegated)
    {
        if (_at == _pattern.Length)
        {
            return null;
        }

        var name = _pattern[_at..(_at + 1)];
        _at++;
        if (name == "{")
        {
            var end = _pattern.IndexOf('}', _at);
            if (end < 0)
            {
                return null;
            }

            name = _pattern[_at..end];
            _at = end + 1;
        }

        if (name.StartsWith('^'))
        {
            (name, isNegated) = (name[1..], !isNegated);
        }

        var set = NamedSets.Unicode(name);
        set = Has(Re2Flags.IgnoreCase) ? set?.Folded() : set;
        return isNegated ? set?.Negated() : set;
    }

    // At a backslash. Any punctuation stands for itself; there are no back references.
    private int? EscapedRune()
    {
        if (++_at == _pattern.Length)
        {
            return null;
        }

        var c = _pattern[_at];
        switch (c)
        {
            case 'x':
                _at++;
                return Hexadecimal();
            case '0':
            case >= '1' and <= '7' when _at + 1 < _pattern.Length && _pattern[_at + 1] is >= '0' and <= '7':
                return Octal();
        }

        int? rune = c switch
        {
            'a' => '\a',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\v',
            < (char)0x80 when !char.IsAsciiLetterOrDigit(c) => c,
            _ => null,
        };
        _at++;
        return rune;
    }

    private int Octal()
    {
        var value = 0;
        for (var digits = 0; digits < 3 && _at < _pattern.Length && _pattern[_at] is >= '0' and <= '7'; digits++)
        {
            value = (8 * value) + _pattern[_at++] - '0';
        }

        return value;
    }

    private int? Hexadecimal()
    {
        var isBraced = Take('{');
        var end = isBraced ? _pattern.IndexOf('}', _at) : Math.Min(_at + 2, _pattern.Length);
        var digits = end < _at ? default : _pattern.AsSpan(_at, end - _at);
        if (digits.Length is < 1 or > 8 || (!isBraced && digits.Length != 2)
            || !int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) || value is < 0 or > RuneSet.Last)
        {
            return null;
        }

        _at = isBraced ? end + 1 : end;
        return value;
    }
}
