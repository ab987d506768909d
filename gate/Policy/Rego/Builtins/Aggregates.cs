namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Aggregates over collections, arrays, and membership.</summary>
internal static class Aggregates
{
    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["count"] = Count;
        table["sum"] = static (a, e) => Fold(a[0], e, RegoNumber.Of(0), Arithmetic.Plus);
        table["product"] = static (a, e) => Fold(a[0], e, RegoNumber.Of(1), Arithmetic.Multiply);
        table["max"] = static (a, e) => Extreme(a[0], e, 1);
        table["min"] = static (a, e) => Extreme(a[0], e, -1);
        table["sort"] = Sort;
        table["all"] = static (a, e) => TryItems(a[0], out var items) ? RegoBoolean.Of(!Any(items, static x => !x.Equals(RegoBoolean.True))) : e.Fail(BuiltinError.Type);
        table["any"] = static (a, e) => TryItems(a[0], out var items) ? RegoBoolean.Of(Any(items, static x => x.Equals(RegoBoolean.True))) : e.Fail(BuiltinError.Type);
        table["internal.member_2"] = Member;
        table["internal.member_3"] = MemberWithKey;
        table["array.concat"] = Concat;
        table["array.slice"] = Slice;
        table["array.reverse"] = Reverse;
        table["array.flatten"] = Flatten;
    }

    /// <summary>The elements of an array or a set.</summary>
    internal static bool TryItems(RegoValue value, out ReadOnlySpan<RegoValue> items)
    {
        switch (value)
        {
            case RegoArray array:
                items = array.Items;
                return true;
            case RegoSet set:
                items = set.Items;
                return true;
            default:
                items = default;
                return false;
        }
    }

    private static bool Any(ReadOnlySpan<RegoValue> items, Func<RegoValue, bool> test)
    {
        ValueWork.Enter(items.Length >> 4);
        foreach (var item in items)
        {
            if (test(item))
            {
                return true;
            }
        }

        return false;
    }

    private static RegoValue? Count(ReadOnlySpan<RegoValue> args, Evaluation evaluation) => args[0] switch
    {
        RegoArray array => RegoNumber.Of(array.Count),
        RegoSet set => RegoNumber.Of(set.Count),
        RegoObject members => RegoNumber.Of(members.Count),
        RegoString text => evaluation.ChargeSteps(text.Value.Length >> 8) ? RegoNumber.Of(Strings.RuneCount(text.Value)) : null,
        _ => evaluation.Fail(BuiltinError.Type),
    };

    private static RegoValue? Fold(RegoValue value, Evaluation evaluation, RegoNumber seed, Func<RegoNumber, RegoNumber, RegoNumber> combine)
    {
        if (!TryItems(value, out var items))
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        foreach (var item in items)
        {
            if (item is not RegoNumber number)
            {
                return evaluation.Fail(BuiltinError.Type);
            }

            seed = combine(seed, number);

            // A product grows with each factor.
            if (!evaluation.ChargeSteps(1 + seed.ToJson().Length))
            {
                return null;
            }
        }

        return seed;
    }

    private static RegoValue? Extreme(RegoValue value, Evaluation evaluation, int sign)
    {
        if (!TryItems(value, out var items))
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        RegoValue? best = null;
        foreach (var item in items)
        {
            if (best is null || sign * RegoOrder.Compare(item, best) > 0)
            {
                best = item;
            }
        }

        return evaluation.ChargeSteps(items.Length) ? best : null;
    }

    private static RegoValue? Sort(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (!TryItems(args[0], out var items))
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        if (!evaluation.ChargeCells(items.Length) || !evaluation.ChargeSteps(8L * items.Length))
        {
            return null;
        }

        var sorted = items.ToArray();
        if (args[0] is RegoArray)
        {
            Array.Sort(sorted, static (x, y) => RegoOrder.Compare(x, y));
        }

        return new RegoArray(sorted);
    }

    private static RegoValue? Member(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        var wanted = args[0];
        if (args[1] is RegoSet set)
        {
            return RegoBoolean.Of(set.Contains(wanted));
        }

        var items = args[1] switch
        {
            RegoArray array => array.Items,
            RegoObject members => members.Values,
            _ => default,
        };
        if (!evaluation.ChargeSteps(items.Length))
        {
            return null;
        }

        foreach (var item in items)
        {
            if (item.Equals(wanted))
            {
                return RegoBoolean.True;
            }
        }

        return RegoBoolean.False;
    }

    private static RegoValue? MemberWithKey(ReadOnlySpan<RegoValue> args, Evaluation evaluation) =>
        RegoBoolean.Of(args[2] is RegoArray or RegoObject or RegoSet && args[2].Get(args[0]) is { } found && found.Equals(args[1]));

    private static RegoValue? Concat(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[0] is not RegoArray a || args[1] is not RegoArray b)
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        return evaluation.ChargeCells(a.Count + b.Count) ? new RegoArray([.. a.Items, .. b.Items]) : null;
    }

    private static RegoValue? Slice(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[0] is not RegoArray array || args[1] is not RegoNumber from || args[2] is not RegoNumber to)
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        if (!from.TryGetInt64(out var start) || !to.TryGetInt64(out var stop))
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        stop = Math.Clamp(stop, 0, array.Count);
        start = Math.Clamp(start, 0, stop);
        return evaluation.ChargeCells(stop - start) ? new RegoArray(array.Items[(int)start..(int)stop].ToArray()) : null;
    }

    private static RegoValue? Reverse(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[0] is not RegoArray array)
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        if (!evaluation.ChargeCells(array.Count))
        {
            return null;
        }

        var items = array.Items.ToArray();
        Array.Reverse(items);
        return new RegoArray(items);
    }

    private static RegoValue? Flatten(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[0] is not RegoArray array)
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        // One level only.
        var flat = new RegoArray();
        foreach (var item in array.Items)
        {
            ReadOnlySpan<RegoValue> inner = item is RegoArray nested ? nested.Items : [item];
            if (!evaluation.ChargeCells(1 + inner.Length))
            {
                return null;
            }

            foreach (var value in inner)
            {
                flat.Append(value);
            }
        }

        return flat;
    }
}
