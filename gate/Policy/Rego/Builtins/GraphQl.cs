namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// <c>graphql.*</c>: documents and schemas of GraphQL (October 2021 edition) parsed and validated. A query or a schema is given
/// as text, or as the tree that a parser here made of it.
/// </summary>
internal static class GraphQl
{
    private static readonly RegoArray Refused = new([RegoBoolean.False, RegoObject.Empty, RegoObject.Empty]);

    internal static void Register(Dictionary<string, Builtin> table)
    {
        table["graphql.parse_query"] = static (a, e) => Strings.Text(a[0], e, out var text) ? Answer(GraphQlQueryParser.Parse(text, e), e) : null;
        table["graphql.parse_schema"] = static (a, e) => Strings.Text(a[0], e, out var text) ? Answer(GraphQlSchemaParser.Parse(text, e), e) : null;
        table["graphql.schema_is_valid"] = static (a, e) => Answer(RegoBoolean.Of(Schema(a[0], e) is { } schema && GraphQlSchema.Load(schema, e) is not null), e);
        table["graphql.is_valid"] = static (a, e) => Answer(RegoBoolean.Of(TryBoth(a, e, out _, out _)), e);
        table["graphql.parse"] = static (a, e) => Answer(TryBoth(a, e, out var query, out var schema) ? new RegoArray([query, schema]) : null, e);
        table["graphql.parse_and_verify"] = static (a, e) =>
            Answer(TryBoth(a, e, out var query, out var schema) ? new RegoArray([RegoBoolean.True, query, schema]) : Refused, e);
    }

    private static RegoValue? Answer(RegoValue? value, Evaluation evaluation) =>
        evaluation.Fault != EvaluationFault.None ? null : value ?? evaluation.Fail(BuiltinError.Value);

    private static bool TryBoth(ReadOnlySpan<RegoValue> args, Evaluation evaluation, out RegoObject query, out RegoObject schema)
    {
        query = Query(args[0], evaluation)!;
        schema = Schema(args[1], evaluation)!;
        return query is not null && schema is not null && GraphQlSchema.Load(schema, evaluation) is { } types && GraphQlQueryRules.Hold(query, types, evaluation);
    }

    private static RegoObject? Query(RegoValue value, Evaluation evaluation) => value switch
    {
        RegoString text => GraphQlQueryParser.Parse(text.Value, evaluation),
        RegoObject tree when GraphQlShape.IsQuery(tree, evaluation) => tree,
        _ => null,
    };

    private static RegoObject? Schema(RegoValue value, Evaluation evaluation) => value switch
    {
        RegoString text => GraphQlSchemaParser.Parse(text.Value, evaluation),
        RegoObject tree when GraphQlShape.IsSchema(tree, evaluation) => tree,
        _ => null,
    };
}
