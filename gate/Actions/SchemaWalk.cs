using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>
/// Checks values against compiled schemas (<see cref="SchemaOp"/>): no schema text is read, and nothing is allocated unless something is
/// wrong. Work is bounded, whatever schema and value are: who runs out of it is refused.
/// </summary>
internal ref partial struct SchemaWalk
{
    // A schema that refers to itself from several alternatives can make exponential work of a small value. Bounded by the size of the
    // value, work is not: a plain schema takes a step or two for each of its parts, which are two bytes or more.
    private const int LeastSteps = 100_000;
    private const int StepsAByte = 32;

    private readonly ReadOnlySpan<byte> _schemas;
    private readonly ReadOnlySpan<byte> _patterns;
    private readonly ReadOnlySpan<byte> _texts;
    private int _steps;

    private SchemaWalk(ActionImage image, int steps)
    {
        _schemas = image.Schemas;
        _patterns = image.Patterns;
        _texts = image.Texts;
        _steps = steps;
    }

    /// <summary>Checks a whole document.</summary>
    /// <param name="image">The compiled actions.</param>
    /// <param name="schema">The offset of the schema.</param>
    /// <param name="value">The document.</param>
    /// <param name="errors">Collects what is wrong.</param>
    public static void Check(ActionImage image, int schema, JsonElement value, ref SchemaErrors errors)
    {
        if (!JsonText.IsUnicode(value, ref errors))
        {
            return;
        }

        var bytes = JsonMarshal.GetRawUtf8Value(value).Length;
        var walk = new SchemaWalk(image, (int)Math.Min(LeastSteps + ((long)StepsAByte * bytes), int.MaxValue - 1));
        walk.Check(schema, new JsonItem(value), ref errors);
        if (walk._steps < 0)
        {
            errors.Fail("schema", "takes too much work to check");
        }
    }

    private void Check(int at, scoped JsonItem item, ref SchemaErrors errors)
    {
        if (!Spend(1) || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            _steps = -1;
            errors.Fail("schema", "takes too much work to check");
            return;
        }

        while (!errors.Decided)
        {
            switch (_schemas[at++])
            {
                case SchemaOp.End:
                    return;
                case SchemaOp.Type:
                    if (!IsOfType(_schemas[at++], item))
                    {
                        FailType(_schemas[at - 1], ref errors);
                        return;
                    }

                    break;
                case SchemaOp.Never:
                    errors.Fail("false", "is not allowed");
                    return;
                case SchemaOp.Const:
                    if (!JsonLiterals.Equal(item, _schemas, _texts, ref at))
                    {
                        errors.Fail("const", "must be the one allowed value");
                    }

                    break;
                case SchemaOp.Enum:
                    if (!IsOneOf(ref at, item))
                    {
                        errors.Fail("enum", "must be one of the allowed values");
                    }

                    break;
                case SchemaOp.Text:
                    Group(ref at, item, JsonValueKind.String, ref errors);
                    break;
                case SchemaOp.Numeric:
                    Group(ref at, item, JsonValueKind.Number, ref errors);
                    break;
                case SchemaOp.Array:
                    Group(ref at, item, JsonValueKind.Array, ref errors);
                    break;
                case SchemaOp.Object:
                    Group(ref at, item, JsonValueKind.Object, ref errors);
                    break;
                default:
                    at--;
                    InPlace(ref at, item, ref errors);
                    break;
            }
        }
    }

    // What a schema says of one kind of value stands together, after its length.
    private void Group(ref int at, scoped JsonItem item, JsonValueKind kind, ref SchemaErrors errors)
    {
        var length = (int)ImageReader.Long(_schemas, ref at);
        var start = at;
        at += length;
        if (item.Kind != kind)
        {
            return;
        }

        switch (kind)
        {
            case JsonValueKind.String:
                Text(start, item, ref errors);
                break;
            case JsonValueKind.Number:
                Numeric(start, item, ref errors);
                break;
            case JsonValueKind.Array:
                Items(start, item.Element, ref errors);
                break;
            default:
                Members(start, item.Element, ref errors);
                break;
        }
    }

    // Sub-schemas that look at the same value.
    private void InPlace(ref int at, scoped JsonItem item, ref SchemaErrors errors)
    {
        var op = _schemas[at++];
        switch (op)
        {
            case SchemaOp.Also:
                Check(Reference(ref at), item, ref errors);
                break;
            case SchemaOp.AnyOf or SchemaOp.OneOf:
                var held = 0;
                for (var left = Number(ref at); left > 0; left--)
                {
                    var branch = Reference(ref at);
                    var needed = op == SchemaOp.AnyOf ? held == 0 : held < 2;
                    held += needed && Holds(branch, item, ref errors) ? 1 : 0;
                }

                if (op == SchemaOp.AnyOf && held == 0)
                {
                    errors.Fail("anyOf", "must match at least one of the alternatives");
                }
                else if (op == SchemaOp.OneOf && held != 1)
                {
                    errors.Fail("oneOf", "must match exactly one of the alternatives");
                }

                break;
            case SchemaOp.Not:
                if (Holds(Reference(ref at), item, ref errors))
                {
                    errors.Fail("not", "must not match the excluded schema");
                }

                break;
            case SchemaOp.If:
                var condition = Reference(ref at);
                var then = Reference(ref at) - 1;
                var otherwise = Reference(ref at) - 1;
                if ((Holds(condition, item, ref errors) ? then : otherwise) is var chosen and >= 0)
                {
                    Check(chosen, item, ref errors);
                }

                break;
            default:
                throw new InvalidOperationException($"The compiled schema has the unknown instruction {op}.");
        }
    }

    /// <summary>Whether a value is valid, without saying why not.</summary>
    private bool Holds(int schema, scoped JsonItem item, ref SchemaErrors errors)
    {
        var saved = errors.Mute();
        Check(schema, item, ref errors);
        return errors.Unmute(saved);
    }

    private bool IsOneOf(ref int at, scoped JsonItem item)
    {
        var found = false;
        for (var left = Number(ref at); left > 0; left--)
        {
            // Each is read, so that the reader stands behind the last.
            found = found ? JsonLiterals.Skip(_schemas, ref at) : JsonLiterals.Equal(item, _schemas, _texts, ref at);
        }

        return found;
    }

    private static bool IsOfType(int mask, scoped JsonItem item) => item.Kind switch
    {
        JsonValueKind.String => (mask & SchemaOp.StringType) != 0,
        JsonValueKind.Object => (mask & SchemaOp.ObjectType) != 0,
        JsonValueKind.Array => (mask & SchemaOp.ArrayType) != 0,
        JsonValueKind.True or JsonValueKind.False => (mask & SchemaOp.BooleanType) != 0,
        JsonValueKind.Number => (mask & SchemaOp.NumberType) != 0 || ((mask & SchemaOp.IntegerType) != 0 && JsonNumber.IsInteger(item.Raw)),
        _ => (mask & SchemaOp.NullType) != 0,
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FailType(int mask, ref SchemaErrors errors)
    {
        if (errors.IsMuted)
        {
            errors.Fail("type", "");
            return;
        }

        ReadOnlySpan<string> names = ["null", "boolean", "integer", "number", "string", "array", "object"];
        var allowed = "";
        for (var bit = 0; bit < names.Length; bit++)
        {
            allowed += (mask >> bit & 1) == 0 ? "" : allowed.Length == 0 ? names[bit] : " or " + names[bit];
        }

        errors.Fail("type", "must be of type " + allowed);
    }

    private bool Spend(int steps)
    {
        _steps -= Math.Min(steps, _steps + 1);
        return _steps >= 0;
    }

    private readonly int Number(scoped ref int at) => (int)ImageReader.Long(_schemas, ref at);

    private readonly int Reference(scoped ref int at) => (int)ImageReader.Long(_schemas, ref at);

    private readonly ReadOnlySpan<byte> TextAt(scoped ref int at) => ImageReader.Utf8(_texts, (int)ImageReader.Long(_schemas, ref at));
}

/// <summary>A value, or the name of a member, which is a string that stands in the text as one.</summary>
internal readonly ref struct JsonItem
{
    private readonly ReadOnlySpan<byte> _raw;

    /// <summary>A value.</summary>
    public JsonItem(JsonElement element)
    {
        Element = element;
        Kind = element.ValueKind;
    }

    /// <summary>A name, in its quotes.</summary>
    public JsonItem(ReadOnlySpan<byte> name)
    {
        Kind = JsonValueKind.String;
        _raw = name;
    }

    /// <summary>The value; nothing for a name.</summary>
    public JsonElement Element { get; }

    /// <summary>The kind.</summary>
    public JsonValueKind Kind { get; }

    /// <summary>The text.</summary>
    public ReadOnlySpan<byte> Raw => _raw.IsEmpty ? JsonMarshal.GetRawUtf8Value(Element) : _raw;

    /// <summary>The text of a string without its quotes.</summary>
    public ReadOnlySpan<byte> Inner => Raw[1..^1];
}
