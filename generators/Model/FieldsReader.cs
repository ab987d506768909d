using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Actions;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Compiles the pairs of a query or a form. A pair without a value is left out.</summary>
internal sealed class FieldsReader(TemplatePlace place, TemplateVariables variables, DiagnosticBag diagnostics)
{
    private const string SpreadKey = "...";

    private readonly List<string> _names = [];

    /// <summary>The code of the pairs so far.</summary>
    public ProgramWriter Code { get; } = new();

    /// <summary>Compiles a mapping of names to values.</summary>
    /// <returns>Whether it is one.</returns>
    public bool Read(Node node)
    {
        if (node is not MapNode map || map.Entries.Any(static entry => entry.Value is MapNode or ListNode or NullNode))
        {
            return false;
        }

        // A name may come twice where the same text writes it twice.
        var before = new HashSet<string>(_names);
        foreach (var entry in map.Entries)
        {
            if (before.Contains(entry.Key))
            {
                diagnostics.Add(Descriptors.QueryTwice, entry.KeyLocation, entry.Key);
            }
            else if (entry.Key == SpreadKey)
            {
                Spread(entry.Value);
            }
            else if (entry.Key.Contains("{{") || entry.Key.Length == 0)
            {
                BadName(entry);
            }
            else if (entry.Value is not TextNode text)
            {
                Constant(Uri.EscapeDataString(entry.Key) + "=" + Uri.EscapeDataString(SchemaKeywords.Literal(entry.Value).Text));
            }
            else if (TemplateText.Split(text, diagnostics) is { } tokens)
            {
                Pair(Uri.EscapeDataString(entry.Key), tokens, Uri.EscapeDataString);
            }
        }

        return true;
    }

    /// <summary>A pair as it stands.</summary>
    public void Constant(string pair)
    {
        Named(pair.Split('=')[0]);
        Code.Op(FieldOp.Constant);
        Code.Bytes(pair);
    }

    /// <summary>A pair.</summary>
    /// <param name="name">As it is written.</param>
    /// <param name="tokens">The value.</param>
    /// <param name="encode">Makes text of the template what is written.</param>
    public void Pair(string name, List<TemplateToken> tokens, Func<string, string> encode)
    {
        Named(name);
        if (tokens.Find(static token => token.IsPlaceholder && token.Mode is "repeat" or "deep") is { } list)
        {
            if (tokens.Count > 1)
            {
                diagnostics.Add(Descriptors.PlaceholderMode, list.Location, list.Text, list.Mode, $"{place.Name} beside other text", "Let it stand alone");
            }
            else if (variables.Use(list, place) is { } used)
            {
                Code.Op(list.Mode == "deep" ? FieldOp.Deep : FieldOp.Repeat);
                Code.Bytes(name);
                Code.Number(used.Variable);
            }

            return;
        }

        var value = new TextProgram();
        foreach (var token in tokens)
        {
            if (!token.IsPlaceholder)
            {
                value.Literal(encode(token.Text));
            }
            else if (variables.Use(token, place) is { } used)
            {
                value.Value(used.Mode.Text, used.Variable);
            }
        }

        if (value.IsConstant)
        {
            Constant($"{name}={value.Constant()}");
            return;
        }

        Code.Op(FieldOp.Text);
        Code.Bytes(name);
        Code.Block(value.Finish());
    }

    private void Named(string name) => _names.Add(Uri.UnescapeDataString(name.Replace('+', ' ')));

    private void BadName(MapEntry entry)
    {
        if (place == TemplatePlace.Query)
        {
            diagnostics.Add(Descriptors.WrongKind, entry.KeyLocation, "query", "a flat mapping of names to text", "one with a placeholder for a name, or without one");
        }
        else
        {
            diagnostics.Add(Descriptors.BadBodyTemplate, entry.KeyLocation, "has a pair with a placeholder for a name, or without one");
        }
    }

    private void Spread(Node node)
    {
        if (node is TextNode text && TemplateText.Split(text, diagnostics) is { } tokens)
        {
            if (tokens.Count != 1 || !tokens[0].IsPlaceholder)
            {
                diagnostics.Add(Descriptors.BadSpread, node.Location);
            }
            else if (variables.Use(tokens[0], TemplatePlace.Spread) is { } used)
            {
                Code.Op(FieldOp.Spread);
                Code.Number(used.Variable);
            }
        }
        else if (node is not TextNode)
        {
            diagnostics.Add(Descriptors.BadSpread, node.Location);
        }
    }
}
