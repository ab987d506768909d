namespace LatchGate.Policy.Rego.Builtins;

/// <summary>
/// What queries and schemas have in common: values, types, arguments and directives (GraphQL, October 2021, §2.9–2.12). The tree is
/// made of Rego objects in the shape that OPA gives it, without positions and without members that are empty.
/// </summary>
internal abstract class GraphQlParser
{
    /// <summary>Selections, values and types nest no deeper.</summary>
    internal const int MaxDepth = 64;

    private readonly GraphQlLexer _lexer;
    private readonly Evaluation? _evaluation;
    private int _depth;

    protected GraphQlParser(string text, Evaluation? evaluation)
    {
        (_lexer, _evaluation) = (new GraphQlLexer(text, evaluation), evaluation);
        _lexer.Next();
    }

    protected bool Failed => _lexer.Failed;

    protected bool AtEnd => _lexer.Kind == GraphQlToken.End;

    protected bool AtString => _lexer.Kind is GraphQlToken.String or GraphQlToken.Block;

    protected string Word => _lexer.Kind == GraphQlToken.Name ? _lexer.Value : "";

    protected void Fail() => _lexer.Fail();

    protected bool At(char punctuator) => _lexer.Kind == GraphQlToken.Punctuator && _lexer.Value[0] == punctuator;

    protected bool Take(char punctuator)
    {
        var there = At(punctuator);
        if (there)
        {
            _lexer.Next();
        }

        return there;
    }

    protected void Expect(char punctuator)
    {
        if (!Take(punctuator))
        {
            Fail();
        }
    }

    protected bool TakeWord(string word)
    {
        var there = Word == word;
        if (there)
        {
            _lexer.Next();
        }

        return there;
    }

    protected void ExpectWord(string word)
    {
        if (!TakeWord(word))
        {
            Fail();
        }
    }

    protected string Name()
    {
        var name = Word;
        if (name.Length == 0)
        {
            Fail();
        }

        _lexer.Next();
        return name;
    }

    protected string TakeString()
    {
        var value = _lexer.Value;
        _lexer.Next();
        return value;
    }

    /// <summary>A new object of the tree.</summary>
    protected RegoObject Node()
    {
        if (_evaluation is not null && !_evaluation.ChargeCells(16))
        {
            Fail();
        }

        return new RegoObject(4);
    }

    protected static RegoString Text(string value) => value.Length == 0 ? RegoString.Empty : new RegoString(value);

    /// <summary>Sets a list that is not empty.</summary>
    protected static void Set(RegoObject holder, string name, RegoArray list)
    {
        if (list.Count > 0)
        {
            holder.Set(name, list);
        }
    }

    /// <summary>One or more items in brackets.</summary>
    protected RegoArray Many(char open, char close, Func<RegoValue> item)
    {
        var list = new RegoArray();
        Expect(open);
        do
        {
            list.Append(Nested(item));
        }
        while (!AtEnd && !At(close));
        Expect(close);
        return list;
    }

    /// <summary>Counts one level of nesting.</summary>
    protected RegoValue Nested(Func<RegoValue> item)
    {
        if (++_depth > MaxDepth)
        {
            Fail();
        }

        var value = Failed ? RegoNull.Instance : item();
        _depth--;
        return value;
    }

    protected RegoArray Arguments(bool constant) => At('(') ? Many('(', ')', () => Argument(constant)) : new RegoArray();

    protected RegoArray Directives(bool constant)
    {
        var list = new RegoArray();
        while (Take('@'))
        {
            var directive = Node();
            directive.Set("Name", Text(Name()));
            directive.Set("Location", RegoString.Empty);
            Set(directive, "Arguments", Arguments(constant));
            list.Append(directive);
        }

        return list;
    }

    protected RegoValue Type() => Nested(() =>
    {
        var type = Node();
        if (Take('['))
        {
            type.Set("Elem", Type());
            type.Set("NamedType", RegoString.Empty);
            Expect(']');
        }
        else
        {
            type.Set("NamedType", Text(Name()));
        }

        type.Set("NonNull", RegoBoolean.Of(Take('!')));
        return type;
    });

    protected RegoValue Value(bool constant) => Nested(() =>
    {
        var value = Node();
        value.Set("ExpectedTypeHasDefault", RegoBoolean.False);
        if (At('[') || At('{'))
        {
            var list = At('[');
            value.Set("Kind", RegoNumber.Of(list ? 8 : 9));
            value.Set("Raw", RegoString.Empty);
            Set(value, "Children", Children(list, constant));
            return value;
        }

        var kind = Kind(constant);
        value.Set("Kind", RegoNumber.Of(kind));
        value.Set("Raw", Text(TakeString()));
        return value;
    });

    private int Kind(bool constant)
    {
        switch (_lexer.Kind)
        {
            case GraphQlToken.Int:
                return 1;
            case GraphQlToken.Float:
                return 2;
            case GraphQlToken.String:
                return 3;
            case GraphQlToken.Block:
                return 4;
            case GraphQlToken.Name:
                return _lexer.Value switch { "true" or "false" => 5, "null" => 6, _ => 7 };
            default:
                if (constant || !Take('$') || Word.Length == 0)
                {
                    Fail();
                }

                return 0;
        }
    }

    // A list or an object may be empty.
    private RegoArray Children(bool list, bool constant)
    {
        var children = new RegoArray();
        _lexer.Next();
        var close = list ? ']' : '}';
        while (!AtEnd && !At(close))
        {
            var child = Node();
            child.Set("Name", list ? RegoString.Empty : Text(Name()));
            if (!list)
            {
                Expect(':');
            }

            child.Set("Value", Value(constant));
            children.Append(child);
        }

        Expect(close);
        return children;
    }

    private RegoObject Argument(bool constant)
    {
        var argument = Node();
        argument.Set("Name", Text(Name()));
        Expect(':');
        argument.Set("Value", Value(constant));
        return argument;
    }
}
