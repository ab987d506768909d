using System.Buffers;
using System.Globalization;
using System.Text;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>What a token of GraphQL is.</summary>
internal enum GraphQlToken
{
    /// <summary>The text ended, or is not GraphQL.</summary>
    End,

    /// <summary>A name or keyword.</summary>
    Name,

    /// <summary>A whole number.</summary>
    Int,

    /// <summary>A number with a fraction or an exponent.</summary>
    Float,

    /// <summary>A string in quotes.</summary>
    String,

    /// <summary>A string in triple quotes.</summary>
    Block,

    /// <summary>One of <c>! $ &amp; ( ) : = @ [ ] { | }</c>, or <c>...</c>, held as <c>…</c>.</summary>
    Punctuator,
}

/// <summary>Tokens of GraphQL (October 2021 edition, §2.1). After an error there is only <see cref="GraphQlToken.End"/>.</summary>
internal sealed class GraphQlLexer(string text, Evaluation? evaluation)
{
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private int _at = text.StartsWith('\uFEFF') ? 1 : 0;

    internal GraphQlToken Kind { get; private set; }

    /// <summary>The name, number or contents of the string, or the punctuator.</summary>
    internal string Value { get; private set; } = "";

    /// <summary>Whether the text is not GraphQL, or the evaluation's limits are reached.</summary>
    internal bool Failed { get; private set; }

    /// <summary>Ends the tokens.</summary>
    internal void Fail()
    {
        Failed = true;
        (Kind, Value) = (GraphQlToken.End, "");
    }

    internal void Next()
    {
        if (Failed)
        {
            return;
        }

        SkipIgnored();
        var from = _at;
        if (_at >= text.Length)
        {
            (Kind, Value) = (GraphQlToken.End, "");
            return;
        }

        var c = text[_at];
        if (char.IsAsciiLetter(c) || c == '_')
        {
            var length = text.AsSpan(_at).IndexOfAnyExcept(NameCharacters);
            _at = length < 0 ? text.Length : _at + length;
            (Kind, Value) = (GraphQlToken.Name, text[from.._at]);
        }
        else if (c is '!' or '$' or '&' or '(' or ')' or ':' or '=' or '@' or '[' or ']' or '{' or '|' or '}')
        {
            _at++;
            (Kind, Value) = (GraphQlToken.Punctuator, c.ToString());
        }
        else if (string.CompareOrdinal(text, _at, "...", 0, 3) == 0)
        {
            _at += 3;
            (Kind, Value) = (GraphQlToken.Punctuator, "…");
        }
        else if (c is '-' or (>= '0' and <= '9'))
        {
            Number();
        }
        else if (c == '"')
        {
            var block = string.CompareOrdinal(text, _at, "\"\"\"", 0, 3) == 0;
            var value = block ? Block() : Quoted();
            (Kind, Value) = (block ? GraphQlToken.Block : GraphQlToken.String, value ?? "");
            if (value is null)
            {
                Fail();
            }
        }
        else
        {
            Fail();
        }

        if (evaluation is not null && (!evaluation.ChargeSteps(2 + ((_at - from) >> 3)) || !evaluation.ChargeCells(1 + ((_at - from) >> 2))))
        {
            Fail();
        }
    }

    private void SkipIgnored()
    {
        for (; _at < text.Length; _at++)
        {
            if (text[_at] == '#')
            {
                var end = text.AsSpan(_at).IndexOfAny('\n', '\r');
                _at = end < 0 ? text.Length - 1 : _at + end;
            }
            else if (text[_at] is not (' ' or '\t' or '\n' or '\r' or ','))
            {
                return;
            }
        }
    }

    // §2.9.1, §2.9.2: no leading zeros, and no name or point right after the number.
    private void Number()
    {
        var from = _at;
        Kind = GraphQlToken.Int;
        _at += text[_at] == '-' ? 1 : 0;
        var whole = Digits();
        var valid = whole == 1 || (whole > 1 && text[_at - whole] != '0');
        if (valid && _at < text.Length && text[_at] == '.')
        {
            _at++;
            Kind = GraphQlToken.Float;
            valid = Digits() > 0;
        }

        if (valid && _at < text.Length && text[_at] is 'e' or 'E')
        {
            _at++;
            _at += _at < text.Length && text[_at] is '+' or '-' ? 1 : 0;
            Kind = GraphQlToken.Float;
            valid = Digits() > 0;
        }

        Value = text[from.._at];
        if (!valid || (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '.')))
        {
            Fail();
        }
    }

    private int Digits()
    {
        var length = text.AsSpan(_at).IndexOfAnyExceptInRange('0', '9');
        length = length < 0 ? text.Length - _at : length;
        _at += length;
        return length;
    }

    // §2.9.4
    private string? Quoted()
    {
        var value = new StringBuilder();
        for (_at++; _at < text.Length; _at++)
        {
            switch (text[_at])
            {
                case '"':
                    _at++;
                    return value.ToString();
                case '\n' or '\r' or (< ' ' and not '\t'):
                    return null;
                case '\\' when _at + 1 < text.Length:
                    if (Escape(text[++_at]) is not { } escaped)
                    {
                        return null;
                    }

                    value.Append(escaped);
                    break;
                default:
                    value.Append(text[_at]);
                    break;
            }
        }

        return null;
    }

    private char? Escape(char c)
    {
        switch (c)
        {
            case '"' or '\\' or '/':
                return c;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u' when _at + 4 < text.Length && ushort.TryParse(text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
                && !char.IsSurrogate((char)unit):
                _at += 4;
                return (char)unit;
            default:
                return null;
        }
    }

    private string? Block()
    {
        var raw = new StringBuilder();
        for (_at += 3; _at < text.Length;)
        {
            if (string.CompareOrdinal(text, _at, "\"\"\"", 0, 3) == 0)
            {
                _at += 3;
                return Unindent(raw.ToString());
            }

            if (string.CompareOrdinal(text, _at, "\\\"\"\"", 0, 4) == 0)
            {
                raw.Append("\"\"\"");
                _at += 4;
                continue;
            }

            if (text[_at] < ' ' && text[_at] is not ('\t' or '\n' or '\r'))
            {
                return null;
            }

            raw.Append(text[_at++]);
        }

        return null;
    }

    // BlockStringValue() of §2.9.4: the indentation that all lines but the first have in common goes, and empty lines at both ends.
    private static string Unindent(string raw)
    {
        var lines = raw.ReplaceLineEndings("\n").Split('\n');
        var common = int.MaxValue;
        for (var i = 1; i < lines.Length; i++)
        {
            var indent = lines[i].AsSpan().IndexOfAnyExcept(' ', '\t');
            common = indent < 0 ? common : Math.Min(common, indent);
        }

        for (var i = 1; i < lines.Length; i++)
        {
            lines[i] = lines[i][Math.Min(common, lines[i].Length)..];
        }

        var (first, last) = (0, lines.Length - 1);
        while (first <= last && lines[first].AsSpan().IndexOfAnyExcept(' ', '\t') < 0)
        {
            first++;
        }

        while (last > first && lines[last].AsSpan().IndexOfAnyExcept(' ', '\t') < 0)
        {
            last--;
        }

        return string.Join('\n', lines[first..(last + 1)]);
    }
}
