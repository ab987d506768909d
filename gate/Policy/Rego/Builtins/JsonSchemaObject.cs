namespace LatchGate.Policy.Rego.Builtins;

/// <summary>The keywords of JSON Schema for objects (draft 7, §6.5).</summary>
internal readonly struct JsonSchemaObject(JsonSchemaMatch matcher, Evaluation evaluation)
{
    internal bool Matches(RegoObject members, RegoObject keywords, string path)
    {
        var matches = Required(members, keywords, path) & Sizes(members, keywords, path) & Dependencies(members, keywords, path);
        for (var i = 0; i < members.Count && !matcher.Stopped; i++)
        {
            if (members.Keys[i] is not RegoString name)
            {
                return matcher.Error(path, "invalid_type", "Invalid type. Expected: string, given: property name");
            }

            matches &= Member(name, members.Values[i], keywords, path);
            var at = matcher.Errors.Count;
            if (keywords.Get("propertyNames") is { } names && !matcher.Matches(name, names, path))
            {
                matches = matcher.Error(path, "invalid_property_name", $"Property name of \"{name.Value}\" does not match", at);
            }
        }

        return matches;
    }

    private bool Member(RegoString name, RegoValue value, RegoObject keywords, string path)
    {
        var (matches, named) = (true, false);
        var below = JsonSchemaMatch.Below(path, name.Value);
        if ((keywords.Get("properties") as RegoObject)?.Get(name) is { } schema)
        {
            named = true;
            matches = matcher.Matches(value, schema, below);
        }

        var patterns = keywords.Get("patternProperties") as RegoObject ?? RegoObject.Empty;
        for (var i = 0; i < patterns.Count; i++)
        {
            if (Regexes.IsMatch(((RegoString)patterns.Keys[i]).Value, name.Value, evaluation) == true)
            {
                named = true;
                matches &= matcher.Matches(value, patterns.Values[i], below);
            }
        }

        return named || keywords.Get("additionalProperties") is not { } other ? matches
            : other is RegoBoolean { Value: false } ? matcher.Error(path, "additional_property_not_allowed", $"Additional property {name.Value} is not allowed")
            : matcher.Matches(value, other, below);
    }

    private bool Required(RegoObject members, RegoObject keywords, string path)
    {
        var matches = true;
        foreach (var name in keywords.Get("required") is RegoArray names ? names.Items : [])
        {
            if (evaluation.ChargeSteps(1) && members.Get(name) is null)
            {
                matches = matcher.Error(path, "required", $"{((RegoString)name).Value} is required");
            }
        }

        return matches;
    }

    private bool Sizes(RegoObject members, RegoObject keywords, string path)
    {
        var matches = true;
        if (JsonSchemaMatch.TryCount(keywords, "minProperties", out var least) && members.Count < least)
        {
            matches = matcher.Error(path, "array_min_properties", $"Must have at least {least} properties");
        }

        if (JsonSchemaMatch.TryCount(keywords, "maxProperties", out var most) && members.Count > most)
        {
            matches = matcher.Error(path, "array_max_properties", $"Must have at most {most} properties");
        }

        return matches;
    }

    private bool Dependencies(RegoObject members, RegoObject keywords, string path)
    {
        var matches = true;
        var dependencies = keywords.Get("dependencies") as RegoObject ?? RegoObject.Empty;
        for (var i = 0; i < dependencies.Count; i++)
        {
            if (members.Get(dependencies.Keys[i]) is null)
            {
                continue;
            }

            if (dependencies.Values[i] is not RegoArray names)
            {
                matches &= matcher.Matches(members, dependencies.Values[i], path);
                continue;
            }

            foreach (var name in names.Items)
            {
                if (members.Get(name) is null)
                {
                    matches = matcher.Error(path, "missing_dependency", $"Has a dependency on {((RegoString)name).Value}");
                }
            }
        }

        return matches;
    }
}
