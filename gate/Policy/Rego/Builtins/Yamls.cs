using System.Text;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary><c>yaml.*</c>: values to and from the part of YAML that <see cref="YamlReader"/> reads.</summary>
internal static class Yamls
{
    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["yaml.unmarshal"] = static (a, e) => Strings.Text(a[0], e, out var text) && Charge(text, e) ? new YamlReader(text).Read() ?? e.Fail(BuiltinError.Value) : null;
        table["yaml.is_valid"] = IsValid;
        table["yaml.marshal"] = static (a, e) =>
        {
            var text = new StringBuilder();
            return Write(text, a[0], 0, e) ? Strings.Made(text.ToString(), e) : null;
        };
    }

    private static bool Charge(string text, Evaluation evaluation) => evaluation.ChargeSteps(text.Length) && evaluation.ChargeCells(text.Length);

    // False is for what is no YAML; what may be YAML of another kind is undefined.
    private static RegoValue? IsValid(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[0] is not RegoString { Value: var text })
        {
            return RegoBoolean.False;
        }

        if (!Charge(text, evaluation))
        {
            return null;
        }

        var reader = new YamlReader(text);
        return reader.Read() is not null ? RegoBoolean.True : reader.Beyond ? evaluation.Fail(BuiltinError.Value) : RegoBoolean.False;
    }

    // Block style, as OPA writes it; the text goes on at the given column, and ends with its line.
    private static bool Write(StringBuilder text, RegoValue value, int column, Evaluation evaluation)
    {
        if (column > 128 || !evaluation.ChargeCells(2 + (column >> 1)))
        {
            return evaluation.Fail(BuiltinError.Value) is not null;
        }

        switch (value)
        {
            case RegoArray { Count: > 0 } or RegoSet { Count: > 0 }:
                Aggregates.TryItems(value, out var items);
                for (var i = 0; i < items.Length; i++)
                {
                    text.Append(' ', i == 0 ? 0 : column).Append("- ");
                    if (!Write(text, items[i], column + 2, evaluation))
                    {
                        return false;
                    }
                }

                return true;
            case RegoObject { Count: > 0 } members:
                for (var i = 0; i < members.Count; i++)
                {
                    text.Append(' ', i == 0 ? 0 : column);
                    WriteText(text, members.Keys[i] is RegoString name ? name.Value : RegoText.ToJson(members.Keys[i]));
                    text.Append(':');
                    var (list, map) = (members.Values[i] is RegoArray { Count: > 0 } or RegoSet { Count: > 0 }, members.Values[i] is RegoObject { Count: > 0 });
                    var below = map ? column + 2 : column;
                    _ = list || map ? text.Append('\n').Append(' ', below) : text.Append(' ');
                    if (!Write(text, members.Values[i], below, evaluation))
                    {
                        return false;
                    }
                }

                return true;
            case RegoString scalar:
                if (!evaluation.ChargeCells(scalar.Value.Length >> 2))
                {
                    return false;
                }

                WriteText(text, scalar.Value);
                text.Append('\n');
                return true;
            default:
                text.Append(value is RegoSet ? "[]" : RegoText.ToJson(value)).Append('\n');
                return true;
        }
    }

    // Plain where it can only be text, in single quotes where it has characters of YAML, else as a JSON string.
    private static void WriteText(StringBuilder text, string value)
    {
        if (value.Length == 0 || YamlScalars.Classify(value) != YamlScalar.Text || value.AsSpan().ContainsAnyInRange('\0', '\u001f') || value.AsSpan().ContainsAnyInRange('\u007f', '\u00a0')
            || value.AsSpan().ContainsAny('\u2028', '\u2029', '\uFEFF'))
        {
            RegoText.WriteString(text, value, json: true);
        }
        else if (IsPlain(value))
        {
            text.Append(value);
        }
        else
        {
            text.Append('\'').Append(value.Replace("'", "''", StringComparison.Ordinal)).Append('\'');
        }
    }

    private static bool IsPlain(string value) =>
        value[0] != ' ' && value[^1] is not (' ' or ':') && !"&*!|>%@`'\"#[]{},".Contains(value[0], StringComparison.Ordinal)
        && !(value[0] is '-' or '?' or ':' && (value.Length == 1 || value[1] == ' ')) && !value.StartsWith("---", StringComparison.Ordinal) && !value.StartsWith("...", StringComparison.Ordinal)
        && !value.Contains(": ", StringComparison.Ordinal) && !value.Contains(" #", StringComparison.Ordinal);
}
