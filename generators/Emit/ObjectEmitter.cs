using System;
using System.Linq;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit;

/// <summary>Writes what a schema says of objects: one pass over the members, in the order in which they come.</summary>
internal sealed class ObjectEmitter(CodeWriter code, SchemaDocument document, string prefix, Func<DfaModel, string> pattern)
{
    public void Emit(SchemaModel model)
    {
        var required = model.Required;
        var names = model.Properties.Select(static p => p.Name).Union(required).ToArray();
        var counts = model.MinProperties > 0 || model.MaxProperties >= 0;
        if (counts)
        {
            code.Line("var count = 0;");
        }

        for (var i = 0; i < required.Count; i++)
        {
            code.Line($"var has{i} = false;");
        }

        code.Open("foreach (var member in value.EnumerateObject())");
        if (counts)
        {
            code.Line("count++;");
        }

        Members(model, names);
        code.Close();
        code.Line();
        for (var i = 0; i < required.Count; i++)
        {
            Check($"!has{i}", $"must have the member '{required[i]}'");
        }

        if (model.MinProperties > 0)
        {
            Check($"count < {CodeWriter.Number(model.MinProperties)}", $"must have at least {CodeWriter.Number(model.MinProperties)} member(s)");
        }

        if (model.MaxProperties >= 0)
        {
            Check($"count > {CodeWriter.Number(model.MaxProperties)}", $"must have at most {CodeWriter.Number(model.MaxProperties)} member(s)");
        }
    }

    private void Members(SchemaModel model, string[] names)
    {
        var closes = model.AdditionalProperties >= 0 && document.Nodes[model.AdditionalProperties] is not { Always: true };
        var known = closes ? "known" : null;
        if (closes)
        {
            code.Line("var known = false;");
        }

        for (var i = 0; i < names.Length; i++)
        {
            code.Open($"{(i == 0 ? "" : "else ")}if (member.NameEquals({CodeWriter.Utf8(names[i])}))");
            var property = model.Properties.FirstOrDefault(p => p.Name == names[i]);
            if (known is not null && property is not null)
            {
                code.Line("known = true;");
            }

            var required = model.Required.ToList().IndexOf(names[i]);
            if (required >= 0)
            {
                code.Line($"has{required} = true;");
            }

            if (property is not null)
            {
                Descend(property.Schema);
            }

            code.Close();
        }

        foreach (var pair in model.PatternProperties)
        {
            code.Open($"if ({pattern(pair.Pattern)}.Matches(member.Name))");
            if (known is not null)
            {
                code.Line("known = true;");
            }

            Descend(pair.Schema);
            code.Close();
        }

        if (!closes)
        {
            return;
        }

        code.Open("if (!known)");
        if (document.Nodes[model.AdditionalProperties].Always == false)
        {
            code.Line("errors.AddUnknown(member);");
        }
        else
        {
            Descend(model.AdditionalProperties);
        }

        code.Close();
    }

    private void Descend(int schema)
    {
        if (document.Nodes[schema].Always != true)
        {
            code.Line("errors.Enter(member);");
            code.Line($"{prefix}{schema}(member.Value, ref errors);");
            code.Line("errors.Leave();");
        }
    }

    private void Check(string fails, string message)
    {
        code.Open($"if ({fails})");
        code.Line($"errors.Add({CodeWriter.Text(message)});");
        code.Close();
        code.Line();
    }
}
