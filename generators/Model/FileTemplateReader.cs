using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Compiles the <c>template:</c> of an action with files: the task of the fs provider, with placeholders in its texts.</summary>
internal sealed class FileTemplateReader(TemplateVariables variables, FilesModel files, DiagnosticBag diagnostics)
{
    /// <summary>The keys of such a template, in the order of the task.</summary>
    public static readonly string[] Keys = ["operation", "path", "content_base64", "mode", "expected_before_hash"];

    private static readonly string[] Operations = ["read", "write", "delete"];

    /// <summary>The template, whose body is the whole task.</summary>
    public TemplateModel Read(Fields fields)
    {
        var members = new List<BodyMember>();
        var operation = fields.RequireText("operation");
        if (operation is not null)
        {
            Check(operation, fields);
            members.Add(new BodyMember("operation", Literal(operation.Value)));
        }

        if (fields.RequireText("path") is { } path)
        {
            members.Add(new BodyMember("path", Text(path, needsValue: true)));
        }

        foreach (var key in new[] { "content_base64", "mode", "expected_before_hash" })
        {
            if (fields.Text(key) is { } text)
            {
                members.Add(new BodyMember(key, Text(text, needsValue: key == "content_base64")));
            }
        }

        var body = new BodyModel(BodyKind.Object, members.ToEquatableArray(), ImmutableEquatableArray<TextPart>.Empty, -1, null);
        return new TemplateModel(
            "",
            variables.ToEquatableArray(),
            ImmutableEquatableArray<UrlStep>.Empty,
            ImmutableEquatableArray<HeaderModel>.Empty,
            BodyMode.None,
            body,
            ImmutableEquatableArray<FormField>.Empty);
    }

    private void Check(TextNode operation, Fields fields)
    {
        if (Array.IndexOf(Operations, operation.Value) < 0)
        {
            diagnostics.Add(Descriptors.NotOneOf, operation.Location, "operation", ManifestReader.Shown(operation.Value), string.Join(", ", Operations));
            return;
        }

        var writes = operation.Value == "write";
        var permitted = writes ? files.Operations.Contains("create") || files.Operations.Contains("overwrite") : files.Operations.Contains(operation.Value);
        var fault = !permitted && files.Operations.Count > 0 ? $"asks for '{operation.Value}', which allowed_operations does not list"
            : writes && fields.Find("content_base64") is null ? "writes without content_base64"
            : !writes && (fields.Find("content_base64") ?? fields.Find("mode") ?? fields.Find("expected_before_hash")) is not null
                ? $"has a key that '{operation.Value}' does not take"
            : null;
        if (fault is not null)
        {
            diagnostics.Add(Descriptors.BadFileTemplate, operation.Location, fault);
        }
    }

    private BodyModel Text(TextNode node, bool needsValue)
    {
        var parts = new List<TextPart>();
        foreach (var token in TemplateText.Split(node, diagnostics) ?? [])
        {
            if (!token.IsPlaceholder)
            {
                parts.Add(new TextPart(token.Text, -1));
            }
            else if (token.IsPath)
            {
                diagnostics.Add(Descriptors.PlaceholderSyntax, token.Location);
            }
            else if (variables.Use(token, "a file task", TemplateVariables.Plain, needsValue) is { } variable)
            {
                parts.Add(new TextPart("", variable));
            }
        }

        return new BodyModel(BodyKind.Text, ImmutableEquatableArray<BodyMember>.Empty, parts.ToEquatableArray(), -1, null);
    }

    private static BodyModel Literal(string text) => new(
        BodyKind.Literal, ImmutableEquatableArray<BodyMember>.Empty, ImmutableEquatableArray<TextPart>.Empty, -1, new JsonLiteral(JsonTypes.String, text));
}
