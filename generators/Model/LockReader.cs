using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>
/// Compares the manifests with <c>lock.json</c>: every version that there ever was, with its digest. An entry is never changed.
/// <code>
/// {"format": "latchgate-manifests/1", "modules": {NAME: "sha256:…"}, "actions": {"ID@VERSION": "sha256:…"}}
/// </code>
/// </summary>
internal static class LockReader
{
    /// <summary>The name of the file, beside the manifests.</summary>
    public const string FileName = "lock.json";

    /// <summary>The name of the schema for editors, beside it.</summary>
    public const string SchemaName = "manifest.schema.json";

    /// <summary>What the member <c>format</c> says.</summary>
    public const string Format = "latchgate-manifests/1";

    /// <summary>Whether a file beside the manifests is no shared schema.</summary>
    public static bool IsOurs(string path) =>
        path.EndsWith("/" + FileName, StringComparison.Ordinal) || path.EndsWith("/" + SchemaName, StringComparison.Ordinal);

    /// <summary>The list; null without a file, or after a diagnostic.</summary>
    public static LockModel? Read(SourceFile? file, DiagnosticBag diagnostics)
    {
        if (file is null || JsonReader.Read(file, diagnostics) is not { } root)
        {
            return null;
        }

        var map = root as MapNode;
        if (map?.Find("format") is not TextNode { Value: Format } || map.Find("modules") is not MapNode modules || map.Find("actions") is not MapNode actions)
        {
            diagnostics.Add(Descriptors.BadLock, root.Location);
            return null;
        }

        if (Faulty([.. modules.Entries, .. actions.Entries]) is { } faulty)
        {
            diagnostics.Add(Descriptors.BadLock, faulty.KeyLocation);
            return null;
        }

        return new LockModel(Digests(modules), Digests(actions), modules.Location);
    }

    /// <summary>What is wrong with the versions of a set.</summary>
    public static ImmutableEquatableArray<DiagnosticInfo> Check(ImmutableArray<RegistryEntry> entries, SourceFile? file, ModulePins pins)
    {
        var diagnostics = new DiagnosticBag();
        if (Read(file, diagnostics) is not { } known)
        {
            return diagnostics.ToEquatableArray();
        }

        foreach (var entry in entries)
        {
            Check(entry, known, diagnostics);
        }

        foreach (var module in pins.Pinned)
        {
            if (!known.Modules.TryGetValue(module.Name, out var digest) || digest != module.Digest)
            {
                diagnostics.Add(Descriptors.ModuleNotLocked, known.ModulesLocation, module.Name);
            }
        }

        return diagnostics.ToEquatableArray();
    }

    private static void Check(RegistryEntry entry, LockModel known, DiagnosticBag diagnostics)
    {
        if (known.Actions.TryGetValue($"{entry.Id}@{entry.Version}", out var digest))
        {
            if (digest != entry.Digest)
            {
                diagnostics.Add(Descriptors.VersionChanged, entry.VersionLocation, entry.Id, entry.Version);
            }

            return;
        }

        var highest = known.Actions.Keys
            .Where(key => key.Length > entry.Id.Length && key[entry.Id.Length] == '@' && key.StartsWith(entry.Id, StringComparison.Ordinal))
            .Select(key => key.Substring(entry.Id.Length + 1))
            .OrderBy(static version => version, Versions)
            .LastOrDefault();
        if (highest is not null && Versions.Compare(entry.Version, highest) < 0)
        {
            diagnostics.Add(Descriptors.VersionBack, entry.VersionLocation, entry.Version, entry.Id, highest);
        }
        else
        {
            diagnostics.Add(Descriptors.VersionNotLocked, entry.VersionLocation, entry.Id, entry.Version);
        }
    }

    /// <summary>The order of versions: by number, and one with a suffix before the one without (as in Semantic Versioning 2.0.0, §11).</summary>
    public static IComparer<string> Versions { get; } = Comparer<string>.Create(static (left, right) =>
    {
        var (a, b) = (left.Split(['-'], 2), right.Split(['-'], 2));
        var (x, y) = (a[0].Split('.'), b[0].Split('.'));
        for (var i = 0; i < 3; i++)
        {
            var order = int.Parse(x[i], CultureInfo.InvariantCulture).CompareTo(int.Parse(y[i], CultureInfo.InvariantCulture));
            if (order != 0)
            {
                return order;
            }
        }

        return a.Length != b.Length ? b.Length.CompareTo(a.Length) : a.Length == 1 ? 0 : string.CompareOrdinal(a[1], b[1]);
    });

    private static MapEntry? Faulty(List<MapEntry> entries) => entries.Find(static entry =>
        entry.Value is not TextNode digest || !digest.Value.StartsWith("sha256:", StringComparison.Ordinal) || !Formats.IsHex(digest.Value.Substring(7))
        || (entry.Key.IndexOf('@') is var at && (at < 0 ? !Formats.ModuleName.IsMatch(entry.Key)
            : !Formats.ActionId.IsMatch(entry.Key.Substring(0, at)) || !Formats.Version.IsMatch(entry.Key.Substring(at + 1)))));

    private static Dictionary<string, string> Digests(MapNode map) =>
        map.Entries.ToDictionary(static entry => entry.Key, static entry => ((TextNode)entry.Value).Value.Substring(7), StringComparer.Ordinal);
}

/// <summary>A list of versions. Digests are hexadecimal.</summary>
/// <param name="Modules">By name.</param>
/// <param name="Actions">By <c>ID@VERSION</c>.</param>
/// <param name="ModulesLocation">Where the modules are.</param>
internal sealed record LockModel(Dictionary<string, string> Modules, Dictionary<string, string> Actions, LocationInfo ModulesLocation);
