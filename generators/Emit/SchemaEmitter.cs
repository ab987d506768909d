using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit;

/// <summary>Writes a validator: one method for each sub-schema, named after its index.</summary>
internal sealed class SchemaEmitter
{
    private const string Kind = "JsonValueKind.";

    private readonly CodeWriter _code;
    private readonly string _prefix;
    private readonly SchemaDocument _document;
    private readonly List<string> _constants = [];
    private readonly List<DfaModel> _patterns = [];

    private SchemaEmitter(CodeWriter code, string prefix, SchemaDocument document)
    {
        _code = code;
        _prefix = prefix;
        _document = document;
    }

    public static void Emit(CodeWriter code, string prefix, SchemaDocument document) => new SchemaEmitter(code, prefix, document).Emit();

    private void Emit()
    {
        _code.Line();
        _code.Open($"private static void {_prefix}(JsonElement value, ref SchemaErrors errors)");
        _code.Open("if (JsonText.IsUnicode(value, ref errors))");
        _code.Line($"{_prefix}0(value, ref errors);");
        _code.Close();
        _code.Close();
        for (var index = 0; index < _document.Nodes.Count; index++)
        {
            _code.Line();
            _code.Open($"private static void {_prefix}{index}(JsonElement value, ref SchemaErrors errors)");
            Node(_document.Nodes[index]);
            _code.Close();
        }

        for (var index = 0; index < _constants.Count; index++)
        {
            _code.Line();
            _code.Line($"private static readonly JsonElement {_prefix}Constant{index} = SchemaRuntime.Constant({CodeWriter.Utf8(_constants[index])});");
        }

        for (var index = 0; index < _patterns.Count; index++)
        {
            DfaEmitter.Emit(_code, $"{_prefix}Pattern{index}", _patterns[index]);
        }
    }

    private void Node(SchemaModel model)
    {
        if (model.Always == false)
        {
            _code.Line("errors.Add(\"is not allowed\");");
        }

        Types(model.Types);
        Values(model);
        Text(model);
        Numbers(model);
        if (HasItems(model))
        {
            _code.Open($"if (value.ValueKind == {Kind}Array)");
            Items(model);
            _code.Close();
        }

        if (HasMembers(model))
        {
            _code.Open($"if (value.ValueKind == {Kind}Object)");
            new ObjectEmitter(_code, _document, _prefix, Pattern).Emit(model);
            _code.Close();
        }

        InPlace(model);
    }

    private void Types(JsonTypes types)
    {
        if (types == JsonTypes.Any)
        {
            return;
        }

        var conditions = new List<string>();
        Add(JsonTypes.Null, $"value.ValueKind == {Kind}Null");
        Add(JsonTypes.Boolean, $"value.ValueKind is {Kind}True or {Kind}False");
        Add(JsonTypes.String, $"value.ValueKind == {Kind}String");
        Add(JsonTypes.Array, $"value.ValueKind == {Kind}Array");
        Add(JsonTypes.Object, $"value.ValueKind == {Kind}Object");
        if (types.HasFlag(JsonTypes.Number))
        {
            conditions.Add($"value.ValueKind == {Kind}Number");
        }
        else if (types.HasFlag(JsonTypes.Integer))
        {
            conditions.Add($"value.ValueKind == {Kind}Number && JsonNumber.IsInteger(value)");
        }

        var names = string.Join(" or ", types.ToString().Split([", "], System.StringSplitOptions.None).Select(static name => name.ToLowerInvariant()));
        _code.Open($"if (!({string.Join(" || ", conditions)}))");
        _code.Line($"errors.Add({CodeWriter.Text("must be of type " + names)});");
        _code.Line("return;");
        _code.Close();
        _code.Line();

        void Add(JsonTypes type, string condition)
        {
            if (types.HasFlag(type))
            {
                conditions.Add(condition);
            }
        }
    }

    private void Values(SchemaModel model)
    {
        if (model.Const is { } constant)
        {
            Check($"!({Equal(constant)})", "must be the one allowed value");
        }

        if (model.Enum is { } values)
        {
            Check($"!({string.Join(" || ", values.Select(value => $"({Equal(value)})"))})", "must be one of the allowed values");
        }
    }

    private void Text(SchemaModel model)
    {
        if (model is { MinLength: < 0, MaxLength: < 0, Pattern: null })
        {
            return;
        }

        _code.Open($"if (value.ValueKind == {Kind}String)");
        if (model is not { MinLength: < 0, MaxLength: < 0 })
        {
            _code.Line("var length = JsonText.CodePoints(value);");
        }

        Range("length", model.MinLength, model.MaxLength, "character(s)");
        if (model.Pattern is { } pattern)
        {
            Check($"!{Pattern(pattern)}.Matches(value)", $"must match the pattern {pattern.Source}");
        }

        _code.Close();
    }

