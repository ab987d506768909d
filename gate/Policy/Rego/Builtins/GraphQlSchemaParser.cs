namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// Type system documents of GraphQL (October 2021, §3).
/// <code>
/// definition = [ description ] ( schema / scalar / object / interface / union / enum / input / directive ) / "extend" …
/// object     = "type" name [ "implements" name *( "&amp;" name ) ] [ directives ] [ "{" 1*field "}" ]
/// field      = [ description ] name [ arguments ] ":" type [ directives ]
/// </code>
/// </summary>
internal sealed class GraphQlSchemaParser : GraphQlParser
{
    private static readonly HashSet<string> Locations = new(StringComparer.Ordinal)
    {
        "QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT", "VARIABLE_DEFINITION",
        "SCHEMA", "SCALAR", "OBJECT", "FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INTERFACE", "UNION", "ENUM", "ENUM_VALUE", "INPUT_OBJECT", "INPUT_FIELD_DEFINITION",
    };

    private GraphQlSchemaParser(string text, Evaluation? evaluation)
        : base(text, evaluation)
    {
    }

    /// <summary>The tree, or null where the text is no such document.</summary>
    internal static RegoObject? Parse(string text, Evaluation? evaluation) => new GraphQlSchemaParser(text, evaluation).Document();

    private RegoObject? Document()
    {
        var (schemas, schemaExtensions, directives) = (new RegoArray(), new RegoArray(), new RegoArray());
        var (definitions, extensions) = (new RegoArray(), new RegoArray());
        while (!AtEnd)
        {
            var description = Description();
            var described = description is not null;
            var extends = !described && TakeWord("extend");
            if (TakeWord("schema"))
            {
                (extends ? schemaExtensions : schemas).Append(Schema(description ?? "", extends));
            }
            else if (!extends && TakeWord("directive"))
            {
                directives.Append(Directive(description ?? ""));
            }
            else
            {
                (extends ? extensions : definitions).Append(Definition(description ?? "", extends));
            }
        }

        var document = new RegoObject();
        Set(document, "Schema", schemas);
        Set(document, "SchemaExtension", schemaExtensions);
        Set(document, "Directives", directives);
        Set(document, "Definitions", definitions);
        Set(document, "Extensions", extensions);
        return Failed ? null : document;
    }

    private string? Description() => AtString ? TakeString() : null;

    private RegoObject Schema(string description, bool extends)
    {
        var schema = Node();
        schema.Set("Description", Text(description));
        var directives = Directives(constant: true);
        Set(schema, "Directives", directives);
        if (At('{') || !extends || directives.Count == 0)
        {
            schema.Set("OperationTypes", Many('{', '}', OperationType));
        }

        return schema;
    }

    private RegoObject OperationType()
    {
        var type = Node();
        var operation = Name();
        if (operation is not ("query" or "mutation" or "subscription"))
        {
            Fail();
        }

        type.Set("Operation", Text(operation));
        Expect(':');
        type.Set("Type", Text(Name()));
        return type;
    }

    private RegoObject Definition(string description, bool extends)
    {
        var definition = Node();
        var kind = Name() switch
        {
            "scalar" => "SCALAR",
            "type" => "OBJECT",
            "interface" => "INTERFACE",
            "union" => "UNION",
            "enum" => "ENUM",
            "input" => "INPUT_OBJECT",
            _ => "",
        };
        if (kind.Length == 0)
        {
            Fail();
        }

        definition.Set("Kind", Text(kind));
        definition.Set("Description", Text(description));
        definition.Set("BuiltIn", RegoBoolean.False);
        definition.Set("Name", Text(Name()));
        var interfaces = kind is "OBJECT" or "INTERFACE" && TakeWord("implements") ? Names('&') : new RegoArray();
        Set(definition, "Interfaces", interfaces);
        var directives = Directives(constant: true);
        Set(definition, "Directives", directives);
        var members = Members(definition, kind);
        if (extends && members + interfaces.Count + directives.Count == 0)
        {
            Fail();
        }

        return definition;
    }

    private int Members(RegoObject definition, string kind)
    {
        var (name, members) = kind switch
        {
            "OBJECT" or "INTERFACE" when At('{') => ("Fields", Many('{', '}', Field)),
            "INPUT_OBJECT" when At('{') => ("Fields", Many('{', '}', Input)),
            "ENUM" when At('{') => ("EnumValues", Many('{', '}', EnumValue)),
            "UNION" when Take('=') => ("Types", Names('|')),
            _ => ("Fields", new RegoArray()),
        };
        Set(definition, name, members);
        return members.Count;
    }

    private RegoArray Names(char separator)
    {
        var names = new RegoArray();
        Take(separator);
        do
        {
            names.Append(Text(Name()));
        }
        while (Take(separator));
        return names;
    }

    private RegoObject Field()
    {
        var field = Node();
        field.Set("Description", Text(Description() ?? ""));
        field.Set("Name", Text(Name()));
        Set(field, "Arguments", At('(') ? Many('(', ')', Input) : new RegoArray());
        Expect(':');
        field.Set("Type", Type());
        Set(field, "Directives", Directives(constant: true));
        return field;
    }

    // An argument or a field of an input object.
    private RegoObject Input()
    {
        var input = Node();
        input.Set("Description", Text(Description() ?? ""));
        input.Set("Name", Text(Name()));
        Expect(':');
        input.Set("Type", Type());
        if (Take('='))
        {
            input.Set("DefaultValue", Value(constant: true));
        }

        Set(input, "Directives", Directives(constant: true));
        return input;
    }

    private RegoObject EnumValue()
    {
        var value = Node();
        value.Set("Description", Text(Description() ?? ""));
        value.Set("Name", Text(Name()));
        Set(value, "Directives", Directives(constant: true));
        return value;
    }

    private RegoObject Directive(string description)
    {
        var directive = Node();
        directive.Set("Description", Text(description));
        Expect('@');
        directive.Set("Name", Text(Name()));
        Set(directive, "Arguments", At('(') ? Many('(', ')', Input) : new RegoArray());
        directive.Set("IsRepeatable", RegoBoolean.Of(TakeWord("repeatable")));
        ExpectWord("on");
        var locations = Names('|');
        foreach (var location in locations.Items)
        {
            if (!Locations.Contains(((RegoString)location).Value))
            {
                Fail();
            }
        }

        directive.Set("Locations", locations);
        return directive;
    }
}
