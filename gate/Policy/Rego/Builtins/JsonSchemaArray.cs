namespace LatchGate.Policy.Rego.Builtins;

/// <summary>The keywords of JSON Schema for arrays (draft 7, §6.4).</summary>
internal readonly struct JsonSchemaArray(JsonSchemaMatch matcher, Evaluation evaluation)
{
    internal bool Matches(RegoArray items, RegoObject keywords, string path)
    {
        var matches = true;
        var (each, rest) = (keywords.Get("items"), keywords.Get("additionalItems"));
        for (var i = 0; i < items.Count && !matcher.Stopped; i++)
        {
            var tuple = each as RegoArray;
            var schema = tuple is null ? each : i < tuple.Count ? tuple[i] : rest;
            if (schema is RegoBoolean { Value: false } && tuple is not null && i >= tuple.Count)
            {
                matches = matcher.Error(path, "array_no_additional_items", "No additional items allowed on array");
                break;
            }

            matches &= schema is null || matcher.Matches(items[i], schema, JsonSchemaMatch.Below(path, RegoNumber.Of(i).ToJson()));
        }

        if (JsonSchemaMatch.TryCount(keywords, "minItems", out var least) && items.Count < least)
        {
            matches = matcher.Error(path, "array_min_items", $"Array must have at least {least} items");
        }

        if (JsonSchemaMatch.TryCount(keywords, "maxItems", out var most) && items.Count > most)
        {
            matches = matcher.Error(path, "array_max_items", $"Array must have at most {most} items");
        }

        return matches & Unique(items, keywords, path) & Contains(items, keywords, path);
    }

    private bool Unique(RegoArray items, RegoObject keywords, string path)
    {
        var seen = new RegoSet();
        for (var i = 0; keywords.Get("uniqueItems") is RegoBoolean { Value: true } && i < items.Count; i++)
        {
            if (!evaluation.ChargeSteps(4 + (i >> 6)) || !seen.Add(items[i]))
            {
                return matcher.Error(path, "unique", $"array items[{items.Items.IndexOf(items[i])},{i}] must be unique");
            }
        }

        return true;
    }

    private bool Contains(RegoArray items, RegoObject keywords, string path)
    {
        if (keywords.Get("contains") is not { } schema)
        {
            return true;
        }

        for (var i = 0; i < items.Count; i++)
        {
            if (matcher.Quietly(items[i], schema, path))
            {
                return true;
            }
        }

        return matcher.Error(path, "contains", "At least one of the items must match");
    }
}
