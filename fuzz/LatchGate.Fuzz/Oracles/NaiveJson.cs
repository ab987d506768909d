using System.Globalization;
using System.Text;
using LatchGate.Json;

namespace LatchGate.Fuzz.Oracles;

/// <summary>
/// I-JSON (RFC 8259, RFC 7493) read by recursive descent into plain objects, and written in canonical form (RFC 8785): slow, short, and
/// without a line in common with the product or the base library's reader.
/// </summary>
/// <remarks>A value is null, bool, double, string, <c>List&lt;object?&gt;</c> or <c>List&lt;(string, object?)&gt;</c>.</remarks>
internal sealed class NaiveJson
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _text;
    private readonly JsonLimits _limits;
    private readonly bool _repeats;
    private int _at;

    private NaiveJson(string text, JsonLimits limits, bool repeats) => (_text, _limits, _repeats) = (text, limits, repeats);

    private char Peek => _at < _text.Length ? _text[_at] : '\0';

    /// <summary>Reads a text; false when it is not I-JSON or exceeds a limit.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="limits">Its limits.</param>
    /// <param name="value">The value.</param>
    /// <param name="repeats">Whether an object may name a member twice.</param>
    internal static bool TryParse(ReadOnlySpan<byte> utf8, JsonLimits limits, out object? value, bool repeats = false)
    {
        value = null;
        if (utf8.Length > limits.MaxBytes || !System.Text.Unicode.Utf8.IsValid(utf8))
        {
            return false;
        }

        var reader = new NaiveJson(_strict.GetString(utf8), limits, repeats);
        reader.Space();
        if (!reader.Value(0, out value))
        {
            return false;
        }

        reader.Space();
        return reader._at == reader._text.Length;
    }

    /// <summary>The canonical form.</summary>
    internal static byte[] Canonical(object? value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return _strict.GetBytes(text.ToString());
    }

    private bool Value(int depth, out object? value)
    {
        value = null;
        switch (Peek)
        {
            case '{':
                return depth < _limits.MaxDepth && Object(depth, out value);
            case '[':
                return depth < _limits.MaxDepth && Array(depth, out value);
            case '"':
                var read = String(out var text);
                value = text;
                return read;
            case 't':
                value = true;
                return Word("true");
            case 'f':
                value = false;
                return Word("false");
            case 'n':
                return Word("null");
            default:
                return Number(out value);
        }
    }

    private bool Object(int depth, out object? value)
    {
        var members = new List<(string Name, object? Value)>();
        value = members;
        _at++;
        for (Space(); Peek != '}'; Space())
        {
            if (members.Count > 0 && !Comma())
            {
                return false;
            }

            if (!String(out var name) || (!_repeats && members.Exists(member => member.Name == name)))
            {
                return false;
            }

            Space();
            if (!Word(":"))
            {
                return false;
            }

            Space();
            if (!Value(depth + 1, out var member))
            {
                return false;
            }

            members.Add((name, member));
        }

        return Word("}");
    }

    private bool Array(int depth, out object? value)
    {
        var items = new List<object?>();
        value = items;
        _at++;
        for (Space(); Peek != ']'; Space())
        {
            if ((items.Count > 0 && !Comma()) || items.Count == _limits.MaxArrayItems || !Value(depth + 1, out var item))
            {
                return false;
            }

            items.Add(item);
        }

        return Word("]");
    }

    private bool Comma()
    {
        if (!Word(","))
        {
            return false;
        }

        Space();
        return true;
    }

    private bool String(out string value)
    {
        value = "";
        if (!Word("\""))
        {
            return false;
        }

        var text = new StringBuilder();
        while (Peek != '"')
        {
            if (_at == _text.Length || _text[_at] < ' ')
            {
                return false;
            }

            if (_text[_at] != '\\')
            {
                text.Append(_text[_at++]);
            }
            else if (!Escape(text))
            {
                return false;
            }
        }

        _at++;
        value = text.ToString();

        // The text itself is valid: halves of pairs come from escapes.
        for (var i = 0; i < value.Length; i++)
        {
            if (char.IsSurrogate(value[i]) && !(i + 1 < value.Length && char.IsSurrogatePair(value[i], value[++i])))
            {
                return false;
            }
        }

        return true;
    }

    private bool Escape(StringBuilder text)
    {
        const string From = "\"\\/bfnrt", To = "\"\\/\b\f\n\r\t";
        _at++;
        if (From.IndexOf(Peek, StringComparison.Ordinal) is >= 0 and var simple && _at < _text.Length)
        {
            text.Append(To[simple]);
            _at++;
            return true;
        }

        if (Peek != 'u' || _at + 5 > _text.Length || _text.AsSpan(_at + 1, 4).ContainsAnyExcept("0123456789abcdefABCDEF"))
        {
            return false;
        }

        text.Append((char)int.Parse(_text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        _at += 5;
        return true;
    }

    private bool Number(out object? value)
    {
        value = null;
        var start = _at;
        _ = Word("-");
        if (!Word("0") && !Digits())
        {
            return false;
        }

        var isInteger = true;
        if (Word("."))
        {
            isInteger = false;
            if (!Digits())
            {
                return false;
            }
        }

        if (Peek is 'e' or 'E')
        {
            isInteger = false;
            _at++;
            _ = Word("+") || Word("-");
            if (!Digits())
            {
                return false;
            }
        }

        var number = double.Parse(_text.AsSpan(start, _at - start), NumberStyles.Float, CultureInfo.InvariantCulture);
        value = number;
        var isExact = Math.Abs(number) <= 9_007_199_254_740_991;

        // Canonical form has an exponent from 1e21 on; what lies between would be written as an integer that may not be read.
        return _limits.AnyNumber || isExact || (!isInteger && double.IsFinite(number) && Math.Abs(number) >= 1e21);
    }

    private bool Digits()
    {
        var start = _at;
        while (char.IsAsciiDigit(Peek))
        {
            _at++;
        }

        return _at > start;
    }

    private bool Word(string word)
    {
        var found = string.CompareOrdinal(_text, _at, word, 0, word.Length) == 0;
        _at += found ? word.Length : 0;
        return found;
    }

    private void Space()
    {
        while (Peek is ' ' or '\t' or '\r' or '\n')
        {
            _at++;
        }
    }

    private static void Write(object? value, StringBuilder text)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case bool flag:
                text.Append(flag ? "true" : "false");
                break;
            case double number:
                text.Append(NaiveNumber.Text(number));
                break;
            case string content:
                Quote(content, text);
                break;
            case List<object?> items:
                text.Append('[');
                foreach (var item in items)
                {
                    Write(item, text);
                    text.Append(',');
                }

                Close(text, items.Count, ']');
                break;
            case List<(string Name, object? Value)> members:
                text.Append('{');
                foreach (var (name, member) in members.OrderBy(static member => member.Name, StringComparer.Ordinal))
                {
                    Quote(name, text);
                    text.Append(':');
                    Write(member, text);
                    text.Append(',');
                }

                Close(text, members.Count, '}');
                break;
        }
    }

    private static void Close(StringBuilder text, int count, char mark)
    {
        text.Length -= count > 0 ? 1 : 0;
        text.Append(mark);
    }

    private static void Quote(string content, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in content)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
