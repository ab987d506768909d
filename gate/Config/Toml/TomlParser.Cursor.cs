using System.Text;
using System.Text.Unicode;

namespace LatchGate.Config.Toml;

// Whitespace, newlines, comments, and where we are.
//
//   ws             = *( %x20 / %x09 )
//   newline        = %x0A / %x0D.0A
//   non-eol        = %x09 / %x20-7E / %x80-D7FF / %xE000-10FFFF
//   comment        = "#" *non-eol
//   ws-comment-newline = *( ws / [ comment ] newline )
internal ref partial struct TomlParser
{
    private const byte EndOfText = 0;

    private readonly ReadOnlySpan<byte> _text;
    private readonly TableDraft _root;

    // The table of the last header, and how deep it is.
    private TableDraft _current;
    private int _headerDepth;

    private int _at;
    private int _line = 1;
    private int _lineStart;

    // The last column computed: positions are asked for in rising order, so that a long line is measured once.
    private int _measuredAt;
    private int _measuredColumn = 1;

    internal TomlParser(ReadOnlySpan<byte> utf8)
    {
        ReadOnlySpan<byte> byteOrderMark = [0xEF, 0xBB, 0xBF];
        _text = utf8.StartsWith(byteOrderMark) ? utf8[byteOrderMark.Length..] : utf8;
        _root = new TableDraft(TableOrigin.Header, new TomlPosition(1, 1));
        _current = _root;
    }

    /// <summary>The byte here; <see cref="EndOfText"/> at the end, which no valid text contains.</summary>
    private readonly byte Peek => _at < _text.Length ? _text[_at] : EndOfText;

    private readonly bool AtEnd => _at >= _text.Length;

    private readonly byte PeekAt(int ahead) => _at + ahead < _text.Length ? _text[_at + ahead] : EndOfText;

    private TomlPosition Position => PositionOf(_at);

    private TomlPosition PositionOf(int at)
    {
        if (at < _measuredAt || _measuredAt < _lineStart)
        {
            (_measuredAt, _measuredColumn) = (_lineStart, 1);
        }

        for (; _measuredAt < at; _measuredAt++)
        {
            // Continuation bytes of UTF-8 belong to the scalar before.
            if ((_text[_measuredAt] & 0xC0) != 0x80)
            {
                _measuredColumn++;
            }
        }

        return new TomlPosition(_line, _measuredColumn);
    }

    private void CheckEncoding()
    {
        if (Utf8.IsValid(_text))
        {
            return;
        }

        while (!AtEnd && Rune.DecodeFromUtf8(_text[_at..], out var rune, out var length) == System.Buffers.OperationStatus.Done)
        {
            _at += length;
            if (rune.Value == '\n')
            {
                (_line, _lineStart) = (_line + 1, _at);
            }
        }

        throw Error("the file is not UTF-8");
    }

    private void SkipWhitespace()
    {
        while (Peek is (byte)' ' or (byte)'\t')
        {
            _at++;
        }
    }

    /// <summary>Takes a newline if one is here; a carriage return alone is none.</summary>
    private bool TryNewline()
    {
        if (Peek == '\r' && PeekAt(1) == '\n')
        {
            _at++;
        }

        if (Peek != '\n')
        {
            return false;
        }

        _at++;
        (_line, _lineStart) = (_line + 1, _at);
        return true;
    }

    private void SkipComment()
    {
        if (Peek != '#')
        {
            return;
        }

        while (!AtEnd && Peek is not ((byte)'\n' or (byte)'\r'))
        {
            RefuseControl();
            _at++;
        }
    }

    /// <summary>Whitespace, comments and newlines, as between the items of an array.</summary>
    private void SkipBlank()
    {
        do
        {
            SkipWhitespace();
            SkipComment();
        }
        while (TryNewline());
    }

    /// <summary>Nothing but whitespace and a comment may follow on the line.</summary>
    private void ExpectEndOfLine(string after)
    {
        SkipWhitespace();
        SkipComment();
        if (!AtEnd && !TryNewline())
        {
            throw Error($"only a comment may follow {after} on its line");
        }
    }

    private void Expect(byte wanted, string where)
    {
        if (Peek != wanted || AtEnd)
        {
            throw Error($"'{(char)wanted}' is missing {where}");
        }

        _at++;
    }

    private void RefuseControl()
    {
        if (Peek is < 0x20 and not (byte)'\t' or 0x7F)
        {
            throw Error($"control character U+{Peek:X4} is not allowed here");
        }
    }

    private TomlSyntaxException Error(string message) => new(new TomlError(Position, message));

    private static TomlSyntaxException Error(TomlPosition position, string message) => new(new TomlError(position, message));
}
