using System.Collections.Immutable;
using System.Text;

namespace LatchGate.Config.Toml;

// Values.
//
//   val          = string / boolean / array / inline-table / date-time / float / integer
//   array        = "[" [ val *( "," val ) [ "," ] ] "]"       with blanks, comments and newlines anywhere
//   inline-table = "{" [ keyval *( "," keyval ) ] "}"         on one line, no trailing comma
internal ref partial struct TomlParser
{
    /// <param name="depth">How deep the value is; the depth of an item is one more.</param>
    private TomlNode ParseValue(int depth)
    {
        var position = Position;
        switch (Peek)
        {
            case (byte)'"':
            case (byte)'\'':
                return new TomlString(ParseString(), position);
            case (byte)'[':
                return ParseArray(depth, position);
            case (byte)'{':
                return ParseInlineTable(depth, position);
            default:
                return ParseScalar(position);
        }
    }

    private TomlArray ParseArray(int depth, TomlPosition position)
    {
        CheckDepth(depth + 1, position);
        _at++;
        var items = ImmutableArray.CreateBuilder<TomlNode>();
        while (true)
        {
            SkipBlank();
            if (Peek == ']')
            {
                break;
            }

            items.Add(ParseValue(depth + 1));
            SkipBlank();
            if (Peek == ']')
            {
                break;
            }

            Expect((byte)',', "between the items of the array");
        }

        _at++;
        return new TomlArray(items.DrainToImmutable(), position);
    }

    private TomlTable ParseInlineTable(int depth, TomlPosition position)
    {
        CheckDepth(depth + 1, position);
        _at++;
        var table = new TableDraft(TableOrigin.Header, position);
        SkipWhitespace();
        if (Peek == '}')
        {
            _at++;
            return table.Freeze();
        }

        while (true)
        {
            ParseKeyValue(table, depth + 1);
            SkipWhitespace();
            if (Peek == '}')
            {
                _at++;
                return table.Freeze();
            }

            Expect((byte)',', "between the keys of the inline table, which must stand on one line");
        }
    }

    /// <summary>A boolean, number, date or time: all are one run of the same few characters.</summary>
    private TomlNode ParseScalar(TomlPosition position)
    {
        var start = _at;
        SkipScalarCharacters();
        // RFC 3339 lets one space stand for the T.
        if (_at - start == 10 && _text[start + 4] == '-' && Peek == ' ' && char.IsAsciiDigit((char)PeekAt(1)))
        {
            _at++;
            SkipScalarCharacters();
        }

        var token = Encoding.ASCII.GetString(_text[start.._at]);
        if (token.Length == 0)
        {
            throw Error("a value is missing here");
        }

        return token switch
        {
            "true" => new TomlBoolean(true, position),
            "false" => new TomlBoolean(false, position),
            _ => TomlScalars.Number(token, position) ?? TomlScalars.Date(token, position)
                ?? throw Error(position, "this is no value: strings need quotes, and numbers and dates must be written as TOML 1.0 says"),
        };
    }

    private void SkipScalarCharacters()
    {
        while (IsBareKey(Peek) || Peek is (byte)'+' or (byte)'.' or (byte)':')
        {
            _at++;
        }
    }
}
