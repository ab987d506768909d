namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Type system validation (GraphQL, October 2021, §3.3–§3.13).</summary>
internal sealed class GraphQlSchemaRules(GraphQlSchema schema, Evaluation evaluation)
{
    private readonly GraphQlDirectiveRules _directives = new(schema, evaluation);

    /// <summary>Whether all hold.</summary>
    internal bool Hold(RegoObject document)
    {
        foreach (var list in (ReadOnlySpan<string>)["Schema", "SchemaExtension"])
        {
            foreach (var item in document.List(list))
            {
                if (!_directives.Hold(((RegoObject)item).List("Directives"), "SCHEMA"))
                {
                    return false;
                }
            }
        }

        foreach (var item in document.List("Directives"))
        {
            var directive = (RegoObject)item;
            if (!IsName(directive.Name()) || !Arguments(directive) || RefersToItself(directive))
            {
                return false;
            }
        }

        foreach (var type in schema.Types)
        {
            if (!type.BuiltIn && !Holds(type))
            {
                return false;
            }
        }

        return true;
    }

    // Two underscores are for introspection (§2.1.9).
    private static bool IsName(string name) => name.Length > 0 && !name.StartsWith("__", StringComparison.Ordinal);

    private static bool AreUnique(List<RegoObject> nodes)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        return nodes.TrueForAll(node => IsName(node.Name()) && names.Add(node.Name()));
    }

    private bool Holds(GraphQlType type)
    {
        if (!IsName(type.Name) || !evaluation.ChargeSteps(4 + type.Fields.Count + type.EnumValues.Count)
            || !_directives.Hold(new RegoArray([.. type.Directives]).Items, type.Kind) || !AreUnique(type.Fields) || !AreUnique(type.EnumValues))
        {
            return false;
        }

        switch (type.Kind)
        {
            case "OBJECT" or "INTERFACE":
                return type.Fields.Count > 0 && type.Fields.TrueForAll(OutputField) && Implements(type);
            case "INPUT_OBJECT":
                return type.Fields.Count > 0 && type.Fields.TrueForAll(field => Input(field, "INPUT_FIELD_DEFINITION"));
            case "ENUM":
                return type.EnumValues.Count > 0 && type.EnumValues.TrueForAll(value =>
                    value.Name() is not ("true" or "false" or "null") && _directives.Hold(value.List("Directives"), "ENUM_VALUE"));
            case "UNION":
                return new HashSet<string>(type.Members, StringComparer.Ordinal).Count == type.Members.Count
                    && type.Members.TrueForAll(member => schema.Type(member)?.Kind == "OBJECT");
            default:
                return type.Kind == "SCALAR";
        }
    }

    private bool OutputField(RegoObject field) =>
        schema.Type(field.Node("Type").BaseType()) is { Kind: not "INPUT_OBJECT" } && Arguments(field) && _directives.Hold(field.List("Directives"), "FIELD_DEFINITION");

    private bool Arguments(RegoObject holder)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in holder.List("Arguments"))
        {
            var argument = (RegoObject)item;
            if (!IsName(argument.Name()) || !names.Add(argument.Name()) || !Input(argument, "ARGUMENT_DEFINITION"))
            {
                return false;
            }
        }

        return true;
    }

    private bool Input(RegoObject input, string location) =>
        schema.Type(input.Node("Type").BaseType()) is { IsInput: true } && _directives.Hold(input.List("Directives"), location);

    private static bool RefersToItself(RegoObject directive)
    {
        foreach (var argument in directive.List("Arguments"))
        {
            if (((RegoObject)argument).List("Directives").Named(directive.Name()) is not null)
            {
                return true;
            }
        }

        return false;
    }

    // §3.6.1 IsValidImplementation, and the interfaces of the interface.
    private bool Implements(GraphQlType type)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in type.Interfaces)
        {
            if (!evaluation.ChargeSteps(1 + (long)type.Interfaces.Count * (schema.Type(name)?.Interfaces.Count ?? 0) / 4) || name == type.Name || !seen.Add(name) || schema.Type(name) is not { Kind: "INTERFACE" } face || !face.Interfaces.TrueForAll(type.Interfaces.Contains))
            {
                return false;
            }

            foreach (var wanted in face.Fields)
            {
                if (!evaluation.ChargeSteps(4 + face.Interfaces.Count) || type.Field(wanted.Name()) is not { } field || !Satisfies(field, wanted))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private bool Satisfies(RegoObject field, RegoObject wanted)
    {
        if (!evaluation.ChargeSteps((long)field.List("Arguments").Length * wanted.List("Arguments").Length / 4))
        {
            return false;
        }

        foreach (var item in wanted.List("Arguments"))
        {
            var argument = (RegoObject)item;
            if (field.List("Arguments").Named(argument.Name()) is not { } same
                || GraphQlTree.TypeText(same.Node("Type")) != GraphQlTree.TypeText(argument.Node("Type")))
            {
                return false;
            }
        }

        foreach (var item in field.List("Arguments"))
        {
            var argument = (RegoObject)item;
            if (wanted.List("Arguments").Named(argument.Name()) is null && argument.Node("Type")?.Flag("NonNull") == true && argument.Get("DefaultValue") is null)
            {
                return false;
            }
        }

        return IsSubtype(field.Node("Type"), wanted.Node("Type"));
    }

    private bool IsSubtype(RegoObject? type, RegoObject? of)
    {
        while (type is not null && of is not null)
        {
            if (of.Flag("NonNull") && !type.Flag("NonNull"))
            {
                return false;
            }

            var (element, ofElement) = (type.Node("Elem"), of.Node("Elem"));
            if (element is null && ofElement is null)
            {
                return type.BaseType() == of.BaseType()
                    || (schema.Type(of.BaseType()) is { Kind: "INTERFACE" or "UNION" } super
                        && (super.Members.Contains(type.BaseType()) || schema.Type(type.BaseType())?.Interfaces.Contains(super.Name) == true));
            }

            (type, of) = (element, ofElement);
        }

        return false;
    }
}
