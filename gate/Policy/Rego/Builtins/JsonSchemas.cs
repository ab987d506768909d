namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// <c>json.match_schema</c> and <c>json.verify_schema</c>: JSON Schema, draft 7, in the words of OPA's library.
/// </summary>
/// <remarks>
/// A keyword that is not implemented makes the schema invalid: <c>format</c>, references out of the schema, and those of later
/// drafts. Each keyword that fails gives one error; those inside a branch of <c>anyOf</c>, <c>oneOf</c> or <c>not</c> are not told.
/// </remarks>
internal static class JsonSchemas
{
    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["json.match_schema"] = Match;
        table["json.verify_schema"] = static (a, e) =>
        {
            if (a[0] is not (RegoString or RegoObject))
            {
                return e.Fail(BuiltinError.Type);
            }

            var schema = Document(a[0], e);
            var fault = schema is null ? "invalid JSON string" : new JsonSchemaCheck(schema, e).Fault(schema);
            return e.Fault != EvaluationFault.None ? null
                : new RegoArray([RegoBoolean.Of(fault is null), fault is null ? RegoNull.Instance : new RegoString("jsonschema: " + fault)]);
        };
    }

    private static RegoValue? Match(ReadOnlySpan<RegoValue> args, Evaluation evaluation)
    {
        if (args[0] is not (RegoString or RegoObject) || args[1] is not (RegoString or RegoObject))
        {
            return evaluation.Fail(BuiltinError.Type);
        }

        if (Document(args[0], evaluation) is not { } document || Document(args[1], evaluation) is not { } schema
            || new JsonSchemaCheck(schema, evaluation).Fault(schema) is not null)
        {
            return evaluation.Fail(BuiltinError.Value);
        }

        var matcher = new JsonSchemaMatch(schema, evaluation);
        var matches = matcher.Matches(document, schema, "");
        return matcher.Stopped || evaluation.Fault != EvaluationFault.None ? evaluation.Fail(BuiltinError.Value) : new RegoArray([RegoBoolean.Of(matches), new RegoArray([.. matcher.Errors])]);
    }

    private static RegoValue? Document(RegoValue value, Evaluation evaluation) => value is RegoString text ? Encodings.Unmarshal(text.Value, evaluation) : value;

    /// <summary>The part of a schema that a local reference (RFC 6901 in a fragment) points to.</summary>
    internal static RegoValue? Resolve(RegoValue schema, string reference)
    {
        if (!reference.StartsWith('#') || reference.Contains('%', StringComparison.Ordinal))
        {
            return null;
        }

        RegoValue? at = schema;
        if (reference.Length == 1)
        {
            return at;
        }

        var steps = reference[1..].Split('/');
        for (var i = 1; i < steps.Length && at is not null; i++)
        {
            var step = steps[i].Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            at = at switch
            {
                RegoObject members => members.Get(new RegoString(step)),
                RegoArray items when int.TryParse(step, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var index)
                    && index < items.Count => items[index],
                _ => null,
            };
        }

        return steps[0].Length == 0 ? at : null;
    }
}
