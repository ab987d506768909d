using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LatchGate.Fuzz.Oracles;

/// <summary>Interprets the supported part of JSON Schema (draft 2020-12), keyword by keyword, as the draft words them.</summary>
internal sealed class NaiveSchema(JsonElement root)
{
    private readonly Dictionary<string, Regex> _patterns = new(StringComparer.Ordinal);

    /// <summary>Whether <paramref name="value"/> is valid.</summary>
    internal bool IsValid(JsonElement value) => IsValid(root, value);

    private bool IsValid(JsonElement schema, JsonElement value)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return schema.GetBoolean();
        }

        foreach (var keyword in schema.EnumerateObject())
        {
            if (!Holds(schema, keyword.Name, keyword.Value, value))
            {
                return false;
            }
        }

        return true;
    }

    private bool Holds(JsonElement schema, string keyword, JsonElement argument, JsonElement value) => keyword switch
    {
        "type" => argument.ValueKind == JsonValueKind.Array ? argument.EnumerateArray().Any(type => IsOfType(value, type.GetString()!)) : IsOfType(value, argument.GetString()!),
        "enum" => argument.EnumerateArray().Any(item => JsonElement.DeepEquals(item, value)),
        "const" => JsonElement.DeepEquals(argument, value),
        "$ref" => IsValid(root.GetProperty("$defs").GetProperty(argument.GetString()!["#/$defs/".Length..]), value),
        "allOf" => argument.EnumerateArray().All(item => IsValid(item, value)),
        "anyOf" => argument.EnumerateArray().Any(item => IsValid(item, value)),
        "oneOf" => argument.EnumerateArray().Count(item => IsValid(item, value)) == 1,
        "not" => !IsValid(argument, value),
        "if" => !schema.TryGetProperty(IsValid(argument, value) ? "then" : "else", out var branch) || IsValid(branch, value),
        _ => value.ValueKind switch
        {
            JsonValueKind.String => HoldsForString(keyword, argument, value.GetString()!),
            JsonValueKind.Number => HoldsForNumber(keyword, argument, value),
            JsonValueKind.Array => HoldsForArray(schema, keyword, argument, value),
            JsonValueKind.Object => HoldsForObject(schema, keyword, argument, value),
            _ => true,
        },
    };

    private static bool IsOfType(JsonElement value, string type) => type switch
    {
        "integer" => value.ValueKind == JsonValueKind.Number && Exact(value) is var number && decimal.Truncate(number) == number,
        "number" => value.ValueKind == JsonValueKind.Number,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind.ToString().Equals(type, StringComparison.OrdinalIgnoreCase),
    };

    private bool HoldsForString(string keyword, JsonElement argument, string value) => keyword switch
    {
        "minLength" => CodePoints(value) >= argument.GetInt32(),
        "maxLength" => CodePoints(value) <= argument.GetInt32(),
        "pattern" => Pattern(argument.GetString()!).IsMatch(value),
        "format" => IsOfFormat(argument.GetString()!, value),
        _ => true,
    };

    private static bool IsOfFormat(string format, string value) => format switch
    {
        "uuid" => Regex.IsMatch(value, @"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\z", RegexOptions.CultureInvariant),
        "ipv4" => value.Split('.') is { Length: 4 } parts && parts.All(static part =>
            byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number.ToString(CultureInfo.InvariantCulture) == part),

        // The library's years begin at 1; the year 0 has the days of any other that 400 divides.
        "date" => DateOnly.TryParseExact(
            value.StartsWith("0000", StringComparison.Ordinal) ? "2000" + value[4..] : value,
            "yyyy-MM-dd",
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out _),
        _ => throw new NotSupportedException($"The interpreter does not know the format '{format}'."),
    };

    private static bool HoldsForNumber(string keyword, JsonElement argument, JsonElement value) => keyword switch
    {
        "minimum" => Exact(value) >= Exact(argument),
        "maximum" => Exact(value) <= Exact(argument),
        "exclusiveMinimum" => Exact(value) > Exact(argument),
        "exclusiveMaximum" => Exact(value) < Exact(argument),
        "multipleOf" => Exact(value) % Exact(argument) == 0,
        _ => true,
    };

    private bool HoldsForArray(JsonElement schema, string keyword, JsonElement argument, JsonElement value)
    {
        var items = value.EnumerateArray().ToArray();
        var prefix = schema.TryGetProperty("prefixItems", out var given) ? given.EnumerateArray().ToArray() : [];
        return keyword switch
        {
            "minItems" => items.Length >= argument.GetInt32(),
            "maxItems" => items.Length <= argument.GetInt32(),
            "uniqueItems" => !argument.GetBoolean() || !items.Where((item, i) => items.Take(i).Any(other => JsonElement.DeepEquals(item, other))).Any(),
            "prefixItems" => prefix.Zip(items).All(pair => IsValid(pair.First, pair.Second)),
            "contains" => items.Count(item => IsValid(argument, item)) is var found
                && found >= (schema.TryGetProperty("minContains", out var least) ? least.GetInt32() : 1)
                && (!schema.TryGetProperty("maxContains", out var most) || found <= most.GetInt32()),
            "items" => items.Skip(prefix.Length).All(item => IsValid(argument, item)),
            _ => true,
        };
    }

    private bool HoldsForObject(JsonElement schema, string keyword, JsonElement argument, JsonElement value)
    {
        var members = value.EnumerateObject().ToArray();
        return keyword switch
        {
            "minProperties" => members.Length >= argument.GetInt32(),
            "maxProperties" => members.Length <= argument.GetInt32(),
            "required" => argument.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _)),
            "propertyNames" => members.All(member => IsValid(argument, JsonSerializer.SerializeToElement(member.Name))),
            "dependentRequired" => argument.EnumerateObject().All(dependent =>
                !value.TryGetProperty(dependent.Name, out _) || dependent.Value.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _))),
            "dependentSchemas" => argument.EnumerateObject().All(dependent => !value.TryGetProperty(dependent.Name, out _) || IsValid(dependent.Value, value)),
            "properties" => members.All(member => !argument.TryGetProperty(member.Name, out var property) || IsValid(property, member.Value)),
            "patternProperties" => argument.EnumerateObject().All(pattern =>
                members.Where(member => Pattern(pattern.Name).IsMatch(member.Name)).All(member => IsValid(pattern.Value, member.Value))),
            "additionalProperties" => members.Where(member => !IsNamed(schema, member.Name)).All(member => IsValid(argument, member.Value)),
            _ => true,
        };
    }

    private bool IsNamed(JsonElement schema, string name) =>
        (schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(name, out _))
        || (schema.TryGetProperty("patternProperties", out var patterns) && patterns.EnumerateObject().Any(pattern => Pattern(pattern.Name).IsMatch(name)));

    // ECMAScript's $ is the end alone, not the place before a last newline.
    private Regex Pattern(string source)
    {
        if (!_patterns.TryGetValue(source, out var pattern))
        {
            pattern = new Regex(source.Replace("$", "\\z", StringComparison.Ordinal), RegexOptions.CultureInvariant);
            _patterns.Add(source, pattern);
        }

        return pattern;
    }

    private static int CodePoints(string value) => value.EnumerateRunes().Count();

    private static decimal Exact(JsonElement number) => decimal.Parse(number.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture);
}
