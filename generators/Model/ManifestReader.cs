using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Turns one manifest into an <see cref="ActionModel"/>, or into the diagnostics that say why not.</summary>
internal static class ManifestReader
{
    private const long MiB = 1024 * 1024;

    private static readonly string[] Keys =
    [
        "action_id", "version", "description", "provider_module_digest", "provider_source", "required_imports", "resource_limits",
        "verifier_kind", "verification_config", "io", "egress", "fs", "secrets", "risk_level", "declared_side_effects", "required_scopes",
        "template", "tags",
    ];

    private static readonly string[] Risks = ["low", "medium", "high", "critical"];

    private static readonly string[] Imports = ["latchgate:io/http", "latchgate:io/fs", "latchgate:io/log"];

    /// <summary>The result for one file.</summary>
    public static ManifestResult Read(SourceFile file, ImmutableEquatableArray<SourceFile> schemas, ModulePins pins, bool openEgress = false)
    {
        var diagnostics = new DiagnosticBag();
        var id = default(TextNode);
        var version = LocationInfo.StartOf(file.Path);
        ActionModel? action = null;
        if (YamlReader.Read(file, diagnostics) is { } root && Fields.Of(root, "the manifest", diagnostics, Descriptors.UnknownKey, Keys) is { } fields)
        {
            id = Format(fields.RequireText("action_id"), "action_id", Formats.ActionId, "1 to 128 characters of A-Z, a-z, 0-9, '_' and '-'", diagnostics);
            version = fields.Find("version")?.Location ?? version;
            action = ReadAction((MapNode)root, fields, id?.Value ?? "", new SchemaFiles(file, schemas), pins, openEgress, diagnostics);
        }

        return diagnostics.Any || id is null
            ? new ManifestResult(null, id?.Location ?? LocationInfo.StartOf(file.Path), version, diagnostics.ToEquatableArray())
            : new ManifestResult(action, id.Location, version, diagnostics.ToEquatableArray());
    }

    private static ActionModel ReadAction(
        MapNode root, Fields fields, string id, SchemaFiles files, ModulePins pins, bool openEgress, DiagnosticBag diagnostics)
    {
        var version = Format(fields.RequireText("version"), "version", Formats.Version, "three numbers such as 1.0.0, in quotes where YAML needs them", diagnostics);
        var description = fields.RequireText("description");
        if (description is not null && (description.Value.Length is 0 or > 256 || description.Value.Any(char.IsControl)))
        {
            diagnostics.Add(Descriptors.BadFormat, description.Location, "description", Shown(description.Value), "one sentence of 1 to 256 characters on one line");
        }

        var risk = OneOf(fields.Text("risk_level"), "risk_level", Risks, diagnostics) ?? "low";
        var imports = ReadImports(fields, diagnostics);
        var reference = fields.RequireText("provider_module_digest");
        var module = ProviderReader.Read(reference, fields.Text("provider_source"), imports, pins, diagnostics);
        var sideEffects = Labels(fields, "declared_side_effects", diagnostics);
        var scopes = ScopeReader.Read(fields, diagnostics);
        var tags = Labels(fields, "tags", diagnostics);

        var io = fields.Find("io") is { } ioNode
            ? Fields.Of(ioNode, "io", diagnostics, Descriptors.UnknownKey, "request_schema", "response_schema", "max_request_bytes", "max_response_bytes")
            : null;
        var request = io?.Find("request_schema") is { } requestNode ? files.Resolve(requestNode, "request_schema", diagnostics) : null;
        var response = io?.Find("response_schema") is { } responseNode ? files.Resolve(responseNode, "response_schema", diagnostics) : null;
        var requestSchema = request is null ? null : SchemaReader.Read(request, diagnostics);
        var responseSchema = response is null ? null : SchemaReader.Read(response, diagnostics);

        var fileModel = FilesReader.Read(fields, imports, module, diagnostics);
        var verification = VerificationReader.Read(fields, risk, sideEffects, requestSchema, response is MapNode { Entries.Count: > 0 }, diagnostics);
        var before = diagnostics.Count;
        var egress = fields.Find("egress") is { } egressNode ? EgressReader.Read(egressNode, openEgress, diagnostics) : EgressReader.Closed;
        var isSound = diagnostics.Count == before;
        var secrets = SecretsReader.Read(fields, egress, diagnostics);
        var template = fields.Find("template") is { } templateNode
            ? TemplateReader.Read(templateNode, request as MapNode, requestSchema, fileModel, new TemplateEgress(egress, isSound), diagnostics)
            : null;
        if (template is not null && reference is not null && module is not null && !reference.Value.StartsWith("builtin:", StringComparison.Ordinal))
        {
            diagnostics.Add(Descriptors.TemplateProvider, reference.Location);
        }

        return new ActionModel(
            id,
            version?.Value ?? "",
            description?.Value ?? "",
            risk,
            reference?.Value ?? "",
            module?.Name ?? "",
            module?.Digest ?? "",
            CanonicalJson.Digest(WithSchemas(root, request, response)),
            imports.ToEquatableArray(),
            ReadLimits(fields, io, fileModel, template is null ? 0 : 1, diagnostics),
            verification,
            egress,
            fileModel,
            sideEffects,
            scopes,
            tags,
            secrets,
            requestSchema,
            responseSchema,
            template);
    }

