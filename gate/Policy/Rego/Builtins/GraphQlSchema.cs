namespace LatchGate.Policy.Rego.Builtins;

/// <summary>A valid schema (GraphQL, October 2021, §3): its types with all extensions, its directives and its root types.</summary>
internal sealed class GraphQlSchema
{
    // §3.5, §3.13, §4.2
    private const string Prelude = """
        scalar Int scalar Float scalar String scalar Boolean scalar ID
        directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        directive @deprecated(reason: String = "No longer supported") on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
        directive @specifiedBy(url: String!) on SCALAR
        type __Schema { description: String types: [__Type!]! queryType: __Type! mutationType: __Type subscriptionType: __Type directives: [__Directive!]! }
        type __Type {
          kind: __TypeKind! name: String description: String fields(includeDeprecated: Boolean = false): [__Field!] interfaces: [__Type!] possibleTypes: [__Type!]
          enumValues(includeDeprecated: Boolean = false): [__EnumValue!] inputFields(includeDeprecated: Boolean = false): [__InputValue!] ofType: __Type specifiedByURL: String
        }
        enum __TypeKind { SCALAR OBJECT INTERFACE UNION ENUM INPUT_OBJECT LIST NON_NULL }
        type __Field {
          name: String! description: String args(includeDeprecated: Boolean = false): [__InputValue!]! type: __Type! isDeprecated: Boolean! deprecationReason: String
        }
        type __InputValue { name: String! description: String type: __Type! defaultValue: String isDeprecated: Boolean! deprecationReason: String }
        type __EnumValue { name: String! description: String isDeprecated: Boolean! deprecationReason: String }
        type __Directive { name: String! description: String locations: [__DirectiveLocation!]! args(includeDeprecated: Boolean = false): [__InputValue!]! isRepeatable: Boolean! }
        enum __DirectiveLocation {
          QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION SCHEMA SCALAR OBJECT FIELD_DEFINITION
          ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT INPUT_FIELD_DEFINITION
        }
        type Query { __schema: __Schema! __type(name: String!): __Type __typename: String! }
        """;

    private static readonly RegoObject BuiltIns = GraphQlSchemaParser.Parse(Prelude, evaluation: null)!;

    private readonly Dictionary<string, GraphQlType> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RegoObject> _directives = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GraphQlType> _roots = new(StringComparer.Ordinal);

    private GraphQlSchema()
    {
    }

    internal Dictionary<string, GraphQlType>.ValueCollection Types => _types.Values;

    internal Dictionary<string, RegoObject>.ValueCollection Directives => _directives.Values;

    /// <summary>The field <c>__typename</c>, which every composite type has.</summary>
    internal static RegoObject TypeName { get; } = Meta("__typename");

    internal GraphQlType? Type(string name) => _types.GetValueOrDefault(name);

    internal RegoObject? Directive(string name) => _directives.GetValueOrDefault(name);

    /// <summary>The type of an operation: <c>query</c>, <c>mutation</c> or <c>subscription</c>.</summary>
    internal GraphQlType? Root(string operation) => _roots.GetValueOrDefault(operation);

    /// <summary>The field of a composite type, with the fields of introspection (§4.1, §4.2).</summary>
    internal RegoObject? Field(GraphQlType type, string name) => name switch
    {
        "__typename" when type.IsComposite => TypeName,
        "__schema" or "__type" when type == Root("query") => Meta(name),
        _ => type.Field(name),
    };

    /// <summary>The schema that the tree describes, or null where it describes none.</summary>
    internal static GraphQlSchema? Load(RegoObject document, Evaluation evaluation)
    {
        var schema = new GraphQlSchema();
        return schema.Define(BuiltIns, builtIn: true) && schema.Define(document, builtIn: false) && schema.Extend(document)
            && schema.SetRoots(document) && schema.SetPossible(evaluation) && new GraphQlSchemaRules(schema, evaluation).Hold(document)
            ? schema
            : null;
    }

    private static RegoObject Meta(string name) => BuiltIns.List("Definitions").Named("Query")!.List("Fields").Named(name)!;

    private bool Define(RegoObject document, bool builtIn)
    {
        foreach (var item in document.List("Definitions"))
        {
            var definition = (RegoObject)item;
            if (builtIn && definition.Name() == "Query")
            {
                continue;
            }

            var type = new GraphQlType(definition.Name(), definition.Text("Kind"), builtIn);
            type.Merge(definition);
            if (!_types.TryAdd(type.Name, type))
            {
                return false;
            }
        }

        foreach (var item in document.List("Directives"))
        {
            // A schema may state the directives that are built in.
            var directive = (RegoObject)item;
            if (!_directives.TryAdd(directive.Name(), directive) && BuiltIns.List("Directives").Named(directive.Name()) is null)
            {
                return false;
            }
        }

        return true;
    }

    // As in OPA, what is extended may be missing.
    private bool Extend(RegoObject document)
    {
        foreach (var item in document.List("Extensions"))
        {
            var extension = (RegoObject)item;
            if (!_types.TryGetValue(extension.Name(), out var type))
            {
                _types.Add(extension.Name(), type = new GraphQlType(extension.Name(), extension.Text("Kind"), builtIn: false));
            }

            if (type.BuiltIn || type.Kind != extension.Text("Kind"))
            {
                return false;
            }

            type.Merge(extension);
        }

        return true;
    }

    // §3.3.1: a schema definition names the root types; without one they have their default names.
    private bool SetRoots(RegoObject document)
    {
        var schemas = document.List("Schema");
        foreach (var list in (ReadOnlySpan<string>)["Schema", "SchemaExtension"])
        {
            foreach (var item in document.List(list))
            {
                foreach (var root in ((RegoObject)item).List("OperationTypes"))
                {
                    if (!SetRoot(((RegoObject)root).Text("Operation"), ((RegoObject)root).Text("Type")))
                    {
                        return false;
                    }
                }
            }
        }

        foreach (var (operation, name) in (ReadOnlySpan<(string, string)>)[("query", "Query"), ("mutation", "Mutation"), ("subscription", "Subscription")])
        {
            if (schemas.IsEmpty && _types.ContainsKey(name) && !_roots.ContainsKey(operation) && !SetRoot(operation, name))
            {
                return false;
            }
        }

        return schemas.Length <= 1;
    }

    private bool SetRoot(string operation, string name) =>
        _types.TryGetValue(name, out var type) && type.Kind == "OBJECT" && _roots.TryAdd(operation, type);

    private bool SetPossible(Evaluation evaluation)
    {
        foreach (var type in _types.Values)
        {
            if (type.Kind == "OBJECT")
            {
                type.Possible.Add(type.Name);
                foreach (var name in type.Interfaces)
                {
                    Type(name)?.Possible.Add(type.Name);
                }
            }
            else if (type.Kind == "UNION")
            {
                type.Possible.UnionWith(type.Members);
            }

            if (!evaluation.ChargeCells(4 + type.Interfaces.Count + type.Members.Count))
            {
                return false;
            }
        }

        return true;
    }
}
