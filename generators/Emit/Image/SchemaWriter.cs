using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Actions;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit.Image;

/// <summary>Writes a schema as instructions (<see cref="SchemaOp"/>); only sub-schemas that are reached are written.</summary>
internal sealed partial class SchemaWriter
{
    private const int Unplaced = -1;
    private const int InProgress = -2;

    private readonly ImageWriter _image;
    private readonly SchemaDocument _document;
    private readonly int[] _places;
    private readonly bool[] _takesAll;
    private readonly List<(int At, CodeBuffer.Gap Gap)> _open = [];

    public SchemaWriter(ImageWriter image, SchemaDocument document)
    {
        _image = image;
        _document = document;
        _places = [.. Enumerable.Repeat(Unplaced, document.Nodes.Count)];
        _takesAll = new bool[document.Nodes.Count];
    }

    /// <summary>The offset of the whole schema.</summary>
    public int Write()
    {
        var root = Place(0);
        foreach (var (at, gap) in _open)
        {
            _image.Fill(at + gap.At, _places[gap.Target] + gap.Add);
        }

        return root;
    }

    /// <summary>The offset of a sub-schema; negative while it is being written.</summary>
    private int Place(int index)
    {
        if (_places[index] != Unplaced)
        {
            return _places[index];
        }

        _places[index] = InProgress;
        var code = new CodeBuffer();
        Node(code, _document.Nodes[index]);
        _takesAll[index] = code.Length == 0;
        code.Byte(SchemaOp.End);
        var at = _image.Place(code);
        _open.AddRange(code.Gaps.Select(gap => (at, gap)));
        return _places[index] = at;
    }

    private void Reference(CodeBuffer code, int index, int add = 0)
    {
        var at = Place(index);
        if (at == InProgress)
        {
            code.Leave(index, add);
        }
        else
        {
            code.Number(at + add);
        }
    }

    // A schema that takes every value needs no check.
    private void Optional(CodeBuffer code, int index)
    {
        if (index < 0 || TakesAll(index))
        {
            code.Number(0);
        }
        else
        {
            Reference(code, index, add: 1);
        }
    }

    private bool TakesAll(int index)
    {
        Place(index);
        return _takesAll[index];
    }

    private void Node(CodeBuffer code, SchemaModel model)
    {
        if (model.Always == false)
        {
            code.Byte(SchemaOp.Never);
        }

        if (model.Types != JsonTypes.Any)
        {
            code.Byte(SchemaOp.Type);
            code.Byte((int)model.Types);
        }

        if (model.Const is { } constant)
        {
            code.Byte(SchemaOp.Const);
            Literal(code, constant);
        }

        if (model.Enum is { } values)
        {
            code.Byte(SchemaOp.Enum);
            code.Number(values.Count);
            foreach (var value in values)
            {
                Literal(code, value);
            }
        }

        Group(code, SchemaOp.Text, group => Text(group, model));
        Group(code, SchemaOp.Numeric, group => Numeric(group, model));
        Group(code, SchemaOp.Array, group => Items(group, model));
        if (HasMembers(model))
        {
            var group = new CodeBuffer();
            Members(group, model);
            code.Byte(SchemaOp.Object);
            code.Block(group);
        }

        InPlace(code, model);
    }

    private static void Group(CodeBuffer code, byte op, Action<CodeBuffer> write)
    {
        var group = new CodeBuffer();
        write(group);
        if (group.Length > 0)
        {
            group.Byte(SchemaOp.End);
            code.Byte(op);
            code.Block(group);
        }
    }

    private void Literal(CodeBuffer code, JsonLiteral literal)
    {
        code.Byte(literal.Type switch
        {
            JsonTypes.Null => 'n',
            JsonTypes.Boolean => literal.Text == "true" ? 't' : 'f',
            JsonTypes.String => 's',
            JsonTypes.Number or JsonTypes.Integer => 'd',
            _ => 'j',
        });
        if (literal.Type is not (JsonTypes.Null or JsonTypes.Boolean))
        {
            code.Number(_image.Text(literal.Text));
        }
    }