    private static List<string> ReadImports(Fields fields, DiagnosticBag diagnostics)
    {
        var imports = new List<string>();
        foreach (var import in fields.Texts("required_imports") ?? [])
        {
            if (OneOf(import, "required_imports", Imports, diagnostics) is { } known && !imports.Contains(known))
            {
                imports.Add(known);
            }
        }

        return imports;
    }

    // A template makes a task that is one host call: none allowed would refuse each of them.
    // The bounds of an action with files follow from the size of its files, where they are not given (reference/kernel.md D-91).
    private static LimitsModel ReadLimits(Fields manifest, Fields? io, FilesModel? files, long leastCalls, DiagnosticBag diagnostics)
    {
        var reads = files is not null && files.Operations.Contains("read");
        var writes = files is not null && (files.Operations.Contains("create") || files.Operations.Contains("overwrite"));
        var framed = files is null ? 0 : FilesReader.Framed(files.MaxFileBytes);
        var answer = reads ? Math.Max(10 * MiB, files!.MaxFileBytes) : 10 * MiB;
        var request = writes ? Math.Min(MiB, framed) : 65_536;
        var response = reads ? Math.Max(MiB, framed) : MiB;
        var limits = manifest.Find("resource_limits") is { } node
            ? Fields.Of(node, "resource_limits", diagnostics, Descriptors.UnknownKey, "fuel", "memory_mb", "timeout_seconds", "max_io_calls", "max_host_response_bytes")
            : null;
        var model = new LimitsModel(
            limits?.Whole("fuel", 1, 1_000_000_000, 1_000_000) ?? 1_000_000,
            limits?.Whole("memory_mb", 1, 512, 64) ?? 64,
            limits?.Whole("timeout_seconds", 1, 300, 30) ?? 30,
            limits?.Whole("max_io_calls", leastCalls, 100, 10) ?? 10,
            limits?.Whole("max_host_response_bytes", 1, 64 * MiB, answer) ?? answer,
            io?.Whole("max_request_bytes", 1, MiB, request) ?? request,
            io?.Whole("max_response_bytes", 1, 64 * MiB, response) ?? response);
        if (reads)
        {
            Fit(limits, "max_host_response_bytes", model.MaxHostResponseBytes, files!.MaxFileBytes, diagnostics);
            Fit(io, "max_response_bytes", model.MaxResponseBytes, framed, diagnostics);
        }

        return model;
    }

    private static void Fit(Fields? fields, string key, long bound, long needed, DiagnosticBag diagnostics)
    {
        if (bound < needed && fields?.Find(key) is { } node)
        {
            diagnostics.Add(Descriptors.FilesDoNotFit, node.Location, key, needed.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    private static ImmutableEquatableArray<string> Labels(Fields fields, string key, DiagnosticBag diagnostics)
    {
        var labels = new List<string>();
        foreach (var text in fields.Texts(key) ?? [])
        {
            if (Format(text, key, Formats.Label, "a label of a-z, 0-9, '_' and '-' that begins with a letter, 64 characters at most", diagnostics) is { } label
                && !labels.Contains(label.Value))
            {
                labels.Add(label.Value);
            }
        }

        return labels.ToEquatableArray();
    }

    private static TextNode? Format(TextNode? text, string key, System.Text.RegularExpressions.Regex format, string rule, DiagnosticBag diagnostics)
    {
        if (text is null || format.IsMatch(text.Value))
        {
            return text;
        }

        diagnostics.Add(Descriptors.BadFormat, text.Location, key, Shown(text.Value), rule);
        return null;
    }

    private static string? OneOf(TextNode? text, string key, string[] known, DiagnosticBag diagnostics)
    {
        if (text is null || Array.IndexOf(known, text.Value) >= 0)
        {
            return text?.Value;
        }

        diagnostics.Add(Descriptors.NotOneOf, text.Location, key, Shown(text.Value), string.Join(", ", known));
        return null;
    }

    /// <summary>A value cut to what fits a message.</summary>
    internal static string Shown(string value) => value.Length <= 80 ? value : value.Substring(0, 80) + "…";

    // The digest covers what a schema says, not the name of the file that says it.
    private static MapNode WithSchemas(MapNode root, Node? request, Node? response)
    {
        var entries = root.Entries.Select(entry => entry is { Key: "io", Value: MapNode io }
            ? entry with
            {
                Value = new MapNode(io.Location, [.. io.Entries.Select(member => member.Key switch
                {
                    "request_schema" when request is not null => member with { Value = request },
                    "response_schema" when response is not null => member with { Value = response },
                    _ => member,
                })]),
            }
            : entry);
        return new MapNode(root.Location, [.. entries]);
    }
}

/// <summary>What became of one manifest: an action, or diagnostics.</summary>
internal sealed record ManifestResult(
    ActionModel? Action, LocationInfo IdLocation, LocationInfo VersionLocation, ImmutableEquatableArray<DiagnosticInfo> Diagnostics);
