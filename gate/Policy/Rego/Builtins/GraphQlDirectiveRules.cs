namespace LatchGate.Policy.Rego.Builtins;

/// <summary>Directives and arguments (GraphQL, October 2021, §5.4, §5.7), in schemas and queries alike.</summary>
internal sealed class GraphQlDirectiveRules(GraphQlSchema schema, Evaluation evaluation)
{
    private readonly GraphQlValueRules _values = new(schema, evaluation);

    /// <summary>Each variable that is used, with the type it is used as; null collects none.</summary>
    internal List<GraphQlUsage>? Usages
    {
        get => _values.Usages;
        set => _values.Usages = value;
    }

    /// <summary>Whether a value fits a type, as a variable's default.</summary>
    internal bool IsValue(RegoObject? value, RegoObject? type) => _values.IsValue(value, type, hasDefault: false);

    /// <summary>Whether all directives are known, allowed here, not repeated unless they may be, and have the right arguments.</summary>
    internal bool Hold(ReadOnlySpan<RegoValue> directives, string location)
    {
        if (directives.IsEmpty)
        {
            return true;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in directives)
        {
            var directive = (RegoObject)item;
            if (!evaluation.ChargeSteps(4) || schema.Directive(directive.Name()) is not { } definition || !IsAllowed(definition, location)
                || (!seen.Add(directive.Name()) && !definition.Flag("IsRepeatable")) || !Arguments(directive, definition))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the arguments are known, unique, complete and of their types.</summary>
    internal bool Arguments(RegoObject node, RegoObject definition)
    {
        var given = node.List("Arguments");
        var wanted = definition.List("Arguments");
        if (!evaluation.ChargeSteps(1 + given.Length + wanted.Length + (long)given.Length * wanted.Length / 16))
        {
            return false;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in given)
        {
            var argument = (RegoObject)item;
            if (!seen.Add(argument.Name()) || wanted.Named(argument.Name()) is not { } parameter
                || !_values.IsValue(argument.Node("Value"), parameter.Node("Type"), parameter.Get("DefaultValue") is not null))
            {
                return false;
            }
        }

        foreach (var item in wanted)
        {
            var parameter = (RegoObject)item;
            if (parameter.Node("Type")?.Flag("NonNull") == true && parameter.Get("DefaultValue") is null && !seen.Contains(parameter.Name()))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsAllowed(RegoObject definition, string location)
    {
        foreach (var allowed in definition.List("Locations"))
        {
            if (((RegoString)allowed).Value == location)
            {
                return true;
            }
        }

        return false;
    }
}
