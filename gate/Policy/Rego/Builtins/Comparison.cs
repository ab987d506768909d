namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Comparison and types. Values of any types can be compared.</summary>
internal static class Comparison
{
    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["equal"] = static (a, _) => RegoBoolean.Of(a[0].Equals(a[1]));
        table["neq"] = static (a, _) => RegoBoolean.Of(!a[0].Equals(a[1]));
        table["lt"] = static (a, _) => RegoBoolean.Of(RegoOrder.Compare(a[0], a[1]) < 0);
        table["lte"] = static (a, _) => RegoBoolean.Of(RegoOrder.Compare(a[0], a[1]) <= 0);
        table["gt"] = static (a, _) => RegoBoolean.Of(RegoOrder.Compare(a[0], a[1]) > 0);
        table["gte"] = static (a, _) => RegoBoolean.Of(RegoOrder.Compare(a[0], a[1]) >= 0);

        table["is_null"] = static (a, _) => RegoBoolean.Of(a[0] is RegoNull);
        table["is_boolean"] = static (a, _) => RegoBoolean.Of(a[0] is RegoBoolean);
        table["is_number"] = static (a, _) => RegoBoolean.Of(a[0] is RegoNumber);
        table["is_string"] = static (a, _) => RegoBoolean.Of(a[0] is RegoString);
        table["is_array"] = static (a, _) => RegoBoolean.Of(a[0] is RegoArray);
        table["is_object"] = static (a, _) => RegoBoolean.Of(a[0] is RegoObject);
        table["is_set"] = static (a, _) => RegoBoolean.Of(a[0] is RegoSet);
        table["type_name"] = static (a, _) => new RegoString(TypeName(a[0].Kind));
    }

    private static string TypeName(RegoKind kind) => kind switch
    {
        RegoKind.Null => "null",
        RegoKind.Boolean => "boolean",
        RegoKind.Number => "number",
        RegoKind.String => "string",
        RegoKind.Array => "array",
        RegoKind.Object => "object",
        _ => "set",
    };
}
