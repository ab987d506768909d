using System.Globalization;
using System.Text;
using LatchGate.Policy.Rego.Re2;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>The built-ins of regular expressions. A search is charged for what it can cost, so no pattern holds the gate up.</summary>
internal static class Regexes
{
    private const int MaxPattern = 1_000;
    private const int CacheSize = 128;

    // As a power of two.
    private const int InstructionsPerStep = 5;

    // Patterns are mostly constants of the policy. When the cache is full it starts afresh.
    private static readonly Dictionary<string, Re2Expression?> Cache = new(StringComparer.Ordinal);
    private static readonly Lock CacheLock = new();

    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["regex.match"] = static (a, e) => Prepare(a, e, out var found, out var text) ? RegoBoolean.Of(found.IsMatch(text)) : null;
        table["re_match"] = table["regex.match"];
        table["regex.is_valid"] = static (a, _) => RegoBoolean.Of(a[0] is RegoString pattern && Find(pattern.Value) is not null);
        table["regex.split"] = Split;
        table["regex.find_n"] = static (a, e) => FindAll(a, e, static match => new RegoString(match.Group(0)));
        table["regex.find_all_string_submatch_n"] = static (a, e) => FindAll(a, e, Groups);
        table["regex.replace"] = Replace;
        table["regex.template_match"] = TemplateMatch;
    }

    /// <summary>Whether the pattern occurs in the text; null where it is no pattern, or the limit is reached.</summary>
    internal static bool? IsMatch(string pattern, string text, Evaluation evaluation) =>
        Find(pattern) is { } found && Charge(found, text, evaluation) ? found.IsMatch(text) : null;

    /// <summary>Whether the text is a pattern.</summary>
    internal static bool IsValid(string pattern) => Find(pattern) is not null;

    private static bool Prepare(ReadOnlySpan<RegoValue> args, Evaluation evaluation, out Re2Expression expression, out string text)
    {
        expression = null!;
        if (!Strings.Texts(args, evaluation, out var pattern, out text))
        {
            return false;
        }

        if (Find(pattern) is not { } found)
        {
            evaluation.Fail(BuiltinError.Value);
            return false;
        }

        expression = found;
        return Charge(found, text, evaluation);
    }

    // A step stands for about a hundred nanoseconds, and so do this many instructions of a search.
    private static bool Charge(Re2Expression expression, string text, Evaluation evaluation) =>
        evaluation.ChargeSteps(16 + (((long)expression.Cost * text.Length) >> InstructionsPerStep));

    private static Re2Expression? Find(string pattern)
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

            return Cache[pattern] = Re2Expression.Compile(pattern);
        }
    }

    // The next match; null at the end, or when the search has cost too much.
    private static Re2Match? Next(Re2Matches matches, Evaluation evaluation)
    {
        var before = matches.Cost;
        var match = matches.Next();
        return evaluation.ChargeSteps((matches.Cost - before) >> InstructionsPerStep) ? match : null;
    }

    private static RegoValue? Split(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Prepare(args, evaluation, out var found, out var text) || !evaluation.ChargeCells(text.Length))
        {
            return null;
        }

        if (text.Length == 0)
        {
            return new RegoArray([new RegoString("")]);
        }

        var result = new RegoArray();
        var (from, last) = (0, 0);
        var matches = found.In(text);
        while (Next(matches, evaluation) is { } match)
        {
            // As Go: an empty match at the start splits nothing off, and neither does one at the end.
            if (match.End > 0)
            {
                result.Append(new RegoString(text[from..match.Start]));
            }

            (from, last) = (match.End, match.Start);
        }

        if (last != text.Length)
        {
            result.Append(new RegoString(text[from..]));
        }

        return evaluation.Fault == EvaluationFault.None ? result : null;
    }

    private static RegoValue? FindAll(ReadOnlySpan<RegoValue> args, Evaluation evaluation, Func<Re2Match, RegoValue> take)
    {
        if (!Prepare(args, evaluation, out var found, out var text) || !Arithmetic.Integer(args[2], evaluation, out var limit) || !evaluation.ChargeCells(text.Length))
        {
            return null;
        }

        var result = new RegoArray();
        var matches = found.In(text);
        while ((limit.Sign < 0 || result.Count < limit) && Next(matches, evaluation) is { } match)
        {
            // Groups may hold the same text many times over.
            if (!evaluation.ChargeCells(match.Groups * (1L + ((match.End - match.Start) >> 2))))
            {
                return null;
            }

            result.Append(take(match));
        }

        return evaluation.Fault == EvaluationFault.None ? result : null;
    }

    private static RegoArray Groups(Re2Match match)
    {
        var groups = new RegoArray(match.Groups);
        for (var i = 0; i < match.Groups; i++)
        {
            groups.Append(new RegoString(match.Group(i)));
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

        var result = new StringBuilder();
        var from = 0;
        var matches = found.In(text);
        while (Next(matches, evaluation) is { } match)
        {
            result.Append(text, from, match.Start - from);
            Fill(result, template, match, found.Names);
            from = match.End;
            if (!evaluation.ChargeCells(1 + (template.Length >> 2)))
            {
                return null;
            }
        }

        return evaluation.Fault == EvaluationFault.None ? Strings.Made(result.Append(text, from, text.Length - from).ToString(), evaluation) : null;
    }

    // Go's template: $1, $name, ${name}, and $$; a name is the longest run of letters, digits and _.
    private static void Fill(StringBuilder result, string template, Re2Match match, Dictionary<string, int> names)
    {
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
                result.Append(match.Group(number));
            }

            i = braced ? to : to - 1;
        }
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
        return Prepare(built, evaluation, out var found, out _) ? RegoBoolean.Of(found.IsMatch(text)) : null;
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
}
