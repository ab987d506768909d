namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// Field selection merging (GraphQL, October 2021, §5.3.2): fields with one response name have one shape, and where they may
/// be of the same object they are the same field with the same arguments.
/// </summary>
internal sealed class GraphQlMerging(GraphQlSchema schema, Dictionary<string, RegoObject> fragments, Evaluation evaluation)
{
    internal static bool IsField(RegoObject selection) => selection.Get("Alias") is not null;

    internal static bool IsSpread(RegoObject selection) => selection.Get("Alias") is null && selection.Get("Name") is not null;

    /// <summary>Whether the selections of a definition, a field or an inline fragment can be merged.</summary>
    internal bool CanMerge(RegoObject holder, GraphQlType type)
    {
        var fields = new Dictionary<string, List<Entry>>(StringComparer.Ordinal);
        return Collect(holder, type, fields, new HashSet<string>(StringComparer.Ordinal), 0) && CanMerge(fields, shapeOnly: false, 0);
    }

    /// <summary>How many response names a subscription has at its root (§5.2.3.1); -1 where they cannot be counted, or one is for introspection.</summary>
    internal int ResponseNames(RegoObject operation, GraphQlType root)
    {
        var fields = new Dictionary<string, List<Entry>>(StringComparer.Ordinal);
        if (!Collect(operation, root, fields, new HashSet<string>(StringComparer.Ordinal), 0))
        {
            return -1;
        }

        foreach (var list in fields.Values)
        {
            if (list[0].Field.Name().StartsWith("__", StringComparison.Ordinal))
            {
                return -1;
            }
        }

        return fields.Count;
    }

    private bool CanMerge(Dictionary<string, List<Entry>> fields, bool shapeOnly, int depth)
    {
        if (depth > GraphQlParser.MaxDepth)
        {
            return false;
        }

        foreach (var entries in fields.Values)
        {
            for (var i = 0; i < entries.Count; i++)
            {
                for (var j = i + 1; j < entries.Count; j++)
                {
                    if (!CanMerge(entries[i], entries[j], shapeOnly, depth))
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }

    private bool CanMerge(Entry a, Entry b, bool shapeOnly, int depth)
    {
        if (!evaluation.ChargeSteps(8) || ReferenceEquals(a.Field, b.Field))
        {
            return evaluation.Fault == EvaluationFault.None;
        }

        // Different objects are never the same value, so only the shapes of their fields have to agree.
        shapeOnly |= a.Parent != b.Parent && a.Parent.Kind == "OBJECT" && b.Parent.Kind == "OBJECT";
        if ((!shapeOnly && (a.Field.Name() != b.Field.Name() || !SameArguments(a.Field, b.Field))) || !SameShape(a.Type, b.Type, out var composite))
        {
            return false;
        }

        if (!composite)
        {
            return true;
        }

        var merged = new Dictionary<string, List<Entry>>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return schema.Type(a.Type.BaseType()) is { } typeA && schema.Type(b.Type.BaseType()) is { } typeB
            && Collect(a.Field, typeA, merged, seen, 0) && Collect(b.Field, typeB, merged, typeA == typeB ? seen : new HashSet<string>(StringComparer.Ordinal), 0)
            && CanMerge(merged, shapeOnly, depth + 1);
    }

    private bool SameShape(RegoObject? a, RegoObject? b, out bool composite)
    {
        composite = false;
        while (a is not null && b is not null)
        {
            if (a.Flag("NonNull") != b.Flag("NonNull"))
            {
                return false;
            }

            var (elementA, elementB) = (a.Node("Elem"), b.Node("Elem"));
            if (elementA is null && elementB is null)
            {
                composite = schema.Type(a.BaseType())?.IsComposite == true;
                return composite ? schema.Type(b.BaseType())?.IsComposite == true : a.BaseType() == b.BaseType();
            }

            (a, b) = (elementA, elementB);
        }

        return false;
    }

    private bool SameArguments(RegoObject a, RegoObject b)
    {
        var left = a.List("Arguments");
        var right = b.List("Arguments");
        if (left.Length != right.Length || !evaluation.ChargeSteps((long)left.Length * right.Length / 4))
        {
            return false;
        }

        foreach (var item in left)
        {
            var argument = (RegoObject)item;
            if (right.Named(argument.Name())?.Node("Value")?.Equals(argument.Node("Value")) != true)
            {
                return false;
            }
        }

        return true;
    }

    // The fields of a selection set by response name, with those of its fragments. What is unknown is another rule's to refuse.
    private bool Collect(RegoObject holder, GraphQlType parent, Dictionary<string, List<Entry>> fields, HashSet<string> seen, int depth)
    {
        if (depth > GraphQlParser.MaxDepth)
        {
            return false;
        }

        foreach (var item in holder.List("SelectionSet"))
        {
            var selection = (RegoObject)item;
            if (!evaluation.ChargeSteps(4) || !evaluation.ChargeCells(2))
            {
                return false;
            }

            if (IsField(selection))
            {
                if (schema.Field(parent, selection.Name())?.Node("Type") is { } type)
                {
                    var name = selection.Text("Alias");
                    if (!fields.TryGetValue(name, out var list))
                    {
                        fields.Add(name, list = []);
                    }

                    list.Add(new Entry(selection, parent, type));
                }

                continue;
            }

            var spread = IsSpread(selection);
            var inner = spread ? fragments.GetValueOrDefault(selection.Name()) : selection;
            var condition = inner?.Text("TypeCondition") ?? "";
            if (inner is not null && (!spread || seen.Add(selection.Name()))
                && (condition.Length == 0 ? parent : schema.Type(condition)) is { } on && !Collect(inner, on, fields, seen, depth + 1))
            {
                return false;
            }
        }

        return true;
    }

    private sealed record Entry(RegoObject Field, GraphQlType Parent, RegoObject Type);
}
