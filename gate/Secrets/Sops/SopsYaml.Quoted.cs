using System.Globalization;
using System.Text;

namespace LatchGate.Secrets.Sops;

/// <content>Scalars in quotes, on one line, and literal blocks.</content>
internal sealed partial class SopsYaml
{
    private string? SingleQuoted()
    {
        var value = new StringBuilder();
        for (var from = ++_at; _at < _text.Length && Current is not ((byte)'\n' or (byte)'\r'); _at++)
        {
            if (Current != '\'')
            {
                continue;
            }

            value.Append(Encoding.UTF8.GetString(_text, from, _at - from));
            if (Following != '\'')
            {
                _at++;
                return value.ToString();
            }

            value.Append('\'');
            from = ++_at + 1;
        }

        return null;
    }

    private string? DoubleQuoted()
    {
        var value = new StringBuilder();
        for (var from = ++_at; _at < _text.Length && Current is not ((byte)'\n' or (byte)'\r'); _at++)
        {
            if (Current is not ((byte)'"' or (byte)'\\'))
            {
                continue;
            }

            value.Append(Encoding.UTF8.GetString(_text, from, _at - from));
            if (Current == '"')
            {
                _at++;
                return value.ToString();
            }

            _at++;
            if (!Escape(value))
            {
                return null;
            }

            from = _at + 1;
        }

        return null;
    }

    // YAML 1.2.2 §5.7; ends on the last character of the escape.
    private bool Escape(StringBuilder value)
    {
        var c = Current switch
        {
            (byte)'0' => '\0',
            (byte)'a' => '\a',
            (byte)'b' => '\b',
            (byte)'t' => '\t',
            (byte)'n' => '\n',
            (byte)'v' => '\v',
            (byte)'f' => '\f',
            (byte)'r' => '\r',
            (byte)'e' => '\e',
            (byte)' ' or (byte)'"' or (byte)'/' or (byte)'\\' => (char)Current,
            (byte)'N' => '\u0085',
            (byte)'_' => '\u00A0',
            (byte)'L' => '\u2028',
            (byte)'P' => '\u2029',
            _ => '\uFFFF',
        };
        if (c != '\uFFFF')
        {
            value.Append(c);
            return true;
        }

        var digits = Current switch { (byte)'x' => 2, (byte)'u' => 4, (byte)'U' => 8, _ => 0 };
        if (digits == 0 || _at + digits >= _text.Length
            || !uint.TryParse(_text.AsSpan(_at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
        {
            return false;
        }

        _at += digits;
        if (digits == 4)
        {
            value.Append((char)unit);
            return true;
        }

        if (!Rune.IsValid(unit))
        {
            return false;
        }

        value.Append(new Rune(unit).ToString());
        return true;
    }

    // Ends after the block's last line that is not blank.
    private string? Literal(int parent)
    {
        _at++;
        var (chomp, indent) = ((byte)0, 0);
        for (; Current is (byte)'+' or (byte)'-' or (>= (byte)'1' and <= (byte)'9'); _at++)
        {
            if (Current is (byte)'+' or (byte)'-')
            {
                chomp = Current;
            }
            else
            {
                indent = Math.Max(parent, 0) + Current - '0';
            }
        }

        if (!AtLineEnd())
        {
            return null;
        }

        ToLineEnd();
        var value = new StringBuilder();
        var (blank, end) = (0, _at);
        while (_at < _text.Length)
        {
            _line = ++_at;
            while (Current == ' ' && (indent == 0 || Column < indent))
            {
                _at++;
            }

            var from = _at;
            var column = Column;
            ToLineEnd();
            var line = Encoding.UTF8.GetString(_text, from, _at - from).TrimEnd('\r');
            if (line.Length == 0)
            {
                blank++;
                continue;
            }

            indent = indent == 0 ? column : indent;
            if (column < indent || column <= parent)
            {
                _at = _line - 1;
                break;
            }

            value.Append('\n', blank).Append(line).Append('\n');
            (blank, end) = (0, _at);
        }

        // The line feed at the end goes, stays alone, or stays with the blank lines after it.
        if (chomp == '+')
        {
            value.Append('\n', _at >= _text.Length && blank > 0 ? blank - 1 : blank);
        }

        _at = end;
        return chomp == '-' && value.Length > 0 ? value.ToString(0, value.Length - 1) : value.ToString();
    }
}
