using System.Text;
using LatchGate.Policy.Rego;

namespace LatchGate.Conformance;

/// <summary>Reads a ground Rego term: JSON with sets and trailing commas.</summary>
/// <remarks><c>term = json-scalar / "[" terms "]" / "{" terms "}" / "{" term ":" term ... "}" / "set()"</c></remarks>
internal sealed class RegoTerm
{
    private readonly string _text;
    private int _at;

    private RegoTerm(string text) => _text = text;

    internal static RegoValue Parse(string text)
    {
        var reader = new RegoTerm(text);
        var value = reader.Value();
        reader.Space();
        return reader._at == text.Length ? value : throw new FormatException($"Text follows the term at {reader._at}.");
    }

    private RegoValue Value()
    {
        Space();
        switch (_text[_at])
        {
            case '[':
                var array = new RegoArray();
                _at++;
                while (!Closes(']'))
                {
                    array.Append(Value());
                }

                return array;
            case '{':
                _at++;
                return Braces();
            case 's' when _text.AsSpan(_at).StartsWith("set()", StringComparison.Ordinal):
                _at += 5;
                return new RegoSet();
            default:
                return Scalar();
        }
    }

    private RegoValue Braces()
    {
        var members = new RegoObject();
        var set = new RegoSet();
        while (!Closes('}'))
        {
            var item = Value();
            Space();
            if (_text[_at] == ':')
            {
                _at++;
                members.Set(item, Value());
            }
            else
            {
                set.Add(item);
            }
        }

        return set.Count > 0 ? set : members;
    }

    private RegoValue Scalar()
    {
        var from = _at;
        if (_text[_at] == '"')
        {
            for (_at++; _text[_at] != '"'; _at++)
            {
                _at += _text[_at] == '\\' ? 1 : 0;
            }

            _at++;
        }
        else
        {
            while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || "+-.".Contains(_text[_at], StringComparison.Ordinal)))
            {
                _at++;
            }
        }

        return RegoJson.Parse(Encoding.UTF8.GetBytes(_text[from.._at]));
    }

    private bool Closes(char close)
    {
        Space();
        if (_text[_at] == ',')
        {
            _at++;
            Space();
        }

        if (_text[_at] != close)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Space()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }
    }
}
