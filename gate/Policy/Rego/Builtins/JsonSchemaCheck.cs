namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Whether a value is a JSON Schema (draft 7) that the matcher understands in full.</summary>
internal sealed class JsonSchemaCheck(RegoValue root, Evaluation evaluation)
{
    /// <summary>Schemas, and references in them, nest no deeper.</summary>
    internal const int MaxDepth = 64;

    private int _depth;

    /// <summary>What is wrong with the schema, or null.</summary>
    internal string? Fault(RegoValue? schema)
    {
        if (schema is RegoBoolean)
        {
            return null;
        }

        if (schema is not RegoObject members || !evaluation.ChargeSteps(1 + members.Count))
        {
            return "schema is invalid";
        }

        if (++_depth > MaxDepth)
        {
            return "schema is nested too deeply";
        }

        string? fault = null;
        for (var i = 0; i < members.Count && fault is null; i++)
        {
            fault = members.Keys[i] is RegoString { Value: var keyword } ? Fault(members, keyword, members.Values[i]) : "schema is invalid";
        }

        _depth--;
        return fault;
    }

    private string? Fault(RegoObject schema, string keyword, RegoValue value)
    {
        switch (keyword)
        {
            case "$schema" or "$id" or "id" or "$comment" or "title" or "description" or "default" or "examples" or "readOnly" or "writeOnly":
                // Below the root an identifier would change what references mean.
                return keyword is "$id" or "id" && _depth > 1 ? $"{keyword} is not supported here" : null;
            case "$ref":
                return Reference(schema, value);
            case "type":
                return Type(value);
            case "enum":
                return value is RegoArray ? null : "enum must be of an array";
            case "const":
                return null;
            case "required":
                return value is RegoArray names && AreTexts(names) ? null : "required must be of an array";
            case "properties" or "patternProperties" or "definitions" or "$defs":
                return Properties(keyword, value);
            case "dependencies":
                return Dependencies(value);
            case "additionalProperties" or "additionalItems" or "propertyNames" or "contains" or "not" or "if" or "then" or "else":
                return value is RegoBoolean or RegoObject ? Fault(value) : $"Invalid type. Expected: boolean/Valid Schema, given: {keyword}";
            case "items":
                return value is RegoArray list ? All(list) : value is RegoBoolean or RegoObject ? Fault(value)
                    : "Invalid type. Expected: Valid Schema/Array Of Schemas, given: items";
            case "allOf" or "anyOf" or "oneOf":
                return value is RegoArray branches ? All(branches) : $"{keyword} must be of an array";
            case "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum":
                return value is RegoNumber ? null : $"{keyword} must be of a Number";
            case "multipleOf":
                return value is not RegoNumber factor ? "multipleOf must be of a Number"
                    : RegoNumber.Compare(factor, RegoNumber.Of(0)) > 0 ? null : "multipleOf must be strictly greater than 0";
            case "minLength" or "maxLength" or "minItems" or "maxItems" or "minProperties" or "maxProperties":
                return value is not RegoNumber count || !count.TryGetInt64(out var number) ? $"{keyword} must be of an Integer"
                    : number < 0 ? $"{keyword} must be greater than or equal to 0"
                    : keyword is "maxLength" or "maxProperties" && JsonSchemaMatch.TryCount(schema, "min" + keyword[3..], out var least) && least > number
                        ? $"min{keyword[3..]} cannot be greater than {keyword}"
                    : null;
            case "uniqueItems":
                return value is RegoBoolean ? null : "uniqueItems must be of a boolean";
            case "pattern":
                return value is RegoString pattern && Regexes.IsValid(pattern.Value) ? null : "pattern must be a valid regex";
            default:
                return $"the keyword {keyword} is not supported";
        }
    }

    // Draft 7 ignores what stands beside a reference; so that nothing is passed over, nothing may stand there but notes.
    private string? Reference(RegoObject schema, RegoValue value)
    {
        for (var i = 0; i < schema.Count; i++)
        {
            if (schema.Keys[i] is not RegoString { Value: "$ref" or "$schema" or "$id" or "id" or "$comment" or "title" or "description" or "default" or "examples" or "definitions" or "$defs" })
            {
                return "keywords beside $ref are not supported";
            }
        }

        if (value is not RegoString reference)
        {
            return "$ref must be a string";
        }

        if (JsonSchemas.Resolve(root, reference.Value) is not { } target)
        {
            return $"Object has no key '{reference.Value[(reference.Value.LastIndexOf('/') + 1)..]}'";
        }

        // What it points to is a schema that is checked where it stands, if it stands where schemas do.
        return target is RegoBoolean or RegoObject ? OutOfPlace(reference.Value) : "schema is invalid";
    }

    private static string? OutOfPlace(string reference)
    {
        var steps = reference.Split('/');
        for (var i = 1; i < steps.Length; i++)
        {
            switch (steps[i])
            {
                case "properties" or "patternProperties" or "definitions" or "$defs" or "dependencies" or "allOf" or "anyOf" or "oneOf":
                    i++;
                    if (i == steps.Length)
                    {
                        return "$ref must point to a schema";
                    }

                    break;
                case "items":
                    i += i + 1 < steps.Length && steps[i + 1].Length > 0 && char.IsAsciiDigit(steps[i + 1][0]) ? 1 : 0;
                    break;
                case "additionalProperties" or "additionalItems" or "propertyNames" or "contains" or "not" or "if" or "then" or "else":
                    break;
                default:
                    return "$ref must point to a schema";
            }
        }

        return null;
    }

    private static string? Type(RegoValue value)
    {
        var types = value is RegoArray list ? list : new RegoArray([value]);
        var seen = new RegoSet();
        foreach (var type in types.Items)
        {
            if (type is not RegoString { Value: var name })
            {
                return "type must be a string or an array of strings";
            }

            if (name is not ("array" or "boolean" or "integer" or "number" or "null" or "object" or "string"))
            {
                return $"has a primitive type that is NOT VALID -- given: /{name}/ Expected valid values are:[array boolean integer number null object string]";
            }

            if (!seen.Add(type))
            {
                return $"{name} type is duplicated";
            }
        }

        return null;
    }

    private string? Properties(string keyword, RegoValue value)
    {
        if (value is not RegoObject properties)
        {
            return keyword == "properties" ? "Properties must be of type object" : $"{keyword} must be of type object";
        }

        string? fault = null;
        for (var i = 0; i < properties.Count && fault is null; i++)
        {
            fault = properties.Keys[i] is not RegoString name ? "schema is invalid"
                : keyword == "patternProperties" && !Regexes.IsValid(name.Value) ? $"Invalid regex pattern '{name.Value}'"
                : Fault(properties.Values[i]);
        }

        return fault;
    }

    private string? Dependencies(RegoValue value)
    {
        if (value is not RegoObject dependencies)
        {
            return "dependencies must be of type object";
        }

        string? fault = null;
        for (var i = 0; i < dependencies.Count && fault is null; i++)
        {
            fault = dependencies.Values[i] is RegoArray names ? AreTexts(names) ? null : "dependencies must be of strings" : Fault(dependencies.Values[i]);
        }

        return fault;
    }

    private string? All(RegoArray schemas)
    {
        string? fault = null;
        for (var i = 0; i < schemas.Count && fault is null; i++)
        {
            fault = Fault(schemas[i]);
        }

        return fault;
    }

    private static bool AreTexts(RegoArray names)
    {
        foreach (var name in names.Items)
        {
            if (name is not RegoString)
            {
                return false;
            }
        }

        return true;
    }
}
