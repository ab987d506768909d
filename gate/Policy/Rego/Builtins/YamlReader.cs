namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// Reads the part of YAML (1.2.2) that says what JSON says: block and flow collections, and scalars on one line.
/// <code>
/// block    = 1*( "- " block ) / 1*( key ":" [ block ] ) / flow
/// flow     = "[" [ flow *( "," flow ) ] "]" / "{" [ key ":" flow *( "," key ":" flow ) ] "}" / scalar
/// scalar   = plain / "'" *( char / "''" ) "'" / DQUOTE JSON-string DQUOTE
/// </code>
/// </summary>
/// <remarks>
/// Anchors, aliases, tags, block scalars, scalars over several lines, complex keys, several documents, tabs and scalars that versions of
/// YAML read differently are <see cref="Beyond"/> it. A key that occurs twice is refused.
/// </remarks>
internal sealed partial class YamlReader(string text)
{
    private const int MaxDepth = 64;

    private int _at;
    private int _line;
    private int _depth;

    /// <summary>Whether the text may be YAML of a kind that is not read here.</summary>
    internal bool Beyond { get; private set; }

    /// <summary>The value, or null where the text is not read.</summary>
    internal RegoValue? Read()
    {
        if (text.StartsWith("---", StringComparison.Ordinal) && (text.Length == 3 || text[3] is ' ' or '\n' or '\r'))
        {
            _at = 3;
        }

        // A value after the marker is on a line of its own.
        if (_at > 0 && !AtLineEnd())
        {
            return Refuse();
        }

        var value = Block(0);
        return value is not null && SkipBlank() && _at == text.Length ? value : null;
    }

    private int Column => _at - _line;

    private char Current => _at < text.Length ? text[_at] : '\0';

    private char Following => _at + 1 < text.Length ? text[_at + 1] : '\0';

    private static bool EndsToken(char c) => c is '\0' or ' ' or '\n' or '\r';

    private bool AtDash => Current == '-' && EndsToken(Following);

    private RegoValue? Refuse()
    {
        Beyond = true;
        return null;
    }

    // To the next character that is not blank; false at a tab or a marker between documents.
    private bool SkipBlank()
    {
        while (_at < text.Length)
        {
            switch (text[_at])
            {
                case ' ' or '\r':
                    _at++;
                    break;
                case '\n':
                    _line = ++_at;
                    break;
                case '#' when _at == _line || text[_at - 1] is ' ':
                    var end = text.IndexOf('\n', _at);
                    _at = end < 0 ? text.Length : end;
                    break;
                case '\t':
                    Beyond = true;
                    return false;
                default:
                    Beyond |= Column == 0 && (text[_at] == '%' || string.CompareOrdinal(text, _at, "---", 0, 3) == 0 || string.CompareOrdinal(text, _at, "...", 0, 3) == 0);
                    return !Beyond;
            }
        }

        return true;
    }

    // Whether nothing but a comment is left of the line.
    private bool AtLineEnd()
    {
        while (Current == ' ')
        {
            _at++;
        }

        return Current is '\0' or '\n' or '\r' || (Current == '#' && text[_at - 1] == ' ');
    }

    private RegoValue? Block(int least)
    {
        if (!SkipBlank())
        {
            return null;
        }

        if (_at == text.Length || Column < least)
        {
            return RegoNull.Instance;
        }

        if (++_depth > MaxDepth)
        {
            return Refuse();
        }

        var value = AtDash ? Sequence(Column) : MappingOrScalar(Column);
        _depth--;
        return value;
    }

    private RegoArray? Sequence(int column)
    {
        var items = new RegoArray();
        do
        {
            _at++;
            if (Block(column + 1) is not { } item || !SkipBlank())
            {
                return null;
            }

            items.Append(item);
        }
        while (_at < text.Length && Column == column && AtDash);
        return _at < text.Length && Column > column ? null : items;
    }

    private RegoValue? MappingOrScalar(int column)
    {
        if (Current is '[' or '{')
        {
            var collection = Flow();
            return collection is not null && AtLineEnd() ? collection : null;
        }

        if (Scalar(flow: false, out var key, out var quoted) is not { } first)
        {
            return null;
        }

        if (!AtColon())
        {
            return AtLineEnd() ? first : null;
        }

        var (names, values) = (new List<RegoValue>(), new List<RegoValue>());
        while (true)
        {
            _at++;
            if (Key(key, quoted) is not { } name || MemberValue(column) is not { } value)
            {
                return null;
            }

            names.Add(name);
            values.Add(value);
            if (!SkipBlank())
            {
                return null;
            }

            if (_at == text.Length || Column < column)
            {
                return RegoObject.Of(names, values, out _);
            }

            if (Column > column || AtDash)
            {
                // Perhaps a scalar over several lines.
                return Column > column ? Refuse() : null;
            }

            if (Scalar(flow: false, out key, out quoted) is null || !AtColon())
            {
                return null;
            }
        }
    }

    private bool AtColon()
    {
        while (Current == ' ')
        {
            _at++;
        }

        return Current == ':' && EndsToken(Following);
    }

    private RegoValue? MemberValue(int column)
    {
        if (AtLineEnd())
        {
            // A list may stand as far left as the key that it belongs to.
            return !SkipBlank() ? null : _at < text.Length && Column == column && AtDash ? Nested(() => Sequence(column)) : Block(column + 1);
        }

        if (AtDash)
        {
            return null;
        }

        var value = Current is '[' or '{' ? Flow() : Scalar(flow: false, out _, out _);
        return value is not null && AtLineEnd() ? value : null;
    }

    private RegoValue? Nested(Func<RegoValue?> read)
    {
        if (++_depth > MaxDepth)
        {
            return Refuse();
        }

        var value = read();
        _depth--;
        return value;
    }

    private RegoValue? Flow() => Nested(() => Current == '[' ? FlowSequence() : Current == '{' ? FlowMapping() : Scalar(flow: true, out _, out _));

    private RegoArray? FlowSequence()
    {
        var items = new RegoArray();
        for (_at++; SkipBlank() && Current != ']'; _at++)
        {
            if (Flow() is not { } item || !SkipBlank())
            {
                return null;
            }

            items.Append(item);
            if (Current == ':')
            {
                Beyond = true;
                return null;
            }

            if (Current != ',')
            {
                break;
            }
        }

        return Close(']') ? items : null;
    }

    private RegoObject? FlowMapping()
    {
        var (names, values) = (new List<RegoValue>(), new List<RegoValue>());
        for (_at++; SkipBlank() && Current != '}'; _at++)
        {
            if (Scalar(flow: true, out var key, out var quoted) is null || Key(key, quoted) is not { } name || !SkipBlank() || Current != ':')
            {
                return null;
            }

            _at++;
            if (!SkipBlank() || Flow() is not { } value || !SkipBlank())
            {
                return null;
            }

            names.Add(name);
            values.Add(value);
            if (Current != ',')
            {
                break;
            }
        }

        return Close('}') ? RegoObject.Of(names, values, out _) : null;
    }

    private bool Close(char close)
    {
        var closes = Current == close;
        _at += closes ? 1 : 0;
        return closes;
    }

    // A key that is no text keeps its spelling, as OPA writes it.
    private RegoString? Key(string text, bool quoted)
    {
        if (quoted || YamlScalars.Classify(text) is YamlScalar.Text or YamlScalar.Boolean or YamlScalar.Number)
        {
            return new RegoString(text);
        }

        Beyond = true;
        return null;
    }
}
