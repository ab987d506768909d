using System;
using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Reads <c>fs:</c>, the files that an action may touch (reference/kernel.md §1.5), and what it excludes.</summary>
internal static class FilesReader
{
    /// <summary>Bytes beside the content in a task or an answer: a path with every character escaped, hashes, names.</summary>
    public const long Frame = 9 * 1024;

    private const long MiB = 1024 * 1024;
    private const long LargestFile = 32 * MiB;
    private const long LargestTotal = 256 * MiB;
    private const string FilesImport = "latchgate:io/fs";
    private const string NetworkImport = "latchgate:io/http";

    private static readonly string[] Operations = ["read", "create", "overwrite", "delete"];

    /// <summary>The block; null where there is none, or after a diagnostic that leaves nothing to check.</summary>
    public static FilesModel? Read(Fields manifest, List<string> imports, ModulePin? module, DiagnosticBag diagnostics)
    {
        if (manifest.Find("fs") is not { } node)
        {
            if (module is not null && module.Imports.Contains(FilesImport))
            {
                diagnostics.Add(Descriptors.FilesBlockRequired, manifest.Find("provider_module_digest")!.Location, module.Name);
            }

            return null;
        }

        if (Fields.Of(
            node, "fs", diagnostics, Descriptors.UnknownKey, "allowed_operations", "allowed_paths", "denied_paths", "max_file_bytes", "max_total_bytes",
            "create_parents", "allow_learning") is not { } fields)
        {
            return null;
        }

        if (!imports.Contains(FilesImport))
        {
            diagnostics.Add(Descriptors.FilesImport, fields.Location);
        }

        Exclude(manifest, imports, diagnostics);
        var operations = ReadOperations(fields, diagnostics);
        var largest = fields.Whole("max_file_bytes", 1, LargestFile, 10 * MiB);
        return new FilesModel(
            operations,
            Globs(fields, "allowed_paths", diagnostics),
            Globs(fields, "denied_paths", diagnostics),
            largest,
            fields.Whole("max_total_bytes", largest, LargestTotal, largest),
            fields.Flag("create_parents", false),
            fields.Flag("allow_learning", false));
    }

    /// <summary>Bytes of <paramref name="bytes"/> in base64 with its frame.</summary>
    public static long Framed(long bytes) => ((bytes + 2) / 3 * 4) + Frame;

    // An action with files has no way to carry their content elsewhere.
    private static void Exclude(Fields manifest, List<string> imports, DiagnosticBag diagnostics)
    {
        if (imports.Contains(NetworkImport))
        {
            diagnostics.Add(Descriptors.FilesAndNetwork, manifest.Find("required_imports")!.Location, NetworkImport);
        }

        foreach (var key in new[] { "egress", "secrets" })
        {
            if (manifest.Find(key) is { } node && node is not ListNode { Items.Count: 0 } && !IsClosed(node))
            {
                diagnostics.Add(Descriptors.FilesAndNetwork, node.Location, key);
            }
        }
    }

    // "profile: none" says in words what the absence of the block says.
    private static bool IsClosed(Node node) =>
        node is MapNode { Entries.Count: 1 } map && map.Find("profile") is TextNode { Value: "none" };

    private static ImmutableEquatableArray<string> ReadOperations(Fields fields, DiagnosticBag diagnostics)
    {
        var operations = new List<string>();
        if (fields.Require("allowed_operations") is ListNode { Items.Count: 0 } empty)
        {
            diagnostics.Add(Descriptors.EmptyList, empty.Location, "allowed_operations");
        }

        foreach (var text in fields.Texts("allowed_operations") ?? [])
        {
            if (Array.IndexOf(Operations, text.Value) < 0)
            {
                diagnostics.Add(Descriptors.NotOneOf, text.Location, "allowed_operations", ManifestReader.Shown(text.Value), string.Join(", ", Operations));
            }
            else if (!operations.Contains(text.Value))
            {
                operations.Add(text.Value);
            }
        }

        return operations.ToEquatableArray();
    }

    private static ImmutableEquatableArray<string> Globs(Fields fields, string key, DiagnosticBag diagnostics)
    {
        var globs = new List<string>();
        foreach (var text in fields.Texts(key) ?? [])
        {
            if (FaultOf(text.Value) is { } fault)
            {
                diagnostics.Add(Descriptors.BadPathGlob, text.Location, ManifestReader.Shown(text.Value), fault);
            }
            else
            {
                globs.Add(text.Value);
            }
        }

        return globs.ToEquatableArray();
    }

    // The grammar is that of the gate's PathGlob, which compiles what is accepted here.
    private static string? FaultOf(string glob)
    {
        if (glob.Any(static c => char.IsControl(c)))
        {
            return "it has a control character";
        }

        foreach (var segment in glob.Split('/'))
        {
            var fault = segment.Length == 0 ? "a segment is empty; write it relative, without a slash at its ends"
                : segment.Replace("\\", "") is "." or ".." ? "a segment is '.' or '..', which no path has"
                : SegmentFault(segment);
            if (fault is not null)
            {
                return fault;
            }
        }

        return null;
    }

    private static string? SegmentFault(string segment)
    {
        if (segment == "**")
        {
            return null;
        }

        for (var i = 0; i < segment.Length; i++)
        {
            switch (segment[i])
            {
                case '\\' when ++i == segment.Length:
                    return "a backslash ends a segment";
                case '{' or '}' or ']':
                    return $"'{segment[i]}' stands for itself only after a backslash";
                case '*' when i + 1 < segment.Length && segment[i + 1] == '*':
                    return "'**' stands alone between slashes";
                case '[':
                    var close = segment.IndexOf(']', i);
                    var members = close < 0 ? "" : segment.Substring(i + 1, close - i - 1).TrimStart('!');
                    if (members.Length == 0 || members.IndexOfAny(['[', '\\']) >= 0)
                    {
                        return "a class is '[' characters ']', without '[' and backslash";
                    }

                    i = close;
                    break;
            }
        }

        return null;
    }
}
