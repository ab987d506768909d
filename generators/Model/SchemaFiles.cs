using System;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Finds the schema that a manifest names: inline, or a JSON file at or below the manifest's folder.</summary>
internal sealed class SchemaFiles(SourceFile manifest, ImmutableEquatableArray<SourceFile> schemas)
{
    /// <summary>The schema's JSON; null after a diagnostic.</summary>
    public Node? Resolve(Node node, string key, DiagnosticBag diagnostics)
    {
        switch (node)
        {
            case MapNode:
                return node;
            case TextNode name:
                return Load(name, diagnostics);
            default:
                diagnostics.Add(Descriptors.WrongKind, node.Location, key, "a schema or the name of a schema file", node.Kind);
                return null;
        }
    }

    private Node? Load(TextNode name, DiagnosticBag diagnostics)
    {
        var path = name.Value;
        if (!path.EndsWith(".json", StringComparison.Ordinal) || path.Contains("\\") || path.StartsWith("/", StringComparison.Ordinal)
            || Array.Exists(path.Split('/'), static part => part is "" or "." or ".."))
        {
            diagnostics.Add(Descriptors.SchemaFile, name.Location, ManifestReader.Shown(path), "is not a plain relative path");
            return null;
        }

        foreach (var file in schemas)
        {
            if (file.Path == manifest.Folder + path)
            {
                return JsonReader.Read(file, diagnostics);
            }
        }

        diagnostics.Add(Descriptors.SchemaFile, name.Location, ManifestReader.Shown(path), "does not exist");
        return null;
    }
}