    private void Numbers(SchemaModel model)
    {
        if (model is { Minimum: null, Maximum: null, ExclusiveMinimum: null, ExclusiveMaximum: null, MultipleOf: null })
        {
            return;
        }

        _code.Open($"if (value.ValueKind == {Kind}Number)");
        Bound(model.Minimum, "< 0", "must be at least");
        Bound(model.Maximum, "> 0", "must be at most");
        Bound(model.ExclusiveMinimum, "<= 0", "must be more than");
        Bound(model.ExclusiveMaximum, ">= 0", "must be less than");
        if (model.MultipleOf is { } divisor)
        {
            Check($"!JsonNumber.IsMultipleOf(value, {CodeWriter.Utf8(divisor)})", $"must be a multiple of {divisor}");
        }

        _code.Close();

        void Bound(string? bound, string fails, string message)
        {
            if (bound is not null)
            {
                Check($"JsonNumber.Compare(value, {CodeWriter.Utf8(bound)}) {fails}", $"{message} {bound}");
            }
        }
    }

    private void Items(SchemaModel model)
    {
        Range("value.GetArrayLength()", model.MinItems, model.MaxItems, "item(s)");
        if (model.UniqueItems)
        {
            Check("!SchemaRuntime.AreUnique(value)", "must not hold an item twice");
        }

        var prefix = model.PrefixItems.Schemas;
        if (prefix.Count == 0 && model.Items < 0)
        {
            return;
        }

        _code.Line("var index = 0;");
        _code.Open("foreach (var item in value.EnumerateArray())");
        _code.Line("errors.Enter(index);");
        _code.Open("switch (index++)");
        for (var i = 0; i < prefix.Count; i++)
        {
            _code.Line($"case {i}:");
            _code.Line($"    {_prefix}{prefix[i]}(item, ref errors);");
            _code.Line("    break;");
        }

        if (model.Items >= 0)
        {
            _code.Line("default:");
            _code.Line($"    {_prefix}{model.Items}(item, ref errors);");
            _code.Line("    break;");
        }

        _code.Close();
        _code.Line("errors.Leave();");
        _code.Close();
    }

    private void InPlace(SchemaModel model)
    {
        if (model.Reference >= 0)
        {
            _code.Line($"{_prefix}{model.Reference}(value, ref errors);");
        }

        foreach (var index in model.AllOf.Schemas)
        {
            _code.Line($"{_prefix}{index}(value, ref errors);");
        }

        if (model.AnyOf.Schemas.Count > 0)
        {
            Check(string.Join(" && ", model.AnyOf.Schemas.Select(index => "!" + Holds(index))), "must match at least one of the alternatives");
        }

        if (model.OneOf.Schemas.Count > 0)
        {
            Check($"{string.Join(" + ", model.OneOf.Schemas.Select(index => $"({Holds(index)} ? 1 : 0)"))} != 1", "must match exactly one of the alternatives");
        }

        if (model.Not >= 0)
        {
            Check(Holds(model.Not), "must not match the excluded schema");
        }

        if (model.If >= 0 && (model.Then >= 0 || model.Else >= 0))
        {
            _code.Open($"if ({Holds(model.If)})");
            Call(model.Then);
            _code.Close();
            _code.Open("else");
            Call(model.Else);
            _code.Close();
        }

        void Call(int index)
        {
            if (index >= 0)
            {
                _code.Line($"{_prefix}{index}(value, ref errors);");
            }
        }
    }

    private string Holds(int index) => $"SchemaRuntime.Holds({_prefix}{index}, value)";

    private string Pattern(DfaModel pattern)
    {
        _patterns.Add(pattern);
        return $"{_prefix}Pattern{_patterns.Count - 1}";
    }

    private string Equal(JsonLiteral literal)
    {
        switch (literal.Type)
        {
            case JsonTypes.String:
                return $"value.ValueKind == {Kind}String && value.ValueEquals({CodeWriter.Utf8(literal.Text)})";
            case JsonTypes.Number or JsonTypes.Integer:
                return $"value.ValueKind == {Kind}Number && JsonNumber.Compare(value, {CodeWriter.Utf8(literal.Text)}) == 0";
            case JsonTypes.Boolean:
                return $"value.ValueKind == {Kind}{(literal.Text == "true" ? "True" : "False")}";
            case JsonTypes.Null:
                return $"value.ValueKind == {Kind}Null";
            default:
                _constants.Add(literal.Text);
                return $"JsonElement.DeepEquals(value, {_prefix}Constant{_constants.Count - 1})";
        }
    }

    private void Range(string measured, long minimum, long maximum, string unit)
    {
        if (minimum > 0)
        {
            Check($"{measured} < {CodeWriter.Number(minimum)}", $"must have at least {CodeWriter.Number(minimum)} {unit}");
        }

        if (maximum >= 0)
        {
            Check($"{measured} > {CodeWriter.Number(maximum)}", $"must have at most {CodeWriter.Number(maximum)} {unit}");
        }
    }

    private void Check(string fails, string message)
    {
        _code.Open($"if ({fails})");
        _code.Line($"errors.Add({CodeWriter.Text(message)});");
        _code.Close();
        _code.Line();
    }

    private static bool HasItems(SchemaModel model) =>
        model is not { MinItems: < 0, MaxItems: < 0, UniqueItems: false, Items: < 0 } || model.PrefixItems.Schemas.Count > 0;

    private static bool HasMembers(SchemaModel model) =>
        model is not { MinProperties: < 0, MaxProperties: < 0, AdditionalProperties: < 0 }
        || model.Required.Count + model.Properties.Count + model.PatternProperties.Count > 0;
}
