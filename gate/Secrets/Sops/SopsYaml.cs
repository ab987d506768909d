using System.Text;
using LatchGate.Policy.Rego.Builtins;

namespace LatchGate.Secrets.Sops;

/// <summary>
/// Reads the scalars of a YAML file of the shape that SOPS writes: block mappings and lists, scalars on one line, and literal blocks.
/// <code>
/// file   = [ "---" LF ] map
/// map    = 1*( key ":" ( SP scalar LF / LF ( map / list ) ) )       ; indented alike
/// list   = 1*( "- " ( scalar LF / map ) )                           ; as deep as the key that it belongs to, or deeper
/// scalar = plain / "'" … "'" / DQUOTE … DQUOTE / "|" [ "-" / "+" ] LF lines / "[]" / "{}"
/// </code>
/// </summary>
/// <remarks>Anchors, tags, flow collections, folded and many-lined scalars, tabs and several documents are refused: SOPS writes none.</remarks>
internal sealed partial class SopsYaml
{
    private readonly byte[] _text;
    private readonly SopsPath _path = new();
    private readonly List<SopsLeaf> _leaves = [];
    private int _at;
    private int _line;

    private SopsYaml(byte[] text) => _text = text;

    private int Column => _at - _line;

    private byte Current => _at < _text.Length ? _text[_at] : (byte)0;

    private byte Following => _at + 1 < _text.Length ? _text[_at + 1] : (byte)0;

    private bool AtDash => Current == '-' && EndsToken(Following);

    /// <summary>Reads a file.</summary>
    /// <returns>The scalars; null with the line where reading ended when it is something else, or a name occurs twice.</returns>
    internal static List<SopsLeaf>? Read(ReadOnlySpan<byte> text, out int line)
    {
        var reader = new SopsYaml(text.ToArray());
        if (text.StartsWith("---\n"u8))
        {
            reader._at = reader._line = 4;
        }

        var isRead = !reader.Next() || (reader.Column == 0 && !reader.AtDash && reader.Map(0) && reader._at == text.Length);
        line = 1 + text[..Math.Min(reader._at, text.Length)].Count((byte)'\n');
        return isRead ? reader._leaves : null;
    }

    private static bool EndsToken(byte c) => c is 0 or (byte)' ' or (byte)'\n' or (byte)'\r';

    // To the next character that is neither blank nor in a comment; false at the end of the text.
    private bool Next()
    {
        while (_at < _text.Length)
        {
            switch (Current)
            {
                case (byte)' ' or (byte)'\r':
                    _at++;
                    break;
                case (byte)'\n':
                    _line = ++_at;
                    break;
                case (byte)'#' when _at == _line || _text[_at - 1] == ' ':
                    ToLineEnd();
                    break;
                default:
                    return true;
            }
        }

        return false;
    }

    private void ToLineEnd()
    {
        var end = _text.AsSpan(_at).IndexOf((byte)'\n');
        _at = end < 0 ? _text.Length : _at + end;
    }

    // Whether nothing but a comment is left of the line.
    private bool AtLineEnd()
    {
        while (Current == ' ')
        {
            _at++;
        }

        return _at >= _text.Length || Current is (byte)'\n' or (byte)'\r' || (Current == '#' && _text[_at - 1] == ' ');
    }

    private bool Map(int column)
    {
        do
        {
            var start = _at;
            if (Key() is not { } key || !_path.Enter(key))
            {
                return false;
            }

            _at++;
            if (AtLineEnd())
            {
                var end = _at;
                if (!Next() || Column < column || (Column == column && !AtDash))
                {
                    Add(SopsKind.Null, "", start, end, end, isItem: false);
                }
                else if (AtDash ? !List(Column) : !Map(Column))
                {
                    return false;
                }
            }
            else if (!Scalar(column, start, isItem: false))
            {
                return false;
            }

            _path.Leave();
        }
        while (Next() && Column == column && !AtDash);
        return _at >= _text.Length || Column < column;
    }

    private bool List(int column)
    {
        var index = 0;
        do
        {
            if (!_path.Enter(index++))
            {
                return false;
            }

            _at++;
            if (AtLineEnd())
            {
                return false;
            }

            var start = _at;
            if (AtDash || (AtKey() ? !Map(Column) : !Scalar(column, start, isItem: true)))
            {
                return false;
            }

            _path.Leave();
        }
        while (Next() && Column == column && AtDash);
        return _at >= _text.Length || Column <= column;
    }

    private bool AtKey()
    {
        var at = _at;
        var isKey = Key() is not null;
        _at = at;
        return isKey;
    }

    // A key, and to the colon after it; null when there is none.
    private string? Key()
    {
        string? key;
        if (Current is (byte)'"' or (byte)'\'')
        {
            key = Current == '"' ? DoubleQuoted() : SingleQuoted();
            return key is not null && Current == ':' && EndsToken(Following) ? key : null;
        }

        var start = _at;
        while (!(Current == ':' && EndsToken(Following)))
        {
            if (_at >= _text.Length || Current is (byte)'\n' or (byte)'\r' or (byte)'\t' || (Current == '#' && _at > start && _text[_at - 1] == ' '))
            {
                return null;
            }

            _at++;
        }

        key = Encoding.UTF8.GetString(_text, start, _at - start);
        return key.Length > 0 && !StartsSpecial(_text[start]) && key[^1] != ' ' ? key : null;
    }

    private void Add(SopsKind kind, string value, int entryStart, int start, int end, bool isItem) =>
        _leaves.Add(new SopsLeaf(_path.Name, _path.Path, kind, value, entryStart, start, end, isItem));

    // What begins something else than a plain scalar (YAML 1.2.2 §5.3).
    private static bool StartsSpecial(byte c) => "&*!|>%@`\"'#,[]{}?"u8.Contains(c);

    private bool Scalar(int parent, int entryStart, bool isItem)
    {
        var start = _at;
        string? value;
        switch (Current)
        {
            case (byte)'"':
                value = DoubleQuoted();
                break;
            case (byte)'\'':
                value = SingleQuoted();
                break;
            case (byte)'|':
                value = Literal(parent);
                if (value is not null)
                {
                    Add(SopsKind.Text, value, entryStart, start, _at, isItem);
                }

                return value is not null;
            case (byte)'[' when Following == ']':
            case (byte)'{' when Following == '}':
                _at += 2;
                return AtLineEnd();
            default:
                return Plain(entryStart, isItem);
        }

        var end = _at;
        if (value is null || !AtLineEnd())
        {
            return false;
        }

        Add(SopsKind.Text, value, entryStart, start, end, isItem);
        return true;
    }

    private bool Plain(int entryStart, bool isItem)
    {
        var start = _at;
        if (StartsSpecial(Current) || AtDash)
        {
            return false;
        }

        while (_at < _text.Length && Current is not ((byte)'\n' or (byte)'\r') && !(Current == '#' && _text[_at - 1] == ' '))
        {
            if (Current == '\t' || (Current == ':' && EndsToken(Following)))
            {
                return false;
            }

            _at++;
        }

        var text = _text.AsSpan(start, _at - start).TrimEnd((byte)' ');
        var value = Encoding.UTF8.GetString(text);
        var kind = YamlScalars.Classify(value) switch
        {
            YamlScalar.Null => SopsKind.Null,
            YamlScalar.Boolean => SopsKind.Boolean,
            YamlScalar.Number => SopsKind.Number,
            YamlScalar.Text => SopsKind.Text,
            _ => SopsKind.Ambiguous,
        };
        Add(kind, value, entryStart, start, start + text.Length, isItem);
        return true;
    }
}
