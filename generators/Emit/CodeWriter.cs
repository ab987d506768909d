using System.Globalization;
using System.Linq;
using System.Text;
using LatchGate.Generators.Model;
using Microsoft.CodeAnalysis.CSharp;

namespace LatchGate.Generators.Emit;

/// <summary>Writes indented C#.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;

    /// <summary>The text so far.</summary>
    public override string ToString() => _text.ToString();

    /// <summary>Writes one line, or an empty one.</summary>
    public void Line(string line = "")
    {
        if (line.Length > 0)
        {
            _text.Append(' ', _depth * 4).Append(line);
        }

        _text.Append('\n');
    }

    /// <summary>Opens a block.</summary>
    public void Open(string? line = null)
    {
        if (line is not null)
        {
            Line(line);
        }

        Line("{");
        _depth++;
    }

    /// <summary>Closes a block; an empty line before its end goes.</summary>
    public void Close(string after = "")
    {
        if (_text.Length > 1 && _text[_text.Length - 2] == '\n')
        {
            _text.Length--;
        }

        _depth--;
        Line("}" + after);
    }

    /// <summary>A string literal.</summary>
    public static string Text(string value) => SymbolDisplay.FormatLiteral(value, quote: true);

    /// <summary>A UTF-8 string literal.</summary>
    public static string Utf8(string value) => Text(value) + "u8";

    /// <summary>A number literal.</summary>
    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Number literals as arguments.</summary>
    public static string Arguments(params long[] values) => string.Join(", ", values.Select(Number));

    /// <summary>A collection of string literals.</summary>
    public static string Texts(ImmutableEquatableArray<string> values) => "[" + string.Join(", ", values.Select(Text)) + "]";

    /// <summary>A collection of number literals.</summary>
    public static string Numbers(ImmutableEquatableArray<int> values) =>
        "[" + string.Join(", ", values.Select(static v => Number(v))) + "]";
}
