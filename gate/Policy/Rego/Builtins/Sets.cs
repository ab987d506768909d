namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Set operations.</summary>
internal static class Sets
{
    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["and"] = static (a, e) => a[0] is RegoSet x && a[1] is RegoSet y ? Intersection(x, y, e) : e.Fail(BuiltinError.Type);
        table["or"] = static (a, e) => a[0] is RegoSet x && a[1] is RegoSet y ? Union(x, y, e) : e.Fail(BuiltinError.Type);
        table["union"] = static (a, e) => Fold(a[0], e, Union);
        table["intersection"] = static (a, e) => Fold(a[0], e, Intersection);
    }

    internal static RegoSet? Difference(RegoSet a, RegoSet b, Evaluation evaluation)
    {
        var result = new RegoSet();
        foreach (var item in a.Items)
        {
            if (!evaluation.ChargeSteps(1))
            {
                return null;
            }

            if (!b.Contains(item))
            {
                result.Add(item);
            }
        }

        return evaluation.ChargeCells(result.Count) ? result : null;
    }

    private static RegoSet? Intersection(RegoSet a, RegoSet b, Evaluation evaluation)
    {
        var result = new RegoSet();
        foreach (var item in a.Items)
        {
            if (!evaluation.ChargeSteps(1))
            {
                return null;
            }

            if (b.Contains(item))
            {
                result.Add(item);
            }
        }

        return evaluation.ChargeCells(result.Count) ? result : null;
    }

    // Both are sorted, so the union is a merge.
    private static RegoSet? Union(RegoSet a, RegoSet b, Evaluation evaluation)
    {
        if (!evaluation.ChargeCells(a.Count + b.Count) || !evaluation.ChargeSteps(a.Count + b.Count))
        {
            return null;
        }

        var result = new RegoSet(a.Count + b.Count);
        var (i, j) = (0, 0);
        while (i < a.Count || j < b.Count)
        {
            var takeA = j == b.Count || (i < a.Count && RegoOrder.Compare(a.Items[i], b.Items[j]) <= 0);
            result.Add(takeA ? a.Items[i++] : b.Items[j++]);
        }

        return result;
    }

    private static RegoValue? Fold(RegoValue sets, Evaluation evaluation, Func<RegoSet, RegoSet, Evaluation, RegoSet?> combine)
    {
        if (sets is not RegoSet all)
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        RegoSet? result = null;
        foreach (var item in all.Items)
        {
            if (item is not RegoSet set)
            {
                return evaluation.Fail(BuiltinError.Type);
            }

            result = result is null ? set : combine(result, set, evaluation);
            if (result is null)
            {
                return null;
            }
        }

        return result ?? new RegoSet();
    }
}
