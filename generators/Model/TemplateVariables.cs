using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>The request's properties that placeholders stand for, and what each place asks of them.</summary>
internal sealed class TemplateVariables(MapNode? requestNode, SchemaDocument? request, DiagnosticBag diagnostics)
{
    private const JsonTypes Every = (JsonTypes)127;

    private const int MaxReferences = 32;

    private readonly List<VariableModel> _variables = [];

    /// <summary>Whether the property may lack a value.</summary>
    public bool MayBeAbsent(int variable) => _variables[variable].MayBeAbsent;

    /// <summary>The code that names the variables.</summary>
    public ProgramWriter Code()
    {
        var code = new ProgramWriter();
        foreach (var variable in _variables)
        {
            var record = new ProgramWriter();
            record.Number(variable.Path.Count);
            foreach (var name in variable.Path)
            {
                record.Bytes(name);
            }

            if (variable.Default is { } literal)
            {
                record.Bytes(literal.Type == JsonTypes.String ? CanonicalJson.Quote(literal.Text) : literal.Text);
            }

            code.Block(record);
        }

        return code;
    }

    /// <summary>The index of a placeholder's property and its mode in a place; null after a diagnostic.</summary>
    public (int Variable, PlaceMode Mode)? Use(TemplateToken token, TemplatePlace place)
    {
        if (token.IsSecret)
        {
            diagnostics.Add(Descriptors.SecretPlaceholder, token.Location, token.Mode, $"stands in {place.Name}; it can stand in the path of url_template alone");
            return null;
        }

        if (place.Find(token.Mode) is not { } mode)
        {
            var known = place.ModeNames;
            diagnostics.Add(Descriptors.PlaceholderMode, token.Location, token.Text, token.Mode, place.Name, known.Count == 0 ? "Write it without" : Nearest.Hint(token.Mode, known));
            return null;
        }

        if (request is null || Find(token) is not { } variable)
        {
            return null;
        }

        var types = _variables[variable].Types;
        if ((types == JsonTypes.Any ? Every : types) is var actual && (actual & ~mode.Types) != 0)
        {
            diagnostics.Add(Descriptors.PlaceholderType, token.Location, token.Text, token.Mode.Length > 0 ? $"{place.Name} as {token.Mode}" : place.Name, Names(mode.Types));
            return null;
        }

        if (place.NeedsValue && _variables[variable].MayBeAbsent)
        {
            diagnostics.Add(Descriptors.OptionalPlaceholder, token.Location, token.Text, place.Name);
            return null;
        }

        return (variable, mode);
    }

    /// <summary>Reports the declared properties that no placeholder stands for.</summary>
    public void ReportUnused()
    {
        if (requestNode is not null)
        {
            ReportUnused(requestNode, "");
        }
    }

    private void ReportUnused(MapNode schema, string prefix)
    {
        foreach (var entry in (schema.Find("properties") as MapNode)?.Entries ?? [])
        {
            var path = prefix + entry.Key;
            if (_variables.Exists(variable => Dotted(variable) == path))
            {
                continue;
            }

            if (!_variables.Exists(variable => Dotted(variable).StartsWith(path + ".", StringComparison.Ordinal)))
            {
                diagnostics.Add(Descriptors.UnusedProperty, entry.KeyLocation, path);
            }
            else if (entry.Value is MapNode inner)
            {
                ReportUnused(inner, path + ".");
            }
        }
    }

    private static string Dotted(VariableModel variable) => string.Join(".", variable.Path);

    private int? Find(TemplateToken token)
    {
        var index = _variables.FindIndex(variable => Dotted(variable) == token.Text);
        if (index >= 0)
        {
            return index;
        }

        var names = token.Text.Split('.');
        var model = request!.Nodes[0];
        var mayBeAbsent = false;
        JsonLiteral? fallback = null;
        for (var i = 0; i < names.Length; i++)
        {
            if (model.Properties.FirstOrDefault(property => property.Name == names[i]) is not { } declared)
            {
                var known = model.Properties.Select(static property => property.Name).ToList();
                var within = i == 0 ? "" : string.Join(".", names.Take(i)) + ".";
                diagnostics.Add(Descriptors.UndeclaredPlaceholder, token.Location, within + names[i], known.Count == 0 ? "Declare it" : Nearest.Hint(names[i], known));
                return null;
            }

            if (i > 0 && !(model.AdditionalProperties >= 0 && request.Nodes[model.AdditionalProperties].Always == false))
            {
                // What the schema does not close, a caller can send and the template would drop.
                diagnostics.Add(Descriptors.OpenObject, token.Location, string.Join(".", names.Take(i)));
                return null;
            }

            var schema = request.Nodes[declared.Schema];
            fallback = mayBeAbsent ? null : schema.Default;
            mayBeAbsent |= fallback is null && !model.Required.Contains(names[i]);
            model = Follow(schema);
        }

        _variables.Add(new VariableModel(names.ToEquatableArray(), mayBeAbsent, TypesOf(model, MaxReferences), fallback));
        return _variables.Count - 1;
    }

    private SchemaModel Follow(SchemaModel model)
    {
        for (var depth = 0; model.Reference >= 0 && model.Types == JsonTypes.Any && depth < MaxReferences; depth++)
        {
            model = request!.Nodes[model.Reference];
        }

        return model;
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

    private static string Names(JsonTypes types)
    {
        var names = new List<string>();
        foreach (var (type, name) in new[]
        {
            (JsonTypes.String, "a string"), (JsonTypes.Integer, "an integer"), (JsonTypes.Number, "a number"), (JsonTypes.Boolean, "a boolean"),
            (JsonTypes.Array, "an array"), (JsonTypes.Object, "an object"), (JsonTypes.Null, "null"),
        })
        {
            if (types.HasFlag(type))
            {
                names.Add(name);
            }
        }

        return names.Count == 1 ? names[0] : $"{string.Join(", ", names.Take(names.Count - 1))} or {names[names.Count - 1]}";
    }
}
