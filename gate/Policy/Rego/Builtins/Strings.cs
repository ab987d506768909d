using System.Globalization;
using System.Text;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Strings. Positions and lengths count Unicode code points.</summary>
internal static class Strings
{
    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["concat"] = Concat;
        table["contains"] = static (a, e) => Texts(a, e, out var x, out var y) ? RegoBoolean.Of(x.Contains(y, StringComparison.Ordinal)) : null;
        table["startswith"] = static (a, e) => Texts(a, e, out var x, out var y) ? RegoBoolean.Of(x.StartsWith(y, StringComparison.Ordinal)) : null;
        table["endswith"] = static (a, e) => Texts(a, e, out var x, out var y) ? RegoBoolean.Of(x.EndsWith(y, StringComparison.Ordinal)) : null;
        table["lower"] = static (a, e) => Text(a[0], e, out var x) ? Made(x.ToLowerInvariant(), e) : null;
        table["upper"] = static (a, e) => Text(a[0], e, out var x) ? Made(x.ToUpperInvariant(), e) : null;
        table["trim"] = static (a, e) => Texts(a, e, out var x, out var set) ? Made(Trim(x, set, start: true, end: true), e) : null;
        table["trim_left"] = static (a, e) => Texts(a, e, out var x, out var set) ? Made(Trim(x, set, start: true, end: false), e) : null;
        table["trim_right"] = static (a, e) => Texts(a, e, out var x, out var set) ? Made(Trim(x, set, start: false, end: true), e) : null;
        table["trim_prefix"] = static (a, e) => Texts(a, e, out var x, out var y) ? Made(y.Length > 0 && x.StartsWith(y, StringComparison.Ordinal) ? x[y.Length..] : x, e) : null;
        table["trim_suffix"] = static (a, e) => Texts(a, e, out var x, out var y) ? Made(y.Length > 0 && x.EndsWith(y, StringComparison.Ordinal) ? x[..^y.Length] : x, e) : null;
        table["trim_space"] = static (a, e) => Text(a[0], e, out var x) ? Made(x.Trim(), e) : null;
        table["replace"] = static (a, e) => Texts(a, e, out var x, out var y) && Text(a[2], e, out var z) ? Replace(x, y, z, e) : null;
        table["split"] = Split;
        table["substring"] = Substring;
        table["indexof"] = IndexOf;
        table["indexof_n"] = IndexOfAll;
        table["strings.reverse"] = static (a, e) => Text(a[0], e, out var x) ? Reverse(x, e) : null;
        table["strings.count"] = static (a, e) => Texts(a, e, out var x, out var y) ? CountOf(x, y, e) : null;
        table["strings.replace_n"] = ReplaceAll;
        table["strings.any_prefix_match"] = static (a, e) => AnyPair(a, e, static (x, y) => x.StartsWith(y, StringComparison.Ordinal));
        table["strings.any_suffix_match"] = static (a, e) => AnyPair(a, e, static (x, y) => x.EndsWith(y, StringComparison.Ordinal));
        table["sprintf"] = static (a, e) => Text(a[0], e, out var format) ? GoFormat.Sprintf(format, a[1], e) : null;
    }

    internal static bool Text(RegoValue value, Evaluation evaluation, out string text)
    {
        text = (value as RegoString)?.Value!;
        if (text is null)
        {
            evaluation.Fail(BuiltinError.Type);
            return false;
        }

        return evaluation.ChargeSteps(text.Length >> 8);
    }

    /// <summary>Two texts; charged for their product too, which is what a search for one in the other may take.</summary>
    internal static bool Texts(ReadOnlySpan<RegoValue> args, Evaluation evaluation, out string x, out string y)
    {
        y = null!;
        return Text(args[0], evaluation, out x) && Text(args[1], evaluation, out y) && evaluation.ChargeSteps((long)x.Length * y.Length >> 12);
    }

    /// <summary>A new string, charged for its length.</summary>
    internal static RegoString? Made(string text, Evaluation evaluation) => evaluation.ChargeCells(1 + (text.Length >> 2)) ? new RegoString(text) : null;

    internal static int RuneCount(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }

    private static RegoValue? Concat(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Text(args[0], evaluation, out var separator))
        {
            return null;
        }

        if (!Aggregates.TryItems(args[1], out var items))
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        var parts = new string[items.Length];
        var length = 0L;
        for (var i = 0; i < items.Length; i++)
        {
            if (!Text(items[i], evaluation, out parts[i]))
            {
                return null;
            }

            length += parts[i].Length + separator.Length;
        }

        return evaluation.ChargeCells(length >> 2) ? new RegoString(string.Join(separator, parts)) : null;
    }

    private static string Trim(string text, string cutset, bool start, bool end)
    {
        var runes = text.EnumerateRunes().ToArray();
        var cut = new HashSet<Rune>();
        foreach (var rune in cutset.EnumerateRunes())
        {
            cut.Add(rune);
        }

        var (from, to) = (0, runes.Length);
        while (start && from < to && cut.Contains(runes[from]))
        {
            from++;
        }

        while (end && from < to && cut.Contains(runes[to - 1]))
        {
            to--;
        }

        return Join(runes.AsSpan(from, to - from));
    }

    private static string Join(ReadOnlySpan<Rune> runes)
    {
        var text = new StringBuilder(runes.Length);
        foreach (var rune in runes)
        {
            text.Append(rune);
        }

        return text.ToString();
    }

    private static RegoString? Replace(string text, string old, string with, Evaluation evaluation)
    {
        if (old.Length > 0)
        {
            var worst = text.Length / (long)old.Length * Math.Max(0, with.Length - old.Length) + text.Length;
            return evaluation.ChargeCells(worst >> 2) ? new RegoString(text.Replace(old, with, StringComparison.Ordinal)) : null;
        }

        // Go puts the replacement before each code point and at the end.
        if (!evaluation.ChargeCells(((long)with.Length * (text.Length + 1) + text.Length) >> 2))
        {
            return null;
        }

        var result = new StringBuilder(with);
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(rune).Append(with);
        }

        return new RegoString(result.ToString());
    }

    private static RegoValue? Split(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Texts(args, evaluation, out var text, out var separator) || !evaluation.ChargeCells(text.Length + 1))
        {
            return null;
        }

        var result = new RegoArray();
        if (separator.Length == 0)
        {
            foreach (var rune in text.EnumerateRunes())
            {
                result.Append(new RegoString(rune.ToString()));
            }

            return result;
        }

        foreach (var part in text.Split(separator))
        {
            result.Append(new RegoString(part));
        }

        return result;
    }

    private static RegoValue? Substring(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Text(args[0], evaluation, out var text) || !Arithmetic.Integer(args[1], evaluation, out var offset) || !Arithmetic.Integer(args[2], evaluation, out var length))
        {
            return null;
        }

        if (offset.Sign < 0)
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        if (!evaluation.ChargeCells(text.Length))
        {
            return null;
        }

        var runes = text.EnumerateRunes().ToArray();
        if (offset >= runes.Length)
        {
            return RegoString.Empty;
        }

        var from = (int)offset;
        var count = length.Sign < 0 || length > runes.Length - from ? runes.Length - from : (int)length;
        return new RegoString(Join(runes.AsSpan(from, count)));
    }

    private static RegoValue? IndexOf(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Texts(args, evaluation, out var text, out var wanted))
        {
            return null;
        }

        if (wanted.Length == 0)
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        var at = text.IndexOf(wanted, StringComparison.Ordinal);
        return RegoNumber.Of(at < 0 ? -1 : RuneCount(text.AsSpan(0, at)));
    }

    private static RegoValue? IndexOfAll(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!Texts(args, evaluation, out var text, out var wanted))
        {
            return null;
        }

        if (wanted.Length == 0)
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        if (!evaluation.ChargeCells(text.Length))
        {
            return null;
        }

        var result = new RegoArray();
        var (runes, from) = (0, 0);
        for (var at = text.IndexOf(wanted, StringComparison.Ordinal); at >= 0; at = at + 1 > text.Length ? -1 : text.IndexOf(wanted, at + 1, StringComparison.Ordinal))
        {
            runes += RuneCount(text.AsSpan(from, at - from));
            from = at;
            result.Append(RegoNumber.Of(runes));
        }

        return result;
    }

    private static RegoString? Reverse(string text, Evaluation evaluation)
    {
        if (!evaluation.ChargeCells(text.Length))
        {
            return null;
        }

        var runes = text.EnumerateRunes().ToArray();
        Array.Reverse(runes);
        return new RegoString(Join(runes));
    }

    private static RegoNumber CountOf(string text, string wanted, Evaluation evaluation)
    {
        evaluation.ChargeSteps(text.Length >> 4);
        if (wanted.Length == 0)
        {
            return RegoNumber.Of(RuneCount(text) + 1);
        }

        var count = 0;
        for (var at = text.IndexOf(wanted, StringComparison.Ordinal); at >= 0; at = text.IndexOf(wanted, at + wanted.Length, StringComparison.Ordinal))
        {
            count++;
        }

        return RegoNumber.Of(count);
    }

    // As Go's strings.Replacer: at each position the first matching pattern in key order wins, and nothing is replaced twice.
    private static RegoValue? ReplaceAll(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[0] is not RegoObject patterns || !Text(args[1], evaluation, out var text))
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        var pairs = new List<(string Old, string New)>();
        var patternLength = 0L;
        for (var i = 0; i < patterns.Count; i++)
        {
            if (!Text(patterns.Keys[i], evaluation, out var old) || !Text(patterns.Values[i], evaluation, out var replacement))
            {
                return null;
            }

            pairs.Add((old, replacement));
            patternLength += old.Length;
        }

        if (!evaluation.ChargeSteps(patternLength * text.Length >> 12))
        {
            return null;
        }

        var result = new StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            var found = pairs.FindIndex(p => p.Old.Length > 0 && string.CompareOrdinal(text, at, p.Old, 0, p.Old.Length) == 0);
            var added = found >= 0 ? pairs[found].New : text.Substring(at, 1);
            if (!evaluation.ChargeSteps(pairs.Count) || !evaluation.ChargeCells(1 + (added.Length >> 2)))
            {
                return null;
            }

            result.Append(added);
            at += found >= 0 ? pairs[found].Old.Length : 1;
        }

        return new RegoString(result.ToString());
    }

    private static RegoValue? AnyPair(ReadOnlySpan<RegoValue> args, Evaluation evaluation, Func<string, string, bool> test)
    {
        ReadOnlySpan<RegoValue> texts = args[0] is RegoString ? args[..1] : default;
        ReadOnlySpan<RegoValue> bases = args[1] is RegoString ? args.Slice(1, 1) : default;
        if ((args[0] is not RegoString && !Aggregates.TryItems(args[0], out texts)) || (args[1] is not RegoString && !Aggregates.TryItems(args[1], out bases)))
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        var any = false;
        foreach (var text in texts)
        {
            foreach (var pattern in bases)
            {
                if (!Text(text, evaluation, out var x) || !Text(pattern, evaluation, out var y) || !evaluation.ChargeSteps(1))
                {
                    return null;
                }

                any |= test(x, y);
            }
        }

        return RegoBoolean.Of(any);
    }
}
