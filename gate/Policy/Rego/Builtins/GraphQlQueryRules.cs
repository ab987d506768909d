namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Validation of an executable document against a schema (GraphQL, October 2021, §5).</summary>
internal sealed class GraphQlQueryRules
{
    private const int NullKind = 6;

    private readonly GraphQlSchema _schema;
    private readonly Evaluation _evaluation;
    private readonly GraphQlDirectiveRules _directives;
    private readonly GraphQlMerging _merging;
    private readonly Dictionary<string, RegoObject> _fragments = new(StringComparer.Ordinal);

    // What each operation or fragment itself uses and spreads.
    private readonly Dictionary<RegoObject, Uses> _uses = new(ReferenceEqualityComparer.Instance);
    private HashSet<string> _spreads = [];

    private GraphQlQueryRules(GraphQlSchema schema, Evaluation evaluation)
    {
        (_schema, _evaluation) = (schema, evaluation);
        _directives = new GraphQlDirectiveRules(schema, evaluation);
        _merging = new GraphQlMerging(schema, _fragments, evaluation);
    }

    /// <summary>Whether the document is valid.</summary>
    internal static bool Hold(RegoObject document, GraphQlSchema schema, Evaluation evaluation) => new GraphQlQueryRules(schema, evaluation).Hold(document);

    private bool Hold(RegoObject document)
    {
        foreach (var item in document.List("Fragments"))
        {
            var fragment = (RegoObject)item;
            if (!_fragments.TryAdd(fragment.Name(), fragment))
            {
                return false;
            }
        }

        foreach (var item in document.List("Fragments"))
        {
            var fragment = (RegoObject)item;
            if (fragment.Get("VariableDefinition") is not null || _schema.Type(fragment.Text("TypeCondition")) is not { IsComposite: true } type
                || !Definition(fragment, type, "FRAGMENT_DEFINITION"))
            {
                return false;
            }
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        var used = new HashSet<string>(StringComparer.Ordinal);
        var operations = document.List("Operations");
        foreach (var item in operations)
        {
            var operation = (RegoObject)item;

            // §5.2.1.1, §5.2.2.1: names are unique, and an operation without one is alone.
            if (!names.Add(operation.Name()) || (operation.Name().Length == 0 && operations.Length > 1) || !Operation(operation, used))
            {
                return false;
            }
        }

        // §5.5.1.4; fragments that spread each other in a circle are found on the way to them (§5.5.2.2).
        return used.Count == _fragments.Count;
    }

    private bool Operation(RegoObject operation, HashSet<string> used)
    {
        var kind = operation.Text("Operation");
        if (_schema.Root(kind) is not { } root || !Variables(operation) || !Definition(operation, root, kind.ToUpperInvariant())
            || (kind == "subscription" && _merging.ResponseNames(operation, root) != 1))
        {
            return false;
        }

        var reached = new HashSet<string>(StringComparer.Ordinal);
        var usages = new HashSet<string>(StringComparer.Ordinal);
        if (!Reach(operation, operation, reached, usages, []))
        {
            return false;
        }

        // §5.8.4: no variable is left unused.
        foreach (var item in operation.List("VariableDefinitions"))
        {
            if (!usages.Contains(((RegoObject)item).Text("Variable")))
            {
                return false;
            }
        }

        used.UnionWith(reached);
        return true;
    }

    private bool Variables(RegoObject operation)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in operation.List("VariableDefinitions"))
        {
            var variable = (RegoObject)item;
            _directives.Usages = null;
            if (!names.Add(variable.Text("Variable")) || _schema.Type(variable.Node("Type").BaseType()) is not { IsInput: true }
                || (variable.Node("DefaultValue") is { } value && !_directives.IsValue(value, variable.Node("Type")))
                || !_directives.Hold(variable.List("Directives"), "VARIABLE_DEFINITION"))
            {
                return false;
            }
        }

