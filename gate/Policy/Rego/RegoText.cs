using System.Globalization;
using System.Text;

namespace LatchGate.Policy.Rego;

/// <summary>Writes values as text: JSON as OPA's json.marshal, and Rego terms as its <c>%v</c>.</summary>
internal static class RegoText
{
    /// <summary>JSON without spaces; a set is written as an array, a key that is no string as its JSON text.</summary>
    internal static string ToJson(RegoValue value)
    {
        var text = new StringBuilder();
        Write(text, value, json: true);
        return text.ToString();
    }

    /// <summary>A Rego term: a space after each comma and colon, sets in braces.</summary>
    internal static string ToRego(RegoValue value)
    {
        var text = new StringBuilder();
        Write(text, value, json: false);
        return text.ToString();
    }

    private static void Write(StringBuilder text, RegoValue value, bool json)
    {
        switch (value)
        {
            case RegoNull:
                text.Append("null");
                break;
            case RegoBoolean boolean:
                text.Append(boolean.Value ? "true" : "false");
                break;
            case RegoNumber number:
                var digits = number.ToJson();
                ValueWork.Spend(digits.Length >> 2);
                text.Append(digits);
                break;
            case RegoString s:
                // Few values can hold one long text many times.
                ValueWork.Spend(s.Value.Length >> 2);
                WriteString(text, s.Value, json);
                break;
            case RegoArray array:
                WriteItems(text, '[', array.Items, ']', json);
                break;
            case RegoSet { Count: 0 } when !json:
                text.Append("set()");
                break;
            case RegoSet set:
                WriteItems(text, json ? '[' : '{', set.Items, json ? ']' : '}', json);
                break;
            case RegoObject members:
                WriteMembers(text, members, json);
                break;
        }
    }

    private static void WriteItems(StringBuilder text, char open, ReadOnlySpan<RegoValue> items, char close, bool json)
    {
        ValueWork.Enter(items.Length);
        text.Append(open);
        for (var i = 0; i < items.Length; i++)
        {
            if (i > 0)
            {
                text.Append(json ? "," : ", ");
            }

            Write(text, items[i], json);
        }

        text.Append(close);
    }

    private static void WriteMembers(StringBuilder text, RegoObject members, bool json)
    {
        ValueWork.Enter(members.Count);
        text.Append('{');
        for (var i = 0; i < members.Count; i++)
        {
            if (i > 0)
            {
                text.Append(json ? "," : ", ");
            }

            if (json && members.Keys[i] is not RegoString)
            {
                WriteString(text, ToJson(members.Keys[i]), json);
            }
            else
            {
                Write(text, members.Keys[i], json);
            }

            text.Append(json ? ":" : ": ");
            Write(text, members.Values[i], json);
        }

        text.Append('}');
    }

    private static void WriteRune(StringBuilder text, Rune rune)
    {
        switch (Rune.GetUnicodeCategory(rune))
        {
            case UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned:
                text.Append(CultureInfo.InvariantCulture, $"\\{(rune.IsBmp ? $"u{rune.Value:x4}" : $"U{rune.Value:x8}")}");
                break;
            default:
                text.Append(rune);
                break;
        }
    }

    // Go's encoding/json escapes <, > and & and the two line separators; strconv.Quote, which terms use, escapes
    // what unicode.IsPrint says is not printable: all but letters, marks, numbers, punctuation, symbols and the space.
    internal static void WriteString(StringBuilder text, string value, bool json)
    {
        text.Append('"');
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            switch (c)
            {
                case '"':
                    text.Append("\\\"");
                    break;
                case '\\':
                    text.Append("\\\\");
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case '\b':
                    text.Append("\\b");
                    break;
                case '\f':
                    text.Append("\\f");
                    break;
                case '\a' when !json:
                    text.Append("\\a");
                    break;
                case '\v' when !json:
                    text.Append("\\v");
                    break;
                case '<' or '>' or '&' or '\u2028' or '\u2029' when json:
                case < ' ' when json:
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    break;
                case < ' ' or '\u007f' when !json:
                    text.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
                    break;
                case > '\u007f' when !json && Rune.TryGetRuneAt(value, i, out var rune):
                    i += rune.Utf16SequenceLength - 1;
                    WriteRune(text, rune);
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }

        text.Append('"');
    }
}
