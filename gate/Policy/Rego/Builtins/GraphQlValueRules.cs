using System.Globalization;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>A variable that a definition uses, and the type that is wanted there; null inside a custom scalar, which takes anything.</summary>
internal sealed record GraphQlUsage(string Variable, RegoObject? Type, bool HasDefault);

/// <summary>Values of the right type (GraphQL, October 2021, §5.6, with the input coercion of §3.5–§3.12).</summary>
internal sealed class GraphQlValueRules(GraphQlSchema schema, Evaluation evaluation)
{
    private const int Variable = 0;
    private const int Int = 1;
    private const int Float = 2;
    private const int Text = 3;
    private const int Block = 4;
    private const int Boolean = 5;
    private const int Null = 6;
    private const int Enum = 7;
    private const int List = 8;
    private const int Object = 9;

    internal List<GraphQlUsage>? Usages { get; set; }

    internal bool IsValue(RegoObject? value, RegoObject? type, bool hasDefault)
    {
        if (value is null || type is null || !evaluation.ChargeSteps(2))
        {
            return false;
        }

        switch (value.Kind())
        {
            case Variable:
                Usages?.Add(new GraphQlUsage(value.Text("Raw"), type, hasDefault));
                return Usages is not null;
            case Null:
                return !type.Flag("NonNull");
        }

        if (type.Node("Elem") is { } element)
        {
            return value.Kind() == List ? All(value, child => IsValue(child.Node("Value"), element, hasDefault: false)) : IsValue(value, element, hasDefault: false);
        }

        return schema.Type(type.BaseType()) is { } named && named.Kind switch
        {
            "SCALAR" => IsScalar(value, named.Name),
            "ENUM" => value.Kind() == Enum && evaluation.ChargeSteps(named.EnumValues.Count / 4) && named.HasValue(value.Text("Raw")),
            "INPUT_OBJECT" => value.Kind() == Object && IsObject(value, named),
            _ => false,
        };
    }

    private bool IsScalar(RegoObject value, string name)
    {
        var (kind, raw) = (value.Kind(), value.Text("Raw"));
        return name switch
        {
            // §3.5.1: 32 bits.
            "Int" => kind == Int && int.TryParse(raw, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            "Float" => kind is Int or Float,
            "String" => kind is Text or Block,
            "Boolean" => kind == Boolean,
            "ID" => kind is Int or Text or Block,
            _ => Use(value),
        };
    }

    // A custom scalar takes any value; the variables in it are used all the same.
    private bool Use(RegoObject value)
    {
        if (value.Kind() == Variable)
        {
            Usages?.Add(new GraphQlUsage(value.Text("Raw"), null, HasDefault: false));
            return Usages is not null;
        }

        return evaluation.ChargeSteps(1) && All(value, child => child.Node("Value") is { } inner && Use(inner));
    }

    private bool IsObject(RegoObject value, GraphQlType type)
    {
        var given = new HashSet<string>(StringComparer.Ordinal);
        return All(value, child => given.Add(child.Name()) && type.Field(child.Name()) is { } field
                && IsValue(child.Node("Value"), field.Node("Type"), field.Get("DefaultValue") is not null))
            && evaluation.ChargeSteps(type.Fields.Count)
            && type.Fields.TrueForAll(field => field.Node("Type")?.Flag("NonNull") != true || field.Get("DefaultValue") is not null || given.Contains(field.Name()));
    }

    private static bool All(RegoObject value, Predicate<RegoObject> test)
    {
        foreach (var child in value.List("Children"))
        {
            if (!test((RegoObject)child))
            {
                return false;
            }
        }

        return true;
    }
}
