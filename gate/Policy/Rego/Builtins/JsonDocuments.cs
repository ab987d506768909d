namespace LatchGate.Policy.Rego.Builtins;

/// <summary>json.filter, json.remove and json.patch (RFC 6902) over paths (RFC 6901 text, or arrays of keys), and walk.</summary>
internal static class JsonDocuments
{
    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["json.filter"] = static (a, e) => Select(a, e, Filter);
        table["json.remove"] = static (a, e) => Select(a, e, Remove);
        table["json.patch"] = Patch;
        table["walk"] = Walk;
    }

    /// <summary>The keys of a path, or null where it is neither text nor an array.</summary>
    private static RegoValue[]? Keys(RegoValue path)
    {
        ValueWork.Spend(path is RegoString { Value.Length: var length } ? length : 0);
        switch (path)
        {
            case RegoArray array:
                ValueWork.Spend(array.Count);
                return array.Items.ToArray();
            case RegoString { Value.Length: 0 }:
                return [];
            case RegoString text:
                var parts = text.Value.TrimStart('/').Split('/');
                return [.. parts.Select(static p => new RegoString(p.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))];
            default:
                return null;
        }
    }

    // An array's element may be named by its decimal index.
    private static RegoValue? Step(RegoValue at, RegoValue key) => at switch
    {
        RegoArray array => Index(key, array.Count - 1) is { } index ? array[index] : null,
        _ => at.Get(key),
    };

    private static int? Index(RegoValue key, int last) => key switch
    {
        RegoNumber number when number.TryGetInt64(out var n) && n >= 0 && n <= last => (int)n,
        RegoString { Value: var text } when (text == "0" || (text.Length > 0 && text[0] is >= '1' and <= '9'))
            && int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var n) && n <= last => n,
        _ => null,
    };

    private static RegoValue? Select(ReadOnlySpan<RegoValue> args, Evaluation evaluation, Func<RegoValue, List<RegoValue[]>, int, Evaluation, RegoValue?> select)
    {
        if (args[0] is not RegoObject document || !Aggregates.TryItems(args[1], out var items))
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        var paths = new List<RegoValue[]>(items.Length);
        foreach (var item in items)
        {
            if (Keys(item) is not { } keys)
            {
                return evaluation.Fail(BuiltinError.Type);
            }

            paths.Add(keys);
        }

        return select(document, paths, 0, evaluation);
    }

    private static List<RegoValue[]> Below(List<RegoValue[]> paths, int depth, Func<RegoValue, bool> matches)
    {
        ValueWork.Enter(paths.Count);
        return paths.FindAll(p => p.Length > depth && matches(p[depth]));
    }

    private static RegoValue? Filter(RegoValue value, List<RegoValue[]> paths, int depth, Evaluation evaluation)
    {
        if (paths.Exists(p => p.Length == depth) && depth > 0)
        {
            return value;
        }

        return Rebuild(value, evaluation, keepUnnamed: false, (key, member) =>
        {
            var below = Below(paths, depth, k => Matches(value, k, key));
            return below.Count == 0 ? null : Filter(member, below, depth + 1, evaluation);
        });
    }

    private static RegoValue? Remove(RegoValue value, List<RegoValue[]> paths, int depth, Evaluation evaluation) =>
        Rebuild(value, evaluation, keepUnnamed: true, (key, member) =>
        {
            var below = Below(paths, depth, k => Matches(value, k, key));
            return below.Exists(p => p.Length == depth + 1) ? null : below.Count == 0 ? member : Remove(member, below, depth + 1, evaluation);
        });

    private static bool Matches(RegoValue holder, RegoValue wanted, RegoValue key) =>
        wanted.Equals(key) || (holder is RegoArray array && Index(wanted, array.Count - 1) is { } index && RegoNumber.Of(index).Equals(key));

    private static RegoValue? Rebuild(RegoValue value, Evaluation evaluation, bool keepUnnamed, Func<RegoValue, RegoValue, RegoValue?> member)
    {
        switch (value)
        {
            case RegoObject holder:
                var members = new RegoObject();
                for (var i = 0; i < holder.Count; i++)
                {
                    if (!evaluation.ChargeCells(1))
                    {
                        return null;
                    }

                    if (member(holder.Keys[i], holder.Values[i]) is { } kept)
                    {
                        members.Set(holder.Keys[i], kept);
                    }
                }

                return members;
            case RegoArray holder:
                var items = new RegoArray();
                for (var i = 0; i < holder.Count; i++)
                {
                    if (!evaluation.ChargeCells(1))
                    {
                        return null;
                    }

                    if (member(RegoNumber.Of(i), holder[i]) is { } kept)
                    {
                        items.Append(kept);
                    }
                }

                return items;
            case RegoSet holder:
                var set = new RegoSet();
                foreach (var item in holder.Items)
                {
                    if (!evaluation.ChargeCells(1))
                    {
                        return null;
                    }

                    if (member(item, item) is { } kept)
                    {
                        set.Add(kept);
                    }
                }

                return set;
            default:
                return keepUnnamed ? value : null;
        }
    }

    private static RegoValue? Patch(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[1] is not RegoArray operations)
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        RegoValue? document = args[0];
        foreach (var operation in operations.Items)
        {
            if (operation is not RegoObject members || members.Get("op") is not RegoString op || members.Get("path") is not { } path || Keys(path) is not { } keys)
            {
                return evaluation.Fail(BuiltinError.Value);
            }

            document = Apply(document, op.Value, keys, members, evaluation);
            if (document is null)
            {
                return evaluation.Fail(BuiltinError.Value);
            }
        }

        return document;
    }

    private static RegoValue? Apply(RegoValue document, string op, RegoValue[] keys, RegoObject members, Evaluation evaluation)
    {
        var value = members.Get("value");
        var from = members.Get("from") is { } source && Keys(source) is { } origin ? origin : null;
        switch (op)
        {
            case "add":
                return value is null ? null : Put(document, keys, value, replace: false, evaluation);
            case "replace":
                return value is null ? null : Put(document, keys, value, replace: true, evaluation);
            case "remove":
                return Take(document, keys, evaluation);
            case "test":
                return value is not null && Find(document, keys) is { } found && found.Equals(value) ? document : null;
            case "copy":
                return from is not null && Find(document, from) is { } copied ? Put(document, keys, copied, replace: false, evaluation) : null;
            case "move":
                return from is not null && Find(document, from) is { } moved && Take(document, from, evaluation) is { } rest
                    ? Put(rest, keys, moved, replace: false, evaluation)
                    : null;
            default:
                return null;
        }
    }

    private static RegoValue? Find(RegoValue document, ReadOnlySpan<RegoValue> keys)
    {
        RegoValue? at = document;
        foreach (var key in keys)
        {
            at = at is null ? null : Step(at, key);
        }

        return at;
    }

    private static RegoValue? Put(RegoValue at, ReadOnlySpan<RegoValue> keys, RegoValue value, bool replace, Evaluation evaluation)
    {
        if (keys.IsEmpty)
        {
            return value;
        }

        var (key, last) = (keys[0], keys.Length == 1);
        ValueWork.Enter(Size(at) >> 3);
        var present = Step(at, key);
        if (!evaluation.ChargeCells(8) || ((replace || !last) && present is null))
        {
            return null;
        }

        var inner = last ? value : Put(present!, keys[1..], value, replace, evaluation);
        if (inner is null)
        {
            return null;
        }

        switch (at)
        {
            case RegoObject holder:
                var members = holder.Copy(1);
                members.Set(key, inner);
                return members;
            case RegoArray holder when last && !replace:
                var position = key is RegoString { Value: "-" } ? holder.Count : Index(key, holder.Count);
                return position is { } p ? new RegoArray([.. holder.Items[..p], inner, .. holder.Items[p..]]) : null;
            case RegoArray holder:
                var items = holder.Items.ToArray();
                items[Index(key, holder.Count - 1)!.Value] = inner;
                return new RegoArray(items);
            case RegoSet holder when last && !replace:
                return key.Equals(value) ? RegoSet.Of([.. holder.Items, value]) : null;
            case RegoSet holder:
                var set = new RegoSet();
                foreach (var item in holder.Items)
                {
                    set.Add(item.Equals(key) ? inner : item);
                }

                return set;
            default:
                return null;
        }
    }

    private static RegoValue? Take(RegoValue at, ReadOnlySpan<RegoValue> keys, Evaluation evaluation)
    {
        if (keys.IsEmpty || Step(at, keys[0]) is not { } present || !evaluation.ChargeCells(8))
        {
            return null;
        }

        ValueWork.Enter(Size(at) >> 3);
        var last = keys.Length == 1;
        var inner = last ? null : Take(present, keys[1..], evaluation);
        if (!last && inner is null)
        {
            return null;
        }

        switch (at)
        {
            case RegoObject holder:
                var members = new RegoObject(holder.Count);
                for (var i = 0; i < holder.Count; i++)
                {
                    var named = holder.Keys[i].Equals(keys[0]);
                    if (!named || inner is not null)
                    {
                        members.Set(holder.Keys[i], named ? inner! : holder.Values[i]);
                    }
                }

                return members;
            case RegoArray holder:
                var index = Index(keys[0], holder.Count - 1)!.Value;
                return inner is null
                    ? new RegoArray([.. holder.Items[..index], .. holder.Items[(index + 1)..]])
                    : new RegoArray([.. holder.Items[..index], inner, .. holder.Items[(index + 1)..]]);
            case RegoSet holder:
                var set = new RegoSet();
                foreach (var item in holder.Items)
                {
                    if (!item.Equals(present))
                    {
                        set.Add(item);
                    }
                    else if (inner is not null)
                    {
                        set.Add(inner);
                    }
                }

                return set;
            default:
                return null;
        }
    }

    // What a change of it copies.
    private static int Size(RegoValue value) => value switch
    {
        RegoObject members => members.Count,
        RegoArray array => array.Count,
        RegoSet set => set.Count,
        _ => 0,
    };

    // The relation of all [path, value] pairs, as an array; the caller scans it.
    private static RegoValue? Walk(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        var pairs = new RegoArray();
        return Visit(args[0], [], pairs, evaluation) ? pairs : null;
    }

    private static bool Visit(RegoValue value, RegoValue[] path, RegoArray pairs, Evaluation evaluation)
    {
        ValueWork.Enter(path.Length);
        if (!evaluation.ChargeCells(4 + path.Length))
        {
            return false;
        }

        pairs.Append(new RegoArray([new RegoArray(path), value]));
        switch (value)
        {
            case RegoObject members:
                for (var i = 0; i < members.Count; i++)
                {
                    if (!Visit(members.Values[i], [.. path, members.Keys[i]], pairs, evaluation))
                    {
                        return false;
                    }
                }

                break;
            case RegoArray array:
                for (var i = 0; i < array.Count; i++)
                {
                    if (!Visit(array[i], [.. path, RegoNumber.Of(i)], pairs, evaluation))
                    {
                        return false;
                    }
                }

                break;
            case RegoSet set:
                foreach (var item in set.Items)
                {
                    if (!Visit(item, [.. path, item], pairs, evaluation))
                    {
                        return false;
                    }
                }

                break;
        }

        return true;
    }
}
