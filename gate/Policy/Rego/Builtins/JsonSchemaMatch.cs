using System.Numerics;

namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Matches a document against a schema that <see cref="JsonSchemaCheck"/> found right (JSON Schema, draft 7, §6).</summary>
internal sealed class JsonSchemaMatch(RegoValue root, Evaluation evaluation)
{
    private int _depth;
    private int _quiet;

    /// <summary>What does not match, as OPA's library tells it.</summary>
    internal List<RegoValue> Errors { get; } = [];

    /// <summary>Whether references nest too deeply to end.</summary>
    internal bool Stopped { get; private set; }

    internal bool Matches(RegoValue value, RegoValue schema, string path)
    {
        if (Stopped || _depth >= 2 * JsonSchemaCheck.MaxDepth || !evaluation.ChargeSteps(8))
        {
            Stopped = true;
            return false;
        }

        if (schema is not RegoObject keywords)
        {
            return schema is RegoBoolean { Value: true } || Error(path, "false", "False always fails validation");
        }

        _depth++;
        var matches = keywords.Get("$ref") is RegoString reference
            ? Matches(value, JsonSchemas.Resolve(root, reference.Value)!, path)
            : Type(value, keywords, path) && MatchesAll(value, keywords, path);
        _depth--;
        return matches;
    }

    // Each group is asked, so that all errors are told.
    private bool MatchesAll(RegoValue value, RegoObject keywords, string path)
    {
        var matches = Combined(value, keywords, path) & Constants(value, keywords, path);
        switch (value)
        {
            case RegoObject members:
                return matches & new JsonSchemaObject(this, evaluation).Matches(members, keywords, path);
            case RegoArray items:
                return matches & new JsonSchemaArray(this, evaluation).Matches(items, keywords, path);
            case RegoString text:
                return matches & Text(text.Value, keywords, path);
            case RegoNumber number:
                return matches & Number(number, keywords, path);
            default:
                return matches;
        }
    }