        return true;
    }

    private bool Definition(RegoObject definition, GraphQlType type, string location)
    {
        var usages = new List<GraphQlUsage>();
        _directives.Usages = usages;
        _spreads = new HashSet<string>(StringComparer.Ordinal);
        _uses[definition] = new Uses(usages, _spreads);
        return _directives.Hold(definition.List("Directives"), location) && Selections(definition, type);
    }

    // Follows the spreads from an operation, and checks each use of its variables.
    private bool Reach(RegoObject operation, RegoObject from, HashSet<string> reached, HashSet<string> usages, List<string> path)
    {
        var (used, spreads) = _uses[from];
        foreach (var usage in used)
        {
            if (!_evaluation.ChargeSteps(4 + operation.List("VariableDefinitions").Length / 4) || Variable(operation, usage.Variable) is not { } variable || !IsUsable(variable, usage))
            {
                return false;
            }

            usages.Add(usage.Variable);
        }

        foreach (var spread in spreads)
        {
            if (path.Contains(spread) || path.Count > GraphQlParser.MaxDepth)
            {
                return false;
            }

            // A fragment that was seen on another path has no circle through it either.
            if (reached.Add(spread))
            {
                path.Add(spread);
                if (!Reach(operation, _fragments[spread], reached, usages, path))
                {
                    return false;
                }

                path.RemoveAt(path.Count - 1);
            }
        }

        return true;
    }

    private static RegoObject? Variable(RegoObject operation, string name)
    {
        foreach (var item in operation.List("VariableDefinitions"))
        {
            if (((RegoObject)item).Text("Variable") == name)
            {
                return (RegoObject)item;
            }
        }

        return null;
    }

    // §5.8.5 IsVariableUsageAllowed
    private static bool IsUsable(RegoObject variable, GraphQlUsage usage)
    {
        var (type, wanted) = (variable.Node("Type"), usage.Type);
        if (wanted is null)
        {
            return true;
        }

        // A default, of the variable or of the place, stands in for a null type.
        var hasDefault = usage.HasDefault || variable.Node("DefaultValue") is { } value && value.Kind() != NullKind;
        if (wanted.Flag("NonNull") && type?.Flag("NonNull") != true && !hasDefault)
        {
            return false;
        }

        var first = true;
        while (type is not null && wanted is not null)
        {
            if (!first && wanted.Flag("NonNull") && !type.Flag("NonNull"))
            {
                return false;
            }

            first = false;
            var (element, wantedElement) = (type.Node("Elem"), wanted.Node("Elem"));
            if (element is null && wantedElement is null)
            {
                return type.BaseType() == wanted.BaseType();
            }

            (type, wanted) = (element, wantedElement);
        }

        return false;
    }

    private bool Selections(RegoObject holder, GraphQlType type)
    {
        foreach (var item in holder.List("SelectionSet"))
        {
            var selection = (RegoObject)item;
            if (!_evaluation.ChargeSteps(8) || !(GraphQlMerging.IsField(selection) ? Field(selection, type) : GraphQlMerging.IsSpread(selection) ? Spread(selection, type) : Inline(selection, type)))
            {
                return false;
            }
        }

        return _merging.CanMerge(holder, type);
    }

    private bool Field(RegoObject field, GraphQlType parent)
    {
        if (_schema.Field(parent, field.Name()) is not { } definition || _schema.Type(definition.Node("Type").BaseType()) is not { } type
            || !_directives.Arguments(field, definition) || !_directives.Hold(field.List("Directives"), "FIELD"))
        {
            return false;
        }

        // §5.3.3: leaves have no selections, everything else has.
        var selects = !field.List("SelectionSet").IsEmpty;
        return selects == type.IsComposite && (!selects || Selections(field, type));
    }

    private bool Spread(RegoObject spread, GraphQlType parent)
    {
        _spreads.Add(spread.Name());
        return _fragments.TryGetValue(spread.Name(), out var fragment) && _directives.Hold(spread.List("Directives"), "FRAGMENT_SPREAD")
            && _schema.Type(fragment.Text("TypeCondition")) is { IsComposite: true } type && Overlap(parent, type);
    }

    private bool Inline(RegoObject fragment, GraphQlType parent)
    {
        var condition = fragment.Text("TypeCondition");
        var type = condition.Length == 0 ? parent : _schema.Type(condition);
        return type is { IsComposite: true } && Overlap(parent, type) && _directives.Hold(fragment.List("Directives"), "INLINE_FRAGMENT") && Selections(fragment, type);
    }

    // §5.5.2.3
    private bool Overlap(GraphQlType a, GraphQlType b) => _evaluation.ChargeSteps(1 + b.Possible.Count) && (a == b || a.Possible.Overlaps(b.Possible));

    private sealed record Uses(List<GraphQlUsage> Usages, HashSet<string> Spreads);
}
