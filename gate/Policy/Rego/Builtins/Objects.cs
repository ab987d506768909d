namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Objects: lookup, selection, and union.</summary>
internal static class Objects
{
    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["object.get"] = Get;
        table["object.keys"] = static (a, e) => a[0] is RegoObject o ? e.ChargeCells(o.Count) ? RegoSet.Of(o.Keys) : null : e.Fail(BuiltinError.Type);
        table["object.union"] = static (a, e) => a[0] is RegoObject x && a[1] is RegoObject y ? Merge(x, y, e) : e.Fail(BuiltinError.Type);
        table["object.union_n"] = UnionAll;
        table["object.remove"] = static (a, e) => Select(a, e, keep: false);
        table["object.filter"] = static (a, e) => Select(a, e, keep: true);
        table["object.subset"] = Subset;
    }

    /// <summary>The union of two objects; where both have a member that is no object on both sides, the second's is taken.</summary>
    internal static RegoObject? Merge(RegoObject first, RegoObject second, Evaluation evaluation)
    {
        ValueWork.Enter(second.Count);
        if (!evaluation.ChargeCells(first.Count + second.Count) || !evaluation.ChargeSteps(second.Count))
        {
            return null;
        }

        var result = first.Copy(second.Count);
        for (var i = 0; i < second.Count; i++)
        {
            var (key, value) = (second.Keys[i], second.Values[i]);
            if (value is RegoObject inner && result.Get(key) is RegoObject outer)
            {
                if (Merge(outer, inner, evaluation) is not { } merged)
                {
                    return null;
                }

                value = merged;
            }

            result.Set(key, value);
            if (!evaluation.ChargeShift(result.Count))
            {
                return null;
            }
        }

        return result;
    }

    private static RegoValue? Get(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[0] is not RegoObject)
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        if (args[1] is not RegoArray path)
        {
            return args[0].Get(args[1]) ?? args[2];
        }

        RegoValue? at = args[0];
        foreach (var key in path.Items)
        {
            at = at?.Get(key);
        }

        return at ?? args[2];
    }

    private static RegoValue? UnionAll(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[0] is not RegoArray objects)
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        RegoObject? result = new();
        foreach (var item in objects.Items)
        {
            if (item is not RegoObject members)
            {
                return evaluation.Fail(BuiltinError.Type);
            }

            result = Merge(result, members, evaluation);
            if (result is null)
            {
                return null;
            }
        }

        return result;
    }

    private static RegoValue? Select(ReadOnlySpan<RegoValue> args, Evaluation evaluation, bool keep)
    {
        if (args[0] is not RegoObject members || args[1] is not (RegoArray or RegoSet or RegoObject))
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        var named = args[1] switch
        {
            RegoSet set => set,
            RegoArray array => RegoSet.Of(array.Items),
            RegoObject other => RegoSet.Of(other.Keys),
            _ => new RegoSet(),
        };
        if (!evaluation.ChargeCells(members.Count + named.Count))
        {
            return null;
        }

        var result = new RegoObject();
        for (var i = 0; i < members.Count; i++)
        {
            if (named.Contains(members.Keys[i]) == keep)
            {
                result.Set(members.Keys[i], members.Values[i]);
            }
        }

        return result;
    }

    private static RegoValue? Subset(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        switch (args[0], args[1])
        {
            case (RegoObject super, RegoObject sub):
                return RegoBoolean.Of(Covers(super, sub));
            case (RegoSet super, RegoSet sub):
                return RegoBoolean.Of(ContainsAll(super, sub));
            case (RegoArray super, RegoArray sub):
                return RegoBoolean.Of(ContainsRun(super, sub));
            case (RegoArray super, RegoSet sub):
                return RegoBoolean.Of(ContainsAll(RegoSet.Of(super.Items), sub));
            default:
                return evaluation.Fail(BuiltinError.Type);
        }
    }

    private static bool Covers(RegoObject super, RegoObject sub)
    {
        ValueWork.Enter(sub.Count);
        for (var i = 0; i < sub.Count; i++)
        {
            var covered = (super.Get(sub.Keys[i]), sub.Values[i]) switch
            {
                (null, _) => false,
                (RegoObject a, RegoObject b) => Covers(a, b),
                (RegoSet a, RegoSet b) => ContainsAll(a, b),
                (RegoArray a, RegoArray b) => ContainsRun(a, b),
                (var a, var b) => a.Equals(b),
            };
            if (!covered)
            {
                return false;
            }
        }

        return true;
    }

    private static bool ContainsAll(RegoSet super, RegoSet sub)
    {
        ValueWork.Enter(sub.Count);
        foreach (var item in sub.Items)
        {
            if (!super.Contains(item))
            {
                return false;
            }
        }

        return true;
    }

    private static bool ContainsRun(RegoArray super, RegoArray sub)
    {
        for (var start = 0; start + sub.Count <= super.Count; start++)
        {
            ValueWork.Enter(sub.Count);
            var i = 0;
            while (i < sub.Count && super.Items[start + i].Equals(sub.Items[i]))
            {
                i++;
            }

            if (i == sub.Count)
            {
                return true;
            }
        }

        return false;
    }
}
