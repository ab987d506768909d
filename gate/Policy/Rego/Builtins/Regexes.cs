using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// Regular expressions in RE2 syntax, run by .NET's engine without backtracking: time grows with pattern and text, and
/// no pattern is exponential.
/// </summary>
internal static class Regexes
{
    private const int MaxPattern = 1_000;
    private const int CacheSize = 128;

    // Patterns are mostly constants of the policy. When the cache is full it starts afresh.
    private static readonly Dictionary<string, Compiled?> Cache = new(StringComparer.Ordinal);
    private static readonly Lock CacheLock = new();

    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["regex.match"] = static (a, e) => Prepare(a, e, out var found, out var text) ? RegoBoolean.Of(found.Regex.IsMatch(text)) : null;
        table["re_match"] = table["regex.match"];
        table["regex.is_valid"] = static (a, _) => RegoBoolean.Of(a[0] is RegoString pattern && Find(pattern.Value) is not null);
        table["regex.split"] = Split;
        table["regex.find_n"] = static (a, e) => FindAll(a, e, static match => new RegoString(match.Value));
        table["regex.find_all_string_submatch_n"] = static (a, e) => FindAll(a, e, Groups);
        table["regex.replace"] = Replace;
        table["regex.template_match"] = TemplateMatch;
    }

    /// <summary>Whether the pattern occurs in the text; null where it is no pattern, or the limit is reached.</summary>
    internal static bool? IsMatch(string pattern, string text, Evaluation evaluation) =>
        evaluation.ChargeSteps(16 + (((long)pattern.Length * text.Length) >> 6)) && Find(pattern) is { } found ? found.Regex.IsMatch(text) : null;

    /// <summary>Whether the text is a pattern.</summary>
    internal static bool IsValid(string pattern) => Find(pattern) is not null;

    private static bool Prepare(ReadOnlySpan<RegoValue> args, Evaluation evaluation, out Compiled compiled, out string text)
    {
        compiled = null!;
        if (!Strings.Texts(args, evaluation, out var pattern, out text) || !evaluation.ChargeSteps(16 + (((long)pattern.Length * text.Length) >> 6)))
        {
            return false;
        }

        if (Find(pattern) is not { } found)
        {
            evaluation.Fail(BuiltinError.Value);
            return false;
        }

        compiled = found;
        return true;
    }

    private static Compiled? Find(string pattern)
    {
        if (pattern.Length > MaxPattern)
        {
            return null;
        }

        lock (CacheLock)
        {
            if (Cache.TryGetValue(pattern, out var known))
            {
                return known;
            }

            if (Cache.Count >= CacheSize)
            {
                Cache.Clear();
            }

            return Cache[pattern] = Compile(pattern);
        }
    }

    private static Compiled? Compile(string pattern)
    {
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        if (Re2Syntax.Translate(pattern, names) is not { } translated)
        {
            return null;
        }

        try
        {
            return new Compiled(new Regex(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), names);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static RegoValue? Split(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Prepare(args, evaluation, out var found, out var text) || !evaluation.ChargeCells(text.Length))
        {
            return null;
        }

        var result = new RegoArray();
        var from = 0;
        foreach (Match match in found.Regex.Matches(text))
        {
            // As Go: an empty match at either end splits nothing off.
            if (match.Length == 0 && (match.Index == 0 || match.Index == text.Length))
            {
                continue;
            }

            result.Append(new RegoString(text[from..match.Index]));
            from = match.Index + match.Length;
        }

        result.Append(new RegoString(text[from..]));
        return result;
    }

    private static RegoValue? FindAll(ReadOnlySpan<RegoValue> args, Evaluation evaluation, Func<Match, RegoValue> take)
    {
        if (!Prepare(args, evaluation, out var found, out var text) || !Arithmetic.Integer(args[2], evaluation, out var limit) || !evaluation.ChargeCells(text.Length))
        {
            return null;
        }

        var result = new RegoArray();
        var afterLast = -1;
        for (var match = found.Regex.Match(text); match.Success && (limit.Sign < 0 || result.Count < limit); match = match.NextMatch())
        {
            // Go does not count an empty match right after another.
            if (match.Length > 0 || match.Index != afterLast)
            {
                // Groups may hold the same text many times over.
                if (!evaluation.ChargeCells(match.Groups.Count * (1L + (match.Length >> 2))))
                {
                    return null;
                }

                result.Append(take(match));
                afterLast = match.Index + match.Length;
            }
        }

        return result;
    }

    private static RegoArray Groups(Match match)
    {
        var groups = new RegoArray(match.Groups.Count);
        foreach (Group group in match.Groups)
        {
            groups.Append(new RegoString(group.Value));
        }

        return groups;
    }

    private static RegoValue? Replace(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Strings.Text(args[0], evaluation, out var text) || !Strings.Texts(args[1..], evaluation, out var pattern, out var template))
        {
            return null;
        }

        RegoValue[] swapped = [new RegoString(pattern), new RegoString(text)];
        if (!Prepare(swapped, evaluation, out var found, out _) || !evaluation.ChargeCells((long)(text.Length + 1) * (template.Length + 1) >> 2))
        {
            return null;
        }

        return Strings.Made(found.Regex.Replace(text, match => Fill(template, match, found.Names)), evaluation);
    }

    // Go's template: $1, $name, ${name}, and $$; a name is the longest run of letters, digits and _.
    private static string Fill(string template, Match match, Dictionary<string, int> names)
    {
        var result = new StringBuilder();
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] != '$' || i + 1 == template.Length)
            {
                result.Append(template[i]);
                continue;
            }

            if (template[i + 1] == '$')
            {
                result.Append('$');
                i++;
                continue;
            }

            var braced = template[i + 1] == '{';
            var from = i + (braced ? 2 : 1);
            var to = from;
            while (to < template.Length && (char.IsAsciiLetterOrDigit(template[to]) || template[to] == '_'))
            {
                to++;
            }

            if (to == from || (braced && (to == template.Length || template[to] != '}')))
            {
                result.Append('$');
                continue;
            }

            var name = template[from..to];
            if (names.TryGetValue(name, out var number) || int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            {
                result.Append(match.Groups[number].Value);
            }

            i = braced ? to : to - 1;
        }

        return result.ToString();
    }

    // The pattern is literal but for the parts between the delimiters, which are expressions.
    private static RegoValue? TemplateMatch(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Strings.Texts(args, evaluation, out var template, out var text) || !Strings.Texts(args[2..], evaluation, out var open, out var close))
        {
            return null;
        }

        if (open.Length != 1 || close.Length != 1)
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        var pattern = new StringBuilder("^");
        for (var at = 0; at < template.Length;)
        {
            var start = template.IndexOf(open, at, StringComparison.Ordinal);
            if (start < 0)
            {
                pattern.Append(Quote(template[at..]));
                break;
            }

            var end = start + 1;
            for (var depth = 1; depth > 0; end++)
            {
                if (end == template.Length)
                {
                    return evaluation.Fail(BuiltinError.Value);
                }

                depth += template[end] == open[0] ? 1 : template[end] == close[0] ? -1 : 0;
            }

            pattern.Append(Quote(template[at..start])).Append('(').Append(template, start + 1, end - start - 2).Append(')');
            at = end;
        }

        RegoValue[] built = [new RegoString(pattern.Append('$').ToString()), new RegoString(text)];
        return Prepare(built, evaluation, out var found, out _) ? RegoBoolean.Of(found.Regex.IsMatch(text)) : null;
    }

    private static string Quote(string literal)
    {
        var quoted = new StringBuilder();
        foreach (var c in literal)
        {
            quoted.Append(@"\.+*?()|[]{}^$".Contains(c, StringComparison.Ordinal) ? "\\" : "").Append(c);
        }

        return quoted.ToString();
    }

    /// <summary>An expression, and the numbers of its named groups.</summary>
    private sealed record Compiled(Regex Regex, Dictionary<string, int> Names);
}
