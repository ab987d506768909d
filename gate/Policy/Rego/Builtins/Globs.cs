using System.Text;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>glob.match and glob.quote_meta, over <see cref="Glob"/>.</summary>
internal static class Globs
{
    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["glob.match"] = Match;
        table["glob.quote_meta"] = static (a, e) => Strings.Text(a[0], e, out var pattern) ? Strings.Made(Quote(pattern), e) : null;
    }

    private static RegoValue? Match(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Strings.Text(args[0], evaluation, out var pattern) || !Strings.Text(args[2], evaluation, out var text))
        {
            return null;
        }

        // No delimiter at all for null; the dot for an empty list.
        var delimiters = "";
        switch (args[1])
        {
            case RegoNull:
                break;
            case RegoArray { Count: 0 }:
                delimiters = ".";
                break;
            case RegoArray array:
                foreach (var item in array.Items)
                {
                    if (!Strings.Text(item, evaluation, out var delimiter))
                    {
                        return null;
                    }

                    if (Strings.RuneCount(delimiter) != 1)
                    {
                        return evaluation.Fail(BuiltinError.Value);
                    }

                    delimiters = array.Count == 1 ? delimiter : delimiters + delimiter;
                }

                break;
            default:
                return evaluation.Fail(BuiltinError.Type);
        }

        return Glob.Match(pattern, delimiters, text, evaluation) switch
        {
            GlobResult.Match => RegoBoolean.True,
            GlobResult.NoMatch => RegoBoolean.False,
            _ => evaluation.Fail(BuiltinError.Value),
        };
    }

    private static string Quote(string pattern)
    {
        var quoted = new StringBuilder(pattern.Length + 8);
        foreach (var c in pattern)
        {
            if (@"*?\[]{}".Contains(c, StringComparison.Ordinal))
            {
                quoted.Append('\\');
            }

            quoted.Append(c);
        }

        return quoted.ToString();
    }
}
