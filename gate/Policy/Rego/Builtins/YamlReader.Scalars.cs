using System.Globalization;
using System.Text;

namespace LatchGate.Policy.Rego.Builtins;

/// <content>Scalars: plain, in single quotes, and in double quotes with the escapes of JSON.</content>
internal sealed partial class YamlReader
{
    private RegoValue? Scalar(bool flow, out string raw, out bool quoted)
    {
        raw = "";
        quoted = Current is '"' or '\'';
        if (quoted)
        {
            var value = Current == '"' ? DoubleQuoted() : SingleQuoted();
            raw = value ?? "";
            return value is null ? null : new RegoString(value);
        }

        if (Current is '&' or '*' or '!' or '|' or '>' or '%' or '@' or '`' || (Current == '?' && EndsToken(Following)))
        {
            return Refuse();
        }

        var from = _at;
        while (!EndsPlain(flow))
        {
            if (text[_at++] == '\t')
            {
                return Refuse();
            }
        }

        raw = text[from.._at].TrimEnd(' ');
        if (raw.Length == 0 || (raw[0] is '-' or ':' && raw.Length == 1))
        {
            return null;
        }

        switch (YamlScalars.Classify(raw))
        {
            case YamlScalar.Null:
                return RegoNull.Instance;
            case YamlScalar.Boolean:
                return RegoBoolean.Of(raw[0] is 't' or 'T');
            case YamlScalar.Number:
                return RegoNumber.Parse(raw);
            case YamlScalar.Ambiguous:
                return Refuse();
            default:
                return new RegoString(raw);
        }
    }

    private bool EndsPlain(bool flow) => Current switch
    {
        '\0' when _at >= text.Length => true,
        '\n' or '\r' => true,
        ':' => EndsToken(Following) || (flow && Following is ',' or '[' or ']' or '{' or '}'),
        '#' => _at == _line || text[_at - 1] == ' ',
        ',' or '[' or ']' or '{' or '}' => flow,
        _ => false,
    };

    private string? SingleQuoted()
    {
        var value = new StringBuilder();
        for (_at++; _at < text.Length; _at++)
        {
            if (text[_at] == '\'' && Following != '\'')
            {
                _at++;
                return value.ToString();
            }

            if (text[_at] is '\n' or '\r')
            {
                Beyond = true;
                return null;
            }

            _at += text[_at] == '\'' ? 1 : 0;
            value.Append(text[_at]);
        }

        return null;
    }

    private string? DoubleQuoted()
    {
        var value = new StringBuilder();
        for (_at++; _at < text.Length; _at++)
        {
            switch (text[_at])
            {
                case '"':
                    _at++;
                    var whole = value.ToString();
                    return IsUnicode(whole) ? whole : null;
                case '\n' or '\r':
                    Beyond = true;
                    return null;
                case '\\':
                    _at++;
                    if (Escaped() is not { } escaped)
                    {
                        Beyond = true;
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

    private char? Escaped()
    {
        switch (Current)
        {
            case '"' or '\\' or '/':
                return Current;
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
            case 'u' when _at + 4 < text.Length && ushort.TryParse(text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit):
                _at += 4;
                return (char)unit;
            default:
                return null;
        }
    }

    private static bool IsUnicode(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (char.IsHighSurrogate(value[i]) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(value[i]))
            {
                return false;
            }
        }

        return true;
    }
}
