namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// Executable documents of GraphQL (October 2021, §2.2–2.8).
/// <code>
/// operation = [ type [ name ] [ variables ] [ directives ] ] selections
/// selection = [ alias ":" ] name [ arguments ] [ directives ] [ selections ] / "..." name / "..." [ "on" type ] [ directives ] selections
/// fragment  = "fragment" name "on" type [ directives ] selections
/// </code>
/// </summary>
internal sealed class GraphQlQueryParser : GraphQlParser
{
    private GraphQlQueryParser(string text, Evaluation evaluation)
        : base(text, evaluation)
    {
    }

    /// <summary>The tree, or null where the text is no such document.</summary>
    internal static RegoObject? Parse(string text, Evaluation evaluation) => new GraphQlQueryParser(text, evaluation).Document();

    private RegoObject? Document()
    {
        var (operations, fragments) = (new RegoArray(), new RegoArray());
        while (!AtEnd)
        {
            if (Word == "fragment")
            {
                fragments.Append(Fragment());
            }
            else
            {
                operations.Append(Operation());
            }
        }

        var document = new RegoObject();
        Set(document, "Operations", operations);
        Set(document, "Fragments", fragments);
        return Failed ? null : document;
    }

    private RegoObject Operation()
    {
        var operation = Node();
        var (type, name) = ("query", "");
        if (!At('{'))
        {
            type = Name();
            if (type is not ("query" or "mutation" or "subscription"))
            {
                Fail();
            }

            name = Word.Length > 0 ? Name() : "";
            Set(operation, "VariableDefinitions", At('(') ? Many('(', ')', Variable) : new RegoArray());
            Set(operation, "Directives", Directives(constant: false));
        }

        operation.Set("Operation", Text(type));
        operation.Set("Name", Text(name));
        operation.Set("SelectionSet", Selections());
        return operation;
    }

    private RegoObject Variable()
    {
        var variable = Node();
        Expect('$');
        variable.Set("Variable", Text(Name()));
        Expect(':');
        variable.Set("Type", Type());
        variable.Set("Used", RegoBoolean.False);
        if (Take('='))
        {
            variable.Set("DefaultValue", Value(constant: true));
        }

        Set(variable, "Directives", Directives(constant: true));
        return variable;
    }

    private RegoObject Fragment()
    {
        var fragment = Node();
        ExpectWord("fragment");
        var name = Name();
        if (name == "on")
        {
            Fail();
        }

        fragment.Set("Name", Text(name));
        ExpectWord("on");
        fragment.Set("TypeCondition", Text(Name()));
        Set(fragment, "Directives", Directives(constant: false));
        fragment.Set("SelectionSet", Selections());
        return fragment;
    }

    private RegoArray Selections() => Many('{', '}', Selection);

    private RegoObject Selection()
    {
        var selection = Node();
        if (Take('…'))
        {
            if (Word.Length > 0 && Word != "on")
            {
                selection.Set("Name", Text(Name()));
                Set(selection, "Directives", Directives(constant: false));
                return selection;
            }

            selection.Set("TypeCondition", TakeWord("on") ? Text(Name()) : RegoString.Empty);
            Set(selection, "Directives", Directives(constant: false));
            selection.Set("SelectionSet", Selections());
            return selection;
        }

        var name = Name();
        selection.Set("Alias", Text(name));
        selection.Set("Name", Text(Take(':') ? Name() : name));
        Set(selection, "Arguments", Arguments(constant: false));
        Set(selection, "Directives", Directives(constant: false));
        if (At('{'))
        {
            selection.Set("SelectionSet", Selections());
        }

        return selection;
    }
}
