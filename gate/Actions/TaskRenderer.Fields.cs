using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>The pairs of a query, and those of a form.</summary>
internal readonly ref partial struct TaskRenderer
{
    private TemplateRefusal? Fields(ProgramReader fields, ref TaskText text, bool isQuery)
    {
        var all = fields;

        // A query begins with '?'; a form with nothing.
        var pairs = new Pairs(isQuery ? (byte)'?' : (byte)0);
        while (!fields.AtEnd)
        {
            TemplateRefusal? refusal = null;
            switch ((FieldOp)fields.Byte())
            {
                case FieldOp.Constant:
                    pairs.Begin(ref text);
                    text.Literal(fields.Bytes());
                    break;
                case FieldOp.Text:
                    var name = fields.Bytes();
                    var parts = fields.Block();
                    if (Has(parts))
                    {
                        pairs.Begin(ref text, name);
                        refusal = Parts(parts, ref text);
                    }

                    break;
                case FieldOp.Repeat:
                    refusal = Repeat(fields.Bytes(), fields.Number(), ref pairs, ref text);
                    break;
                case FieldOp.Deep:
                    refusal = Deep(fields.Bytes(), fields.Number(), ref pairs, ref text);
                    break;
                default:
                    refusal = SpreadPairs(fields.Number(), all, ref pairs, ref text);
                    break;
            }

            if (refusal is not null)
            {
                return refusal;
            }
        }

        return null;
    }

    private TemplateRefusal? Repeat(ReadOnlySpan<byte> name, int variable, ref Pairs pairs, ref TaskText text) =>
        _input.Value(variable) is { ValueKind: JsonValueKind.Array } array
            && pairs.Repeat(ref text, name, array) is not TemplateFault.None and var fault
            ? new TemplateRefusal(fault, _input.Pointer(variable))
            : null;

    private TemplateRefusal? Deep(ReadOnlySpan<byte> name, int variable, ref Pairs pairs, ref TaskText text)
    {
        if (_input.Value(variable) is not { ValueKind: not JsonValueKind.Undefined } value)
        {
            return null;
        }

        pairs.Deep(ref text, Encoding.UTF8.GetString(name), value);
        return null;
    }

    private TemplateRefusal? SpreadPairs(int variable, ProgramReader fields, ref Pairs pairs, ref TaskText text)
    {
        if (_input.Value(variable) is not { ValueKind: JsonValueKind.Object } value)
        {
            return null;
        }

        foreach (var property in value.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            var name = Encoding.UTF8.GetBytes(Uri.EscapeDataString(property.Name));
            var fault = IsTaken(fields, name) ? TemplateFault.NameTaken
                : property.Value.ValueKind == JsonValueKind.Array ? pairs.Repeat(ref text, name, property.Value)
                : pairs.Add(ref text, name, property.Value);
            if (fault != TemplateFault.None)
            {
                return Refused(fault, variable, property.Name);
            }
        }

        return null;
    }

    // Names are compared as they are written, percent-encoded; a deep name takes all that begin with it and a bracket.
    private static bool IsTaken(ProgramReader fields, ReadOnlySpan<byte> name)
    {
        while (!fields.AtEnd)
        {
            var op = (FieldOp)fields.Byte();
            if (op == FieldOp.Spread)
            {
                fields.Number();
                continue;
            }

            var own = fields.Bytes();
            if (op == FieldOp.Constant)
            {
                own = own.IndexOf((byte)'=') is >= 0 and var end ? own[..end] : own;
            }
            else if (op == FieldOp.Text)
            {
                fields.Bytes();
            }
            else
            {
                fields.Number();
            }

            if (name.SequenceEqual(own) || (op == FieldOp.Deep && name.StartsWith(own) && name[own.Length..].StartsWith("%5B"u8)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes <c>name=value</c> with the separators between.</summary>
    private struct Pairs(byte first)
    {
        private byte _separator = first;

        public void Begin(ref TaskText text)
        {
            if (_separator != 0)
            {
                text.Literal([_separator]);
            }

            _separator = (byte)'&';
        }

        public void Begin(ref TaskText text, ReadOnlySpan<byte> name)
        {
            Begin(ref text);
            text.Literal(name);
            text.Literal("="u8);
        }

        public TemplateFault Add(ref TaskText text, ReadOnlySpan<byte> name, JsonElement value)
        {
            if (!TaskText.IsScalar(value))
            {
                return TemplateFault.InvalidItem;
            }

            Begin(ref text, name);
            return text.Value(TextMode.Percent, value);
        }

        public TemplateFault Repeat(ref TaskText text, ReadOnlySpan<byte> name, JsonElement array)
        {
            foreach (var item in array.EnumerateArray())
            {
                if (Add(ref text, name, item) is not TemplateFault.None and var fault)
                {
                    return fault;
                }
            }

            return TemplateFault.None;
        }

        // name[key]=…, as deep as the value goes; null is left out.
        public void Deep(ref TaskText text, string path, JsonElement value)
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    foreach (var property in value.EnumerateObject())
                    {
                        Deep(ref text, $"{path}%5B{Uri.EscapeDataString(property.Name)}%5D", property.Value);
                    }

                    break;
                case JsonValueKind.Array:
                    var index = 0;
                    foreach (var item in value.EnumerateArray())
                    {
                        Deep(ref text, string.Create(CultureInfo.InvariantCulture, $"{path}%5B{index++}%5D"), item);
                    }

                    break;
                case JsonValueKind.Null:
                    break;
                default:
                    Add(ref text, Encoding.UTF8.GetBytes(path), value);
                    break;
            }
        }
    }
}
