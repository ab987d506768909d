using System;
using System.Linq;
using LatchGate.Actions;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Compiles the <c>template:</c> of an action with files: the task of the fs provider, with placeholders in its texts.</summary>
internal sealed class FileTemplateReader(TemplateVariables variables, FilesModel files, DiagnosticBag diagnostics)
{
    /// <summary>The keys of such a template, in the order of the task.</summary>
    public static readonly string[] Keys = ["operation", "path", "content_base64", "mode", "expected_before_hash"];

    private static readonly string[] Operations = ["read", "write", "delete"];

    private readonly BodyReader _texts = new(variables, diagnostics);

    /// <summary>The code of the task, an object.</summary>
    public ProgramWriter Read(Fields fields)
    {
        var task = new ProgramWriter();
        task.Op(NodeOp.Object);
        task.Flag(false);
        var operation = fields.RequireText("operation");
        if (operation is not null)
        {
            Check(operation, fields);
            Member("operation", operation, TemplatePlace.FileTask, task);
        }

        if (fields.RequireText("path") is { } path)
        {
            Member("path", path, TemplatePlace.WholeFileTask, task);
        }

        foreach (var key in new[] { "content_base64", "mode", "expected_before_hash" })
        {
            if (fields.Text(key) is { } text)
            {
                Member(key, text, key == "content_base64" ? TemplatePlace.WholeFileTask : TemplatePlace.FileTask, task);
            }
        }

        var code = new ProgramWriter();
        code.Block(task);
        return code;
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

    private void Member(string name, TextNode text, TemplatePlace place, ProgramWriter task)
    {
        var value = new ProgramWriter();
        value.Op(NodeOp.Text);
        value.Block(_texts.Text(text, place).Finish());
        task.Op(MemberOp.Named);
        task.Bytes(name);
        task.Block(value);
    }
}
