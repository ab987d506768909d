using System.Buffers;
using System.Globalization;
using System.Text;

namespace LatchGate.Config.Toml;

// Strings.
//
//   basic-string      = '"' *( basic-unescaped / escaped ) '"'
//   literal-string    = "'" *literal-char "'"
//   ml-basic-string   = '"""' [ newline ] *( mlb-char / newline / mlb-escaped-nl / 1*2'"' ) '"""'
//   ml-literal-string = "'''" [ newline ] *( mll-char / newline / 1*2"'" ) "'''"
//   escaped           = "\" ( '"' / "\" / "b" / "f" / "n" / "r" / "t" / "u" 4HEXDIG / "U" 8HEXDIG )
//   mlb-escaped-nl    = "\" ws newline *( ws / newline )
// Up to two quotes may stand directly before the three that close. A newline within a string is kept as written.
internal ref partial struct TomlParser
{
    private string ParseString()
    {
        var quote = Peek;
        var isMultiline = PeekAt(1) == quote && PeekAt(2) == quote;
        _at += isMultiline ? 3 : 1;
        if (!isMultiline)
        {
            return quote == '"' ? ParseBasicString() : ParseLiteralString();
        }

        TryNewline();
        return ParseMultilineString(quote);
    }

    /// <summary>From behind the opening quote to behind the closing one.</summary>
    private string ParseBasicString()
    {
        var text = new ArrayBufferWriter<byte>();
        while (Peek != '"')
        {
            if (Peek == '\\')
            {
                ParseEscape(text);
            }
            else
            {
                TakeOnOneLine(text);
            }
        }

        _at++;
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    private string ParseLiteralString()
    {
        var text = new ArrayBufferWriter<byte>();
        while (Peek != '\'')
        {
            TakeOnOneLine(text);
        }

        _at++;
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    private void TakeOnOneLine(ArrayBufferWriter<byte> text)
    {
        if (AtEnd || Peek is (byte)'\n' or (byte)'\r')
        {
            throw Error("the string is not closed on its line");
        }

        RefuseControl();
        Take(text);
    }

    private string ParseMultilineString(byte quote)
    {
        var text = new ArrayBufferWriter<byte>();
        while (true)
        {
            if (AtEnd)
            {
                throw Error("the string is not closed");
            }

            if (Peek == quote)
            {
                if (TryCloseMultiline(quote, text))
                {
                    return Encoding.UTF8.GetString(text.WrittenSpan);
                }
            }
            else if (Peek == '\\' && quote == '"')
            {
                if (!TrySkipEscapedNewline())
                {
                    ParseEscape(text);
                }
            }
            else
            {
                var start = _at;
                if (TryNewline())
                {
                    text.Write(_text[start.._at]);
                    continue;
                }

                RefuseControl();
                Take(text);
            }
        }
    }

    /// <summary>Takes a run of quotes; three to five of them close, and those before the last three are text.</summary>
    private bool TryCloseMultiline(byte quote, ArrayBufferWriter<byte> text)
    {
        var run = 1;
        while (run < 5 && PeekAt(run) == quote)
        {
            run++;
        }

        var closes = run >= 3;
        text.Write(_text.Slice(_at, closes ? run - 3 : run));
        _at += run;
        return closes;
    }

    private bool TrySkipEscapedNewline()
    {
        var ahead = 1;
        while (PeekAt(ahead) is (byte)' ' or (byte)'\t')
        {
            ahead++;
        }

        if (PeekAt(ahead) != '\n' && !(PeekAt(ahead) == '\r' && PeekAt(ahead + 1) == '\n'))
        {
            return false;
        }

        _at += ahead;
        while (TryNewline())
        {
            SkipWhitespace();
        }

        return true;
    }

    private void ParseEscape(ArrayBufferWriter<byte> text)
    {
        var escape = PeekAt(1);
        var digits = escape switch { (byte)'u' => 4, (byte)'U' => 8, _ => 0 };
        if (digits > 0)
        {
            ParseUnicodeEscape(digits, text);
            return;
        }

        byte character = escape switch
        {
            (byte)'"' => (byte)'"',
            (byte)'\\' => (byte)'\\',
            (byte)'b' => 0x08,
            (byte)'f' => 0x0C,
            (byte)'n' => 0x0A,
            (byte)'r' => 0x0D,
            (byte)'t' => 0x09,
            _ => throw Error("this escape is not one of \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX"),
        };
        text.Write([character]);
        _at += 2;
    }

    private void ParseUnicodeEscape(int digits, ArrayBufferWriter<byte> text)
    {
        uint value = 0;
        for (var i = 0; i < digits; i++)
        {
            var digit = PeekAt(2 + i);
            if (!char.IsAsciiHexDigit((char)digit))
            {
                throw Error(string.Create(CultureInfo.InvariantCulture, $"this escape needs {digits} hexadecimal digits"));
            }

            value = value << 4 | (uint)HexValue(digit);
        }

        if (!Rune.TryCreate(value, out var rune))
        {
            throw Error("this escape is not a Unicode scalar value");
        }

        Span<byte> utf8 = stackalloc byte[4];
        text.Write(utf8[..rune.EncodeToUtf8(utf8)]);
        _at += 2 + digits;
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private void Take(ArrayBufferWriter<byte> text)
    {
        text.Write(_text.Slice(_at, 1));
        _at++;
    }
}
