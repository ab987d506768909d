using System;

namespace LatchGate.Actions.Formats;

/// <summary>Whether a text is a pattern of ECMA-262 in Unicode mode (§22.2.1, flag <c>u</c>). It is recognised, never run.</summary>
/// <remarks>
/// <code>
/// disjunction = *term *( "|" *term )
/// term        = assertion / atom [quantifier]
/// assertion   = "^" / "$" / "\b" / "\B" / "(?=" disjunction ")" / "(?!" … / "(?&lt;=" … / "(?&lt;!" …
/// atom        = "." / "\" escape / class / "(" ["?:" / "?&lt;" name "&gt;"] disjunction ")" / other than ^$\.*+?()[]{}|
/// quantifier  = ("*" / "+" / "?" / "{" n ["," [m]] "}") ["?"]
/// </code>
/// </remarks>
internal ref struct RegexSyntax(ReadOnlySpan<byte> text)
{
    private const int MostDepth = 100;
    private const int None = -1;

    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;
    private int _groups;
    private int _reference;

    /// <summary>Whether it is.</summary>
    public bool IsPattern() => Disjunction(0) && _at == _text.Length && _reference <= _groups;

    private readonly byte Next => _at < _text.Length ? _text[_at] : (byte)0;

    private bool Disjunction(int depth)
    {
        if (depth == MostDepth)
        {
            return false;
        }

        while (_at < _text.Length && Next != ')')
        {
            if (!Take('|') && !Term(depth))
            {
                return false;
            }
        }

        return true;
    }

    private bool Term(int depth)
    {
        if (Take('^') || Take('$') || Take("\\b"u8) || Take("\\B"u8))
        {
            return true;
        }

        if (Take("(?="u8) || Take("(?!"u8) || Take("(?<="u8) || Take("(?<!"u8))
        {
            return Disjunction(depth + 1) && Take(')');
        }

        return Atom(depth) && Quantifier();
    }

    private bool Atom(int depth)
    {
        if (Take('('))
        {
            if (!Take("?:"u8))
            {
                _groups++;
                if (Take('?') && !(Take('<') && Name()))
                {
                    return false;
                }
            }

            return Disjunction(depth + 1) && Take(')');
        }

        if (Take('['))
        {
            return Class();
        }

        if (Take('\\'))
        {
            return Escape(inClass: false) != None;
        }

        return !Ascii.Has("^$*+?)]{}|"u8, Next) && ++_at > 0;
    }

    private bool Quantifier()
    {
        if (Take('{'))
        {
            var low = Count();
            if (low < 0)
            {
                return false;
            }

            var high = low;
            if (Take(','))
            {
                high = Next == '}' ? int.MaxValue : Count();
            }

            if (high < low || !Take('}'))
            {
                return false;
            }
        }
        else if (!Take('*') && !Take('+') && !Take('?'))
        {
            return true;
        }

        Take('?');
        return true;
    }

    private int Count()
    {
        var count = 0;
        var start = _at;
        while (Ascii.IsDigit(Next))
        {
            count = Math.Min((count * 10) + Next - '0', 100_000_000);
            _at++;
        }

        return _at == start ? None : count;
    }

    private bool Class()
    {
        Take('^');
        while (!Take(']'))
        {
            var from = Member();
            if (from == None)
            {
                return false;
            }

            if (Next == '-' && _at + 1 < _text.Length && _text[_at + 1] != ']')
            {
                _at++;
                var to = Member();

                // A set such as \d has no place in a range.
                if (to == None || from == int.MaxValue || to == int.MaxValue || to < from)
                {
                    return false;
                }
            }
        }

        return true;
    }

    // A code point; the greatest number stands for a set.
    private int Member()
    {
        if (_at == _text.Length)
        {
            return None;
        }

        if (Take('\\'))
        {
            return Escape(inClass: true);
        }

        var first = _text[_at++];
        if (first < 0x80)
        {
            return first;
        }

        // Well-formed: the length follows from the first byte.
        var more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
        var point = first & (0x3F >> more);
        for (; more > 0; more--)
        {
            point = (point << 6) | (_text[_at++] & 0x3F);
        }

        return point;
    }

    private int Escape(bool inClass)
    {
        if (_at == _text.Length)
        {
            return None;
        }

        var c = _text[_at++];
        switch ((char)c)
        {
            case 'd' or 'D' or 's' or 'S' or 'w' or 'W':
                return int.MaxValue;
            case 't' or 'n' or 'r' or 'f' or 'v':
                return 0;
            case 'b' when inClass:
            case '-' when inClass:
                return c;
            case '0':
                return Ascii.IsDigit(Next) ? None : 0;
            case >= '1' and <= '9' when !inClass:
                _at--;
                _reference = Math.Max(_reference, Count());
                return int.MaxValue;
            case 'k' when !inClass:
                return Take('<') && Name() ? int.MaxValue : None;
            case 'c':
                return Ascii.IsLetter(Next) ? _text[_at++] & 0x1F : None;
            case 'x':
                return Hex(2);
            case 'u':
                return Unicode();
            case 'p' or 'P':
                return Property() ? int.MaxValue : None;
            default:
                return Ascii.Has("^$\\.*+?()[]{}|/"u8, c) ? c : None;
        }
    }

    private int Unicode()
    {
        if (!Take('{'))
        {
            return Hex(4);
        }

        var point = 0;
        var start = _at;
        while (Ascii.IsHex(Next))
        {
            point = Math.Min((point * 16) + Digit(_text[_at++]), 0x110000);
        }

        return _at > start && point <= 0x10FFFF && Take('}') ? point : None;
    }

    private int Hex(int digits)
    {
        var value = 0;
        for (; digits > 0; digits--)
        {
            if (!Ascii.IsHex(Next))
            {
                return None;
            }

            value = (value * 16) + Digit(_text[_at++]);
        }

        return value;
    }

    private bool Property()
    {
        if (!Take('{'))
        {
            return false;
        }

        var start = _at;
        while (Ascii.IsLetterOrDigit(Next) || Next is (byte)'_' or (byte)'=')
        {
            _at++;
        }

        return _at > start && Take('}');
    }

    private bool Name()
    {
        var start = _at;
        while (Ascii.IsLetterOrDigit(Next) || Next is (byte)'_' or (byte)'$' || Next >= 0x80)
        {
            _at++;
        }

        return _at > start && !Ascii.IsDigit(_text[start]) && Take('>');
    }

    private static int Digit(byte octet) => Ascii.IsDigit(octet) ? octet - '0' : (octet | 0x20) - 'a' + 10;

    private bool Take(char c)
    {
        if (_at == _text.Length || _text[_at] != c)
        {
            return false;
        }

        _at++;
        return true;
    }

    private bool Take(ReadOnlySpan<byte> token)
    {
        if (!_text.Slice(_at).StartsWith(token))
        {
            return false;
        }

        _at += token.Length;
        return true;
    }
}
