using System;
using System.Linq;
using LatchGate.Actions;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit.Image;

// What schemas say of objects.
internal sealed partial class SchemaWriter
{
    private void Members(CodeBuffer code, SchemaModel model)
    {
        var names = model.Properties.Select(static property => property.Name).Union(model.Required, StringComparer.Ordinal)
            .OrderBy(static name => name, StringComparer.Ordinal).ToList();
        var counts = model.MinProperties > 0 || model.MaxProperties >= 0;
        var closes = model.AdditionalProperties >= 0 && !TakesAll(model.AdditionalProperties);
        var dependents = model.DependentRequired.Count + model.DependentSchemas.Count > 0;
        var hasNames = model.PropertyNames >= 0 && !TakesAll(model.PropertyNames);
        code.Byte((counts ? SchemaOp.HasCounts : 0) | (closes ? SchemaOp.HasAdditional : 0) | (hasNames ? SchemaOp.HasNames : 0)
            | (model.PatternProperties.Count > 0 ? SchemaOp.HasPatterns : 0) | (dependents ? SchemaOp.HasDependents : 0)
            | (names.Count > 0 ? SchemaOp.HasMembers : 0));
        if (counts)
        {
            code.Number(Math.Max(0, model.MinProperties));
            code.Number(model.MaxProperties + 1);
        }

        if (closes)
        {
            Closing(code, model.AdditionalProperties);
        }

        if (hasNames)
        {
            Reference(code, model.PropertyNames, add: 1);
        }

        if (model.PatternProperties.Count > 0)
        {
            code.Block(Patterns(model.PatternProperties));
        }

        if (dependents)
        {
            code.Block(Dependents(model));
        }

        if (names.Count > 0)
        {
            code.Number(names.Count);
        }

        foreach (var name in names)
        {
            var property = model.Properties.FirstOrDefault(p => p.Name == name);
            code.Byte((model.Required.Contains(name) ? SchemaOp.Required : 0) | (property is null ? 0 : SchemaOp.Declared));
            code.Text(name);
            Optional(code, property?.Schema ?? -1);
        }
    }

    // Zero says that there is no other member.
    private void Closing(CodeBuffer code, int schema)
    {
        if (_document.Nodes[schema].Always == false)
        {
            code.Number(0);
        }
        else
        {
            Reference(code, schema, add: 1);
        }
    }

    private CodeBuffer Patterns(ImmutableEquatableArray<PatternPropertyModel> pairs)
    {
        var code = new CodeBuffer();
        code.Number(pairs.Count);
        foreach (var pair in pairs)
        {
            code.Number(_image.Pattern(pair.Pattern));
            Optional(code, pair.Schema);
        }

        return code;
    }

    private CodeBuffer Dependents(SchemaModel model)
    {
        var code = new CodeBuffer();
        code.Number(model.DependentRequired.Count + model.DependentSchemas.Count);
        foreach (var dependent in model.DependentRequired)
        {
            code.Text(dependent.Name);
            code.Number(dependent.Required.Count);
            foreach (var name in dependent.Required)
            {
                code.Text(name);
            }

            code.Number(0);
        }

        foreach (var dependent in model.DependentSchemas)
        {
            code.Text(dependent.Name);
            code.Number(0);
            Optional(code, dependent.Schema);
        }

        return code;
    }

    private static bool HasMembers(SchemaModel model) =>
        model is not { MinProperties: <= 0, MaxProperties: < 0, AdditionalProperties: < 0, PropertyNames: < 0 }
        || model.Required.Count + model.Properties.Count + model.PatternProperties.Count > 0
        || model.DependentRequired.Count + model.DependentSchemas.Count > 0;
}
