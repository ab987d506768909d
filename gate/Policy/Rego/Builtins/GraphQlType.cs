namespace LatchGate.Policy.Rego.Builtins;

/// <summary>A type of a schema, with its extensions merged in.</summary>
internal sealed class GraphQlType(string name, string kind, bool builtIn)
{
    private readonly Dictionary<string, RegoObject> _fields = new(StringComparer.Ordinal);

    internal string Name { get; } = name;

    /// <summary><c>SCALAR</c>, <c>OBJECT</c>, <c>INTERFACE</c>, <c>UNION</c>, <c>ENUM</c> or <c>INPUT_OBJECT</c>.</summary>
    internal string Kind { get; } = kind;

    internal bool BuiltIn { get; } = builtIn;

    internal List<RegoObject> Fields { get; } = [];

    internal List<RegoObject> EnumValues { get; } = [];

    internal List<RegoObject> Directives { get; } = [];

    /// <summary>The interfaces of an object or an interface.</summary>
    internal List<string> Interfaces { get; } = [];

    /// <summary>The members of a union.</summary>
    internal List<string> Members { get; } = [];

    /// <summary>The objects that a value of this type may be.</summary>
    internal HashSet<string> Possible { get; } = new(StringComparer.Ordinal);

    internal bool IsComposite => Kind is "OBJECT" or "INTERFACE" or "UNION";

    internal bool IsInput => Kind is "SCALAR" or "ENUM" or "INPUT_OBJECT";

    internal RegoObject? Field(string name) => _fields.GetValueOrDefault(name);

    internal bool HasValue(string name) => EnumValues.Exists(value => value.Name() == name);

    /// <summary>Adds what a definition or an extension says.</summary>
    internal void Merge(RegoObject definition)
    {
        foreach (var item in definition.List("Fields"))
        {
            Add((RegoObject)item);
        }

        foreach (var item in definition.List("EnumValues"))
        {
            EnumValues.Add((RegoObject)item);
        }

        foreach (var item in definition.List("Directives"))
        {
            Directives.Add((RegoObject)item);
        }

        foreach (var item in definition.List("Interfaces"))
        {
            Interfaces.Add(((RegoString)item).Value);
        }

        foreach (var item in definition.List("Types"))
        {
            Members.Add(((RegoString)item).Value);
        }
    }

    internal void Add(RegoObject field)
    {
        Fields.Add(field);
        _fields.TryAdd(field.Name(), field);
    }
}
