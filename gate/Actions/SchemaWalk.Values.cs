using System.Buffers;
using System.Text.Json;
using LatchGate.Actions.Formats;

namespace LatchGate.Actions;

// What schemas say of strings, numbers and arrays.
internal ref partial struct SchemaWalk
{
    private const int OnStack = 512;

    // Reading this many bytes costs about as much as entering a schema.
    private const int BytesAStep = 32;

    private void Text(int at, scoped JsonItem item, ref SchemaErrors errors)
    {
        var inner = item.Inner;
        var length = -1;
        while (true)
        {
            switch (_schemas[at++])
            {
                case SchemaOp.End:
                    return;
                case SchemaOp.MinLength:
                    var minimum = Number(ref at);
                    length = length < 0 ? Length(inner) : length;
                    if (length < minimum)
                    {
                        errors.Fail("minLength", "must have at least", minimum, "character(s)");
                    }

                    break;
                case SchemaOp.MaxLength:
                    var maximum = Number(ref at);

                    // No code point is shorter than a byte.
                    if (inner.Length > maximum && (length = length < 0 ? Length(inner) : length) > maximum)
                    {
                        errors.Fail("maxLength", "must have at most", maximum, "character(s)");
                    }

                    break;
                case SchemaOp.Pattern:
                    var table = Reference(ref at);
                    var source = TextAt(ref at);
                    if (!Matches(table, inner))
                    {
                        errors.Fail("pattern", "must match the pattern", source);
                    }

                    break;
                default:
                    var format = (TextFormat)_schemas[at++];
                    if (Spend(inner.Length / BytesAStep) && !HasFormat(format, inner))
                    {
                        errors.Fail("format", errors.IsMuted ? "" : "must be of the format " + TextFormats.NameOf(format));
                    }

                    break;
            }
        }
    }

    private int Length(scoped ReadOnlySpan<byte> inner) => Spend(inner.Length / BytesAStep) ? JsonText.CodePoints(inner) : 0;

    private bool Matches(int table, scoped ReadOnlySpan<byte> inner) =>
        Spend(inner.Length / BytesAStep) && new PatternTables(_patterns, table).Matches(inner);

    private static bool HasFormat(TextFormat format, scoped ReadOnlySpan<byte> inner)
    {
        if (!inner.Contains((byte)'\\'))
        {
            return TextFormats.Holds(format, inner);
        }

        byte[]? rented = null;
        Span<byte> buffer = inner.Length <= OnStack ? stackalloc byte[OnStack] : rented = ArrayPool<byte>.Shared.Rent(inner.Length);
        var length = JsonText.Unescape(inner, buffer);
        var holds = TextFormats.Holds(format, buffer[..length]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }

        return holds;
    }

    private readonly void Numeric(int at, scoped JsonItem item, ref SchemaErrors errors)
    {
        var raw = item.Raw;
        while (true)
        {
            var op = _schemas[at++];
            if (op == SchemaOp.End)
            {
                return;
            }

            var bound = TextAt(ref at);
            switch (op)
            {
                case SchemaOp.Minimum when JsonNumber.Compare(raw, bound) < 0:
                    errors.Fail("minimum", "must be at least", bound);
                    break;
                case SchemaOp.Maximum when JsonNumber.Compare(raw, bound) > 0:
                    errors.Fail("maximum", "must be at most", bound);
                    break;
                case SchemaOp.ExclusiveMinimum when JsonNumber.Compare(raw, bound) <= 0:
                    errors.Fail("exclusiveMinimum", "must be more than", bound);
                    break;
                case SchemaOp.ExclusiveMaximum when JsonNumber.Compare(raw, bound) >= 0:
                    errors.Fail("exclusiveMaximum", "must be less than", bound);
                    break;
                case SchemaOp.MultipleOf when !JsonNumber.IsMultipleOf(raw, bound):
                    errors.Fail("multipleOf", "must be a multiple of", bound);
                    break;
            }
        }
    }

    private void Items(int at, JsonElement array, ref SchemaErrors errors)
    {
        var first = 0;
        while (true)
        {
            switch (_schemas[at++])
            {
                case SchemaOp.End:
                    return;
                case SchemaOp.MinItems:
                    var minimum = Number(ref at);
                    if (array.GetArrayLength() < minimum)
                    {
                        errors.Fail("minItems", "must have at least", minimum, "item(s)");
                    }

                    break;
                case SchemaOp.MaxItems:
                    var maximum = Number(ref at);
                    if (array.GetArrayLength() > maximum)
                    {
                        errors.Fail("maxItems", "must have at most", maximum, "item(s)");
                    }

                    break;
                case SchemaOp.UniqueItems:
                    if (!UniqueItems.Hold(array))
                    {
                        errors.Fail("uniqueItems", "must not hold an item twice");
                    }

                    break;
                case SchemaOp.Prefix:
                    first = Number(ref at);
                    for (var index = 0; index < first; index++)
                    {
                        var schema = Reference(ref at);
                        if (index < array.GetArrayLength())
                        {
                            Descend(schema, index, array[index], ref errors);
                        }
                    }

                    break;
                case SchemaOp.Items:
                    Rest(Reference(ref at), first, array, ref errors);
                    break;
                default:
                    Contains(Reference(ref at), Number(ref at), Number(ref at) - 1, array, ref errors);
                    break;
            }
        }
    }

    private void Rest(int schema, int first, JsonElement array, ref SchemaErrors errors)
    {
        var index = 0;
        foreach (var item in array.EnumerateArray())
        {
            if (index >= first)
            {
                if (errors.Decided)
                {
                    return;
                }

                Descend(schema, index, item, ref errors);
            }

            index++;
        }
    }

    private void Descend(int schema, int index, JsonElement item, ref SchemaErrors errors)
    {
        errors.Enter(index);
        Check(schema, new JsonItem(item), ref errors);
        errors.Leave();
    }

    private void Contains(int schema, int minimum, int maximum, JsonElement array, ref SchemaErrors errors)
    {
        var count = 0;
        foreach (var item in array.EnumerateArray())
        {
            count += Holds(schema, new JsonItem(item), ref errors) ? 1 : 0;
            if (maximum < 0 ? count >= minimum : count > maximum)
            {
                break;
            }
        }

        if (count < minimum)
        {
            errors.Fail(minimum == 1 ? "contains" : "minContains", "must hold at least", minimum, "item(s) that match");
        }
        else if (maximum >= 0 && count > maximum)
        {
            errors.Fail("maxContains", "must hold at most", maximum, "item(s) that match");
        }
    }
}
