using System.Collections.Generic;
using System.Linq;
using LatchGate.Actions;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Compiles a JSON body. A value keeps its type, and what has no value is left out with its name.</summary>
internal sealed class BodyReader(TemplateVariables variables, DiagnosticBag diagnostics)
{
    private const string SpreadKey = "...";

    /// <summary>The code of the whole body; null after a diagnostic.</summary>
    public ProgramWriter? Whole(Node body)
    {
        if (body is not TextNode text)
        {
            return Value(body).Code;
        }

        if (TemplateText.Split(text, diagnostics) is not { } tokens)
        {
            return null;
        }

        return !IsWhole(tokens) ? Value(body).Code : variables.Use(tokens[0], TemplatePlace.WholeBody) is { } used ? ValueOf(used.Variable).Code : null;
    }

    /// <summary>The code of a text with placeholders.</summary>
    public TextProgram Text(TextNode node, TemplatePlace place)
    {
        var text = new TextProgram();
        Text(node, place, text);
        return text;
    }

    private void Text(TextNode node, TemplatePlace place, TextProgram text)
    {
        foreach (var token in TemplateText.Split(node, diagnostics) ?? [])
        {
            if (!token.IsPlaceholder)
            {
                text.Literal(token.Text);
            }
            else if (variables.Use(token, place) is { } used)
            {
                text.Value(used.Mode.Text, used.Variable);
            }
        }
    }

    private static bool IsWhole(List<TemplateToken> tokens) => tokens.Count == 1 && tokens[0] is { IsPlaceholder: true, Mode: "" };

    private Compiled Value(Node node)
    {
        switch (node)
        {
            case MapNode { Entries.Count: 1 } only when only.Entries[0].Key is "$base64" or "$base64url":
                return Encoded(only.Entries[0]);
            case MapNode map:
                return Object(map);
            case ListNode list:
                return Array(list);
            case TextNode text when text.Value.Contains("{{") || text.Value.Contains("}}"):
                if (TemplateText.Split(text, diagnostics) is not { } tokens)
                {
                    return default;
                }

                if (!IsWhole(tokens))
                {
                    return TextOf(Text(text, TemplatePlace.BodyText));
                }

                return variables.Use(tokens[0], TemplatePlace.BodyValue) is { } used ? ValueOf(used.Variable) : default;
            default:
                var literal = SchemaKeywords.Literal(node);
                return Constant(literal.Type == JsonTypes.String ? CanonicalJson.Quote(literal.Text) : literal.Text);
        }
    }

    private Compiled Encoded(MapEntry entry)
    {
        var program = new TextProgram();
        program.Op(TextOp.BeginEncoded);
        switch (entry.Value)
        {
            case TextNode text:
                Text(text, TemplatePlace.BodyText, program);
                break;
            case ListNode { Items.Count: > 0 } list when list.Items.All(static item => item is TextNode):
                foreach (var item in list.Items)
                {
                    program.Optional(Text((TextNode)item, TemplatePlace.BodyText));
                }

                break;
            default:
                diagnostics.Add(Descriptors.WrongKind, entry.Value.Location, entry.Key, "a string or a list of strings", entry.Value.Kind);
                return default;
        }

        program.EndEncoded(entry.Key == "$base64" ? TextMode.Base64 : TextMode.Base64Url);
        return TextOf(program);
    }

    private Compiled Object(MapNode map)
    {
        var members = new ProgramWriter();
        var droppable = map.Entries.Count > 0;
        foreach (var entry in map.Entries)
        {
            if (entry.Key == SpreadKey)
            {
                droppable &= Spread(entry.Value, members);
                continue;
            }

            if (entry.Key.Contains("{{"))
            {
                diagnostics.Add(Descriptors.BadBodyTemplate, entry.KeyLocation, "has a placeholder in a key");
            }

            var value = Value(entry.Value);
            droppable &= value.MayBeAbsent;
            members.Op(MemberOp.Named);
            members.Bytes(entry.Key);
            members.Block(value.Code ?? new ProgramWriter());
        }

        return Container(NodeOp.Object, droppable, members);
    }

    private Compiled Array(ListNode list)
    {
        var items = new ProgramWriter();
        var droppable = list.Items.Count > 0;
        foreach (var item in list.Items)
        {
            var value = Value(item);
            droppable &= value.MayBeAbsent;
            items.Block(value.Code ?? new ProgramWriter());
        }

        return Container(NodeOp.Array, droppable, items);
    }

    // Whether the members may be absent.
    private bool Spread(Node node, ProgramWriter members)
    {
        if (node is not TextNode text)
        {
            diagnostics.Add(Descriptors.BadSpread, node.Location);
            return false;
        }

        if (TemplateText.Split(text, diagnostics) is not { } tokens)
        {
            return false;
        }

        if (tokens.Count != 1 || !tokens[0].IsPlaceholder)
        {
            diagnostics.Add(Descriptors.BadSpread, node.Location);
            return false;
        }

        if (variables.Use(tokens[0], TemplatePlace.Spread) is not { } used)
        {
            return false;
        }

        members.Op(MemberOp.Spread);
        members.Number(used.Variable);
        return variables.MayBeAbsent(used.Variable);
    }

    private static Compiled Container(NodeOp op, bool droppable, ProgramWriter content)
    {
        var code = new ProgramWriter();
        code.Op(op);
        code.Flag(droppable);
        code.Append(content);
        return new Compiled(code, droppable);
    }

    private Compiled TextOf(TextProgram text)
    {
        var code = new ProgramWriter();
        code.Op(NodeOp.Text);
        code.Block(text.Finish());
        return new Compiled(code, text.Variables.Any(variables.MayBeAbsent));
    }

    private Compiled ValueOf(int variable)
    {
        var code = new ProgramWriter();
        code.Op(NodeOp.Value);
        code.Number(variable);
        return new Compiled(code, variables.MayBeAbsent(variable));
    }

    private static Compiled Constant(string json)
    {
        var code = new ProgramWriter();
        code.Op(NodeOp.Constant);
        code.Bytes(json);
        return new Compiled(code, false);
    }

    // The code is null after a diagnostic.
    private readonly record struct Compiled(ProgramWriter? Code, bool MayBeAbsent);
}
