using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Manifest;

/// <summary>Reads JSON (RFC 8259) strictly: no comment, no trailing comma, no duplicate key, no text after the value.</summary>
internal sealed class JsonReader
{
    private const int MaxDepth = 64;

    private readonly string _path;
    private readonly string _text;
    private readonly DiagnosticBag _diagnostics;
    private int _at;
    private int _line;
    private int _lineStart;

    private JsonReader(SourceFile file, DiagnosticBag diagnostics)
    {
        _path = file.Path;
        _text = file.Text;
        _diagnostics = diagnostics;
    }

    /// <summary>The file's value, or null after a diagnostic.</summary>
    public static Node? Read(SourceFile file, DiagnosticBag diagnostics)
    {
        if (!file.IsUnicode)
        {
            diagnostics.Add(Descriptors.Syntax, LocationInfo.StartOf(file.Path), "UTF-8", "some of its bytes are of another encoding");
            return null;
        }

        var reader = new JsonReader(file, diagnostics);
        try
        {
            var node = reader.ReadValue(0);
            reader.SkipBlank();
            if (reader._at < reader._text.Length)
            {
                throw new FormatException("text after the value");
            }

            return node;
        }
        catch (FormatException exception)
        {
            diagnostics.Add(Descriptors.Syntax, reader.Here(0), "JSON", exception.Message);
            return null;
        }
    }

    private Node ReadValue(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new FormatException($"nesting deeper than {MaxDepth} levels");
        }

        SkipBlank();
        var location = Here(0);
        switch (Peek())
        {
            case '{':
                return ReadObject(location, depth);
            case '[':
                return ReadArray(location, depth);
            case '"':
                return new TextNode(location, ReadString());
            case 't' when TryTake("true"):
                return new BooleanNode(location, true);
            case 'f' when TryTake("false"):
                return new BooleanNode(location, false);
            case 'n' when TryTake("null"):
                return new NullNode(location);
            case '-' or (>= '0' and <= '9'):
                return new NumberNode(location, ReadNumber());
            default:
                throw new FormatException("a value was expected");
        }
    }

    private MapNode ReadObject(LocationInfo location, int depth)
    {
        var entries = new List<MapEntry>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        _at++;
        SkipBlank();
        if (TryTake("}"))
        {
            return new MapNode(location, entries);
        }

        while (true)
        {
            SkipBlank();
            if (Peek() != '"')
            {
                throw new FormatException("a key in quotes was expected");
            }

            var start = Here(0);
            var key = ReadString();
            start = start with { Length = _at - start.Offset };
            if (!seen.Add(key))
            {
                _diagnostics.Add(Descriptors.DuplicateKey, start, key);
            }

            SkipBlank();
            Take(":");
            entries.Add(new MapEntry(key, start, ReadValue(depth + 1)));
            SkipBlank();
            if (TryTake("}"))
            {
                return new MapNode(location, entries);
            }

            Take(",");
        }
    }

    private ListNode ReadArray(LocationInfo location, int depth)
    {
        var items = new List<Node>();
        _at++;
        SkipBlank();
        if (TryTake("]"))
        {
            return new ListNode(location, items);
        }

        while (true)
        {
            items.Add(ReadValue(depth + 1));
            SkipBlank();
            if (TryTake("]"))
            {
                return new ListNode(location, items);
            }

            Take(",");
        }
    }

    private string ReadString()
    {
        var text = new StringBuilder();
        _at++;
        while (true)
        {
            var character = Peek();
            if (character < ' ')
            {
                throw new FormatException("a string is not closed, or holds a control character");
            }

            _at++;
            if (character == '"')
            {
                var value = text.ToString();
                return YamlReader.IsUnicode(value) ? value : throw new FormatException("a string holds half of a surrogate pair");
            }

            text.Append(character == '\\' ? ReadEscape() : character);
        }
    }

    private char ReadEscape()
    {
        var kind = Peek();
        _at++;
        switch (kind)
        {
            case '"' or '\\' or '/': return kind;
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u' when _at + 4 <= _text.Length
                && ushort.TryParse(_text.Substring(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                _at += 4;
                return (char)code;
            default: throw new FormatException("an escape is not one of JSON's");
        }
    }

    private string ReadNumber()
    {
        var start = _at;
        TryTake("-");
        if (!TryTake("0"))
        {
            Digits();
        }

        if (TryTake("."))
        {
            Digits();
        }

        if (TryTake("e") || TryTake("E"))
        {
            _ = TryTake("+") || TryTake("-");
            Digits();
        }

        var number = _text.Substring(start, _at - start);
        return double.IsInfinity(double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture))
            ? throw new FormatException("the number is larger than a double holds")
            : number;
    }

    private void Digits()
    {
        if (Peek() is not (>= '0' and <= '9'))
        {
            throw new FormatException("a digit was expected");
        }

        while (Peek() is >= '0' and <= '9')
        {
            _at++;
        }
    }

    private void SkipBlank()
    {
        for (; Peek() is ' ' or '\t' or '\r' or '\n'; _at++)
        {
            if (_text[_at] == '\n')
            {
                _line++;
                _lineStart = _at + 1;
            }
        }
    }

    // U+0000 stands for the end: it is not legal anywhere in JSON either.
    private char Peek() => _at < _text.Length ? _text[_at] : '\0';

    private bool TryTake(string token)
    {
        if (string.CompareOrdinal(_text, _at, token, 0, token.Length) != 0)
        {
            return false;
        }

        _at += token.Length;
        return true;
    }

    private void Take(string token)
    {
        if (!TryTake(token))
        {
            throw new FormatException($"'{token}' was expected");
        }
    }

    private LocationInfo Here(int length) => new(_path, _at, _line, _at - _lineStart, length);
}
