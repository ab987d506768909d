using System.Text;

namespace LatchGate.Config.Toml;

// Lines, keys and headers.
//
//   toml         = expression *( newline expression )
//   expression   = ws [ comment ] / ws keyval ws [ comment ] / ws table ws [ comment ]
//   keyval       = key ws "=" ws val
//   key          = simple-key / simple-key 1*( ws "." ws simple-key )
//   simple-key   = basic-string / literal-string / 1*( ALPHA / DIGIT / "-" / "_" )
//   table        = "[" ws key ws "]" / "[[" ws key ws "]]"
internal ref partial struct TomlParser
{
    internal TomlTable ParseDocument()
    {
        CheckEncoding();
        while (true)
        {
            SkipBlank();
            if (AtEnd)
            {
                return _root.Freeze();
            }

            if (Peek == '[')
            {
                ParseHeader();
                ExpectEndOfLine("a table header");
            }
            else
            {
                ParseKeyValue(_current, _headerDepth);
                ExpectEndOfLine("a value");
            }
        }
    }

    private void ParseHeader()
    {
        var start = Position;
        _at++;
        var isArray = Peek == '[';
        if (isArray)
        {
            _at++;
        }

        var path = ParseKey();
        Expect((byte)']', "after the name of the table");
        if (isArray)
        {
            Expect((byte)']', "after the name of the array of tables");
        }

        _headerDepth = path.Count;
        CheckDepth(_headerDepth, start);
        _current = isArray ? _root.AppendToArray(path, start) : _root.DefineTable(path, start);
    }

    private void ParseKeyValue(TableDraft table, int depth)
    {
        var path = ParseKey();
        Expect((byte)'=', "after the key");
        SkipWhitespace();
        CheckDepth(depth + path.Count, path[0].Position);
        var value = ParseValue(depth + path.Count);
        table.DefineValue(path, value);
    }

    /// <summary>A key of one or more parts, with the whitespace around it.</summary>
    private List<KeyPart> ParseKey()
    {
        var parts = new List<KeyPart>(1);
        while (true)
        {
            SkipWhitespace();
            var position = Position;
            parts.Add(new KeyPart(ParseSimpleKey(), position));
            SkipWhitespace();
            if (Peek != '.')
            {
                return parts;
            }

            _at++;
        }
    }

    private string ParseSimpleKey()
    {
        switch (Peek)
        {
            case (byte)'"':
                _at++;
                return ParseBasicString();
            case (byte)'\'':
                _at++;
                return ParseLiteralString();
        }

        var start = _at;
        while (IsBareKey(Peek))
        {
            _at++;
        }

        return _at > start ? Encoding.ASCII.GetString(_text[start.._at]) : throw Error("a key is missing here");
    }

    private static bool IsBareKey(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_';

    private static void CheckDepth(int depth, TomlPosition position)
    {
        if (depth > TomlDocument.MaxDepth)
        {
            throw Error(position, $"more than {TomlDocument.MaxDepth} levels within each other");
        }
    }
}

/// <summary>One part of a dotted key.</summary>
internal readonly record struct KeyPart(string Name, TomlPosition Position);
