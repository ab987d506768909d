using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>The request's properties that placeholders stand for, and what each position asks of them.</summary>
internal sealed class TemplateVariables(MapNode? requestNode, SchemaDocument? request, DiagnosticBag diagnostics)
{
    /// <summary>What text can carry.</summary>
    public const JsonTypes Plain = JsonTypes.String | JsonTypes.Integer | JsonTypes.Number;

    /// <summary>Everything.</summary>
    public const JsonTypes Every = Plain | JsonTypes.Null | JsonTypes.Boolean | JsonTypes.Array | JsonTypes.Object;

    private const int MaxReferences = 32;

    private readonly List<VariableModel> _variables = [];

    /// <summary>The properties used so far.</summary>
    public ImmutableEquatableArray<VariableModel> ToEquatableArray() => _variables.ToEquatableArray();

    /// <summary>Whether the property may lack a value.</summary>
    public bool MayBeAbsent(int variable) => _variables[variable].MayBeAbsent;

    /// <summary>The types of the property.</summary>
    public JsonTypes Types(int variable) => _variables[variable].Types;

    /// <summary>The index of a placeholder's property; null after a diagnostic.</summary>
    public int? Use(TemplateToken token, string position, JsonTypes allowed, bool needsValue)
    {
        if (request is null)
        {
            return null;
        }

        var root = request.Nodes[0];
        if (root.Properties.FirstOrDefault(property => property.Name == token.Text) is not { } declared)
        {
            var known = root.Properties.Select(static property => property.Name).ToList();
            diagnostics.Add(Descriptors.UndeclaredPlaceholder, token.Location, token.Text, known.Count == 0 ? "Declare it" : Nearest.Hint(token.Text, known));
            return null;
        }

        var index = _variables.FindIndex(variable => variable.Name == token.Text);
        if (index < 0)
        {
            index = _variables.Count;
            _variables.Add(Variable(declared, root));
        }

        var types = _variables[index].Types;
        if ((types == JsonTypes.Any ? Every : types) is var actual && (actual & ~allowed) != 0)
        {
            diagnostics.Add(Descriptors.PlaceholderType, token.Location, token.Text, position, Names(allowed));
            return null;
        }

        if (needsValue && _variables[index].MayBeAbsent)
        {
            diagnostics.Add(Descriptors.OptionalPlaceholder, token.Location, token.Text, position);
            return null;
        }

        return index;
    }

    /// <summary>Reports the declared properties that no placeholder stands for.</summary>
    public void ReportUnused()
    {
        if ((requestNode?.Find("properties") as MapNode)?.Entries is not { } entries)
        {
            return;
        }

        foreach (var entry in entries.Where(entry => _variables.TrueForAll(variable => variable.Name != entry.Key)))
        {
            diagnostics.Add(Descriptors.UnusedProperty, entry.KeyLocation, entry.Key);
        }
    }

    private VariableModel Variable(PropertyModel declared, SchemaModel root)
    {
        var types = TypesOf(request!.Nodes[declared.Schema], MaxReferences);
        var fallback = request.Nodes[declared.Schema].Default;
        return new VariableModel(declared.Name, fallback is null && !root.Required.Contains(declared.Name), types, fallback);
    }

    private JsonTypes TypesOf(SchemaModel model, int depth)
    {
        if (model.Types != JsonTypes.Any || depth == 0)
        {
            return model.Types;
        }

        if (model.Const is { } constant)
        {
            return constant.Type;
        }

        if (model.Enum is { } values)
        {
            return values.Aggregate(JsonTypes.Any, static (types, value) => types | value.Type);
        }

        return model.Reference >= 0 ? TypesOf(request!.Nodes[model.Reference], depth - 1) : JsonTypes.Any;
    }

    private static string Names(JsonTypes types) => types == Plain ? "a string, an integer or a number"
        : types == (JsonTypes.Array | JsonTypes.Object) ? "an array or an object"
        : types == JsonTypes.String ? "a string"
        : "a string, a number or a boolean";
}