    private void Text(CodeBuffer code, SchemaModel model)
    {
        Count(code, SchemaOp.MinLength, model.MinLength, least: 1);
        Count(code, SchemaOp.MaxLength, model.MaxLength, least: 0);
        if (model.Pattern is { } pattern)
        {
            code.Byte(SchemaOp.Pattern);
            code.Number(_image.Pattern(pattern));
            code.Number(_image.Text(pattern.Source));
        }

        if (model.Format != default)
        {
            code.Byte(SchemaOp.Format);
            code.Byte((int)model.Format);
        }
    }

    private void Numeric(CodeBuffer code, SchemaModel model)
    {
        Bound(SchemaOp.Minimum, model.Minimum);
        Bound(SchemaOp.Maximum, model.Maximum);
        Bound(SchemaOp.ExclusiveMinimum, model.ExclusiveMinimum);
        Bound(SchemaOp.ExclusiveMaximum, model.ExclusiveMaximum);
        Bound(SchemaOp.MultipleOf, model.MultipleOf);

        void Bound(byte op, string? bound)
        {
            if (bound is not null)
            {
                code.Byte(op);
                code.Number(_image.Text(bound));
            }
        }
    }

    private void Items(CodeBuffer code, SchemaModel model)
    {
        Count(code, SchemaOp.MinItems, model.MinItems, least: 1);
        Count(code, SchemaOp.MaxItems, model.MaxItems, least: 0);
        if (model.UniqueItems)
        {
            code.Byte(SchemaOp.UniqueItems);
        }

        var prefix = model.PrefixItems.Schemas;
        if (prefix.Count > 0)
        {
            code.Byte(SchemaOp.Prefix);
            code.Number(prefix.Count);
            foreach (var schema in prefix)
            {
                Reference(code, schema);
            }
        }

        if (model.Items >= 0 && !TakesAll(model.Items))
        {
            code.Byte(SchemaOp.Items);
            Reference(code, model.Items);
        }

        var least = model.MinContains < 0 ? 1 : model.MinContains;
        if (model.Contains >= 0 && (least > 0 || model.MaxContains >= 0))
        {
            code.Byte(SchemaOp.Contains);
            Reference(code, model.Contains);
            code.Number(least);
            code.Number(model.MaxContains + 1);
        }
    }

    private void InPlace(CodeBuffer code, SchemaModel model)
    {
        foreach (var schema in model.AllOf.Schemas.Prepend(model.Reference).Where(schema => schema >= 0 && !TakesAll(schema)))
        {
            code.Byte(SchemaOp.Also);
            Reference(code, schema);
        }

        if (!model.AnyOf.Schemas.Any(TakesAll))
        {
            Alternatives(code, SchemaOp.AnyOf, model.AnyOf);
        }

        Alternatives(code, SchemaOp.OneOf, model.OneOf);
        if (model.Not >= 0)
        {
            code.Byte(SchemaOp.Not);
            Reference(code, model.Not);
        }

        if (model.If >= 0 && (model.Then >= 0 || model.Else >= 0))
        {
            code.Byte(SchemaOp.If);
            Reference(code, model.If);
            Optional(code, model.Then);
            Optional(code, model.Else);
        }
    }

    private void Alternatives(CodeBuffer code, byte op, SchemaGroup group)
    {
        if (group.Schemas.Count == 0)
        {
            return;
        }

        code.Byte(op);
        code.Number(group.Schemas.Count);
        foreach (var schema in group.Schemas)
        {
            Reference(code, schema);
        }
    }

    private static void Count(CodeBuffer code, byte op, long count, long least)
    {
        if (count >= least)
        {
            code.Byte(op);
            code.Number(count);
        }
    }
}
