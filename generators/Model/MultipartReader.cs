using System.Linq;
using LatchGate.Actions;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Compiles a body of mode multipart: a mapping of names to text, or to content with a file name and a type.</summary>
internal sealed class MultipartReader(TemplateVariables variables, DiagnosticBag diagnostics)
{
    // The gate keeps the places of boundaries on its stack (gate/Actions/TaskRenderer.Multipart.cs).
    private const int MaxParts = 64;

    private readonly BodyReader _texts = new(variables, diagnostics);

    /// <summary>The code of the parts.</summary>
    public ProgramWriter Read(Node body)
    {
        var code = new ProgramWriter();
        if (body is not MapNode { Entries.Count: > 0 and <= MaxParts } map)
        {
            Bad(body, "of mode multipart must be a mapping of 1 to 64 parts");
            return code;
        }

        foreach (var entry in map.Entries)
        {
            if (entry.Key.Contains("{{") || entry.Key.Any(static c => c is < ' ' or > '~' or '"' or '\\'))
            {
                diagnostics.Add(Descriptors.BadBodyTemplate, entry.KeyLocation, "has a part whose name is not plain ASCII without quotes and placeholders");
            }
            else if (entry.Value is TextNode text)
            {
                code.Op(PartOp.Text);
                code.Bytes(entry.Key);
                code.Block(_texts.Text(text, TemplatePlace.Part).Finish());
            }
            else if (entry.Value is MapNode content)
            {
                Content(entry.Key, content, code);
            }
            else if (entry.Value is NumberNode or BooleanNode)
            {
                code.Op(PartOp.Text);
                code.Bytes(entry.Key);
                code.Block(Literal(SchemaKeywords.Literal(entry.Value).Text));
            }
            else
            {
                Bad(entry.Value, "has a part that is neither text nor a mapping");
            }
        }

        return code;
    }

    private void Content(string name, MapNode node, ProgramWriter code)
    {
        if (Fields.Of(node, "a part", diagnostics, Descriptors.UnknownKey, "content", "content_base64", "filename", "content_type") is not { } fields)
        {
            return;
        }

        var (text, bytes, fileName, type) = (fields.Text("content"), fields.Text("content_base64"), fields.Text("filename"), fields.Text("content_type"));
        if ((text is null) == (bytes is null))
        {
            Bad(node, "has a part without content or content_base64, or with both");
            return;
        }

        var kind = (bytes is null ? PartOp.Text : PartOp.Base64) | (fileName is null ? 0 : PartOp.FileName) | (type is null ? 0 : PartOp.Type);
        code.Op(kind);
        code.Bytes(name);
        if (text is not null)
        {
            code.Block(_texts.Text(text, TemplatePlace.Part).Finish());
        }
        else if (TemplateText.Split(bytes!, diagnostics) is { } tokens)
        {
            if (tokens.Count != 1 || !tokens[0].IsPlaceholder)
            {
                Bad(bytes!, "has a content_base64 that is not one placeholder");
            }
            else if (variables.Use(tokens[0], TemplatePlace.PartBytes) is { } used)
            {
                code.Number(used.Variable);
            }
        }

        Line(fileName, TemplatePlace.FileName, code);
        Line(type, TemplatePlace.PartType, code);
    }

    private void Line(TextNode? text, TemplatePlace place, ProgramWriter code)
    {
        if (text is null)
        {
            return;
        }

        if (text.Value.Any(static c => c is < ' ' or > '~' or '"'))
        {
            Bad(text, "has a file name or type of a part that is not printable ASCII without quotes");
        }

        code.Block(_texts.Text(text, place).Finish());
    }

    private static ProgramWriter Literal(string text)
    {
        var literal = new TextProgram();
        literal.Literal(text);
        return literal.Finish();
    }

    private void Bad(Node at, string fault) => diagnostics.Add(Descriptors.BadBodyTemplate, at.Location, fault);
}
