namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Checks that a tree which a policy passes back has the shape of one that the parsers make, so that the rules may rely on it.</summary>
internal static class GraphQlShape
{
    internal static bool IsQuery(RegoObject tree, Evaluation evaluation) => Check(tree, "Query", 0, evaluation);

    internal static bool IsSchema(RegoObject tree, Evaluation evaluation) => Check(tree, "SchemaDocument", 0, evaluation);

    private static bool Check(RegoValue value, string wanted, int depth, Evaluation evaluation)
    {
        if (depth > 4 * GraphQlParser.MaxDepth || !evaluation.ChargeSteps(4))
        {
            return false;
        }

        switch (wanted)
        {
            case "text":
                return value is RegoString;
            case "flag":
                return value is RegoBoolean;
            case "kind":
                return value is RegoNumber number && number.TryGetInt64(out var kind) && kind is >= 0 and <= 9;
        }

        if (wanted[0] == '[')
        {
            if (value is not RegoArray list)
            {
                return false;
            }

            foreach (var item in list.Items)
            {
                if (!Check(item, wanted[1..], depth + 1, evaluation))
                {
                    return false;
                }
            }

            return true;
        }

        if (value is not RegoObject node)
        {
            return false;
        }

        for (var i = 0; i < node.Count; i++)
        {
            if (node.Keys[i] is not RegoString name || Member(wanted, name.Value) is not { } member || !Check(node.Values[i], member, depth + 1, evaluation))
            {
                return false;
            }
        }

        return true;
    }

    private static string? Member(string node, string name) => (node, name) switch
    {
        ("Value", "Kind") => "kind",
        (_, "Name" or "Description" or "Kind" or "Operation" or "Alias" or "TypeCondition" or "Variable" or "NamedType" or "Raw" or "Location") => "text",
        (_, "NonNull" or "Used" or "BuiltIn" or "IsRepeatable" or "ExpectedTypeHasDefault") => "flag",
        ("Definition", "Interfaces" or "Types") or ("DirectiveDefinition", "Locations") => "[text",
        ("OperationType", "Type") => "text",
        ("Query", "Operations") => "[Operation",
        ("Query", "Fragments") => "[Fragment",
        ("Operation", "VariableDefinitions") => "[Variable",
        ("SchemaDocument", "Schema" or "SchemaExtension") => "[Schema",
        ("SchemaDocument", "Directives") => "[DirectiveDefinition",
        ("SchemaDocument", "Definitions" or "Extensions") => "[Definition",
        ("Schema", "OperationTypes") => "[OperationType",
        ("Definition", "Fields") => "[Field",
        ("Definition", "EnumValues") => "[EnumValue",
        ("Field" or "DirectiveDefinition", "Arguments") => "[Field",
        ("Value", "Children") => "[Child",
        ("Type", "Elem") or (_, "Type") => "Type",
        (_, "DefaultValue" or "Value") => "Value",
        (_, "SelectionSet") => "[Selection",
        (_, "Directives") => "[Directive",
        (_, "Arguments") => "[Argument",
        _ => null,
    };
}