    internal static string Below(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    internal bool Error(string path, string type, string description) => Error(path, type, description, Errors.Count);

    /// <summary>Tells an error before those that followed from it; answers false.</summary>
    internal bool Error(string path, string type, string description, int at)
    {
        if (_quiet == 0 && evaluation.ChargeCells(8 + (description.Length >> 2)))
        {
            var field = path.Length == 0 ? "(Root)" : path;
            var error = new RegoObject(4);
            error.Set("desc", new RegoString(description));
            error.Set("error", new RegoString($"{field}: {description}"));
            error.Set("field", new RegoString(field));
            error.Set("type", new RegoString(type));
            Errors.Insert(Math.Min(at, Errors.Count), error);
        }

        return false;
    }

    internal static bool TryCount(RegoObject keywords, string name, out long count)
    {
        count = 0;
        return keywords.Get(name) is RegoNumber number && number.TryGetInt64(out count);
    }

    /// <summary>Whether it matches, without telling errors.</summary>
    internal bool Quietly(RegoValue value, RegoValue schema, string path)
    {
        _quiet++;
        var matches = Matches(value, schema, path);
        _quiet--;
        return matches;
    }

    private bool Type(RegoValue value, RegoObject keywords, string path)
    {
        if (keywords.Get("type") is not { } wanted)
        {
            return true;
        }

        var given = value switch
        {
            RegoNull => "null",
            RegoBoolean => "boolean",
            RegoNumber number => number.TryGetInteger(out _) ? "integer" : "number",
            RegoString => "string",
            RegoArray => "array",
            RegoObject => "object",
            _ => "set",
        };
        var types = wanted as RegoArray;
        foreach (var type in types is null ? [wanted] : types.Items)
        {
            if (type is RegoString { Value: var name } && (name == given || (name == "number" && given == "integer")))
            {
                return true;
            }
        }

        var expected = wanted is RegoString one ? one.Value : RegoText.ToJson(wanted).Replace("\"", "", StringComparison.Ordinal);
        return Error(path, "invalid_type", $"Invalid type. Expected: {expected}, given: {given}");
    }

    private bool Combined(RegoValue value, RegoObject keywords, string path)
    {
        var matches = true;
        if (keywords.Get("allOf") is RegoArray all)
        {
            var every = true;
            foreach (var branch in all.Items)
            {
                every &= Matches(value, branch, path);
            }

            matches &= every || Error(path, "number_all_of", "Must validate all the schemas (allOf)");
        }

        if (keywords.Get("anyOf") is RegoArray { Count: > 0 } any)
        {
            matches &= Count(value, any, path) > 0 || Error(path, "number_any_of", "Must validate at least one schema (anyOf)");
        }

        if (keywords.Get("oneOf") is RegoArray { Count: > 0 } one)
        {
            matches &= Count(value, one, path) == 1 || Error(path, "number_one_of", "Must validate one and only one schema (oneOf)");
        }

        if (keywords.Get("not") is { } not)
        {
            matches &= !Quietly(value, not, path) || Error(path, "number_not", "Must not validate the schema (not)");
        }

        if (keywords.Get("if") is { } condition)
        {
            var then = Quietly(value, condition, path);
            var at = Errors.Count;
            if (keywords.Get(then ? "then" : "else") is { } branch && !Matches(value, branch, path))
            {
                matches = then
                    ? Error(path, "condition_then", "Must validate \"then\" as \"if\" was valid", at)
                    : Error(path, "condition_else", "Must validate \"else\" as \"if\" was not valid", at);
            }
        }

        return matches;
    }

    private int Count(RegoValue value, RegoArray branches, string path)
    {
        var count = 0;
        foreach (var branch in branches.Items)
        {
            count += Quietly(value, branch, path) ? 1 : 0;
        }

        return count;
    }

    private bool Constants(RegoValue value, RegoObject keywords, string path)
    {
        var (matches, field) = (true, path.Length == 0 ? "(Root)" : path);
        if (keywords.Get("const") is { } constant && !constant.Equals(value))
        {
            matches = Error(path, "const", $"{field} does not match: {RegoText.ToJson(constant)}");
        }

        if (keywords.Get("enum") is RegoArray allowed && evaluation.ChargeSteps(allowed.Count) && !allowed.Items.Contains(value))
        {
            var list = new string[allowed.Count];
            for (var i = 0; i < list.Length; i++)
            {
                list[i] = RegoText.ToJson(allowed[i]);
            }

            matches = Error(path, "enum", $"{field} must be one of the following: {string.Join(", ", list)}");
        }

        return matches;
    }

    private bool Text(string text, RegoObject keywords, string path)
    {
        var matches = true;
        if (TryCount(keywords, "minLength", out var least) && Strings.RuneCount(text) < least)
        {
            matches = Error(path, "string_gte", $"String length must be greater than or equal to {least}");
        }

        if (TryCount(keywords, "maxLength", out var most) && Strings.RuneCount(text) > most)
        {
            matches = Error(path, "string_lte", $"String length must be less than or equal to {most}");
        }

        if (keywords.Get("pattern") is RegoString pattern && Regexes.IsMatch(pattern.Value, text, evaluation) != true)
        {
            matches = Error(path, "pattern", $"Does not match pattern '{pattern.Value}'");
        }

        return matches;
    }

    private bool Number(RegoNumber number, RegoObject keywords, string path)
    {
        var matches = true;
        if (keywords.Get("multipleOf") is RegoNumber factor && !IsMultiple(number, factor))
        {
            matches = Error(path, "multiple_of", $"Must be a multiple of {factor.ToJson()}");
        }

        if (keywords.Get("minimum") is RegoNumber least && RegoNumber.Compare(number, least) < 0)
        {
            matches = Error(path, "number_gte", $"Must be greater than or equal to {least.ToJson()}");
        }

        if (keywords.Get("exclusiveMinimum") is RegoNumber above && RegoNumber.Compare(number, above) <= 0)
        {
            matches = Error(path, "number_gt", $"Must be greater than {above.ToJson()}");
        }

        if (keywords.Get("maximum") is RegoNumber most && RegoNumber.Compare(number, most) > 0)
        {
            matches = Error(path, "number_lte", $"Must be less than or equal to {most.ToJson()}");
        }

        if (keywords.Get("exclusiveMaximum") is RegoNumber below && RegoNumber.Compare(number, below) >= 0)
        {
            matches = Error(path, "number_lt", $"Must be less than {below.ToJson()}");
        }

        return matches;
    }

    // Exactly, in decimal: both are scaled until they are whole.
    private static bool IsMultiple(RegoNumber number, RegoNumber factor)
    {
        var scale = RegoNumber.Of(1);
        for (var i = 0; i <= 64; i++)
        {
            if (Arithmetic.Multiply(number, scale).TryGetInteger(out var n) && Arithmetic.Multiply(factor, scale).TryGetInteger(out var f) && !f.IsZero)
            {
                return BigInteger.Remainder(n, f).IsZero;
            }

            scale = Arithmetic.Multiply(scale, RegoNumber.Of(10));
        }

        return false;
    }
}
