using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LatchGate.Generators.Diagnostics;

namespace LatchGate.Generators.Model;

/// <summary>What the registry says of one action.</summary>
internal sealed record RegistryEntry(
    string Id, string Version, string Digest, string ModuleDigest, string ClassName, LocationInfo Location, LocationInfo VersionLocation);

/// <summary>What the generated registry names: nothing that moves when only a line does.</summary>
internal sealed record RegisteredAction(string Id, string Digest, string ModuleDigest, string ClassName);

/// <summary>All actions, sorted by id (ordinal), without those whose id is taken.</summary>
internal sealed record RegistryModel(
    ImmutableEquatableArray<RegisteredAction> Entries,
    ImmutableEquatableArray<string> Duplicates,
    ImmutableEquatableArray<DiagnosticInfo> Diagnostics)
{
    public static RegistryModel Of(ImmutableArray<RegistryEntry> found)
    {
        var diagnostics = new DiagnosticBag();
        var kept = new List<RegisteredAction>();
        var duplicates = new List<string>();

        // Ids that differ only in case or in a hyphen are too alike for a person to tell apart.
        foreach (var group in found.GroupBy(static entry => entry.ClassName, StringComparer.OrdinalIgnoreCase))
        {
            var first = group.First();
            if (group.Count() == 1)
            {
                kept.Add(new RegisteredAction(first.Id, first.Digest, first.ModuleDigest, first.ClassName));
                continue;
            }

            duplicates.AddRange(group.Select(static entry => entry.ClassName));
            foreach (var other in group.Skip(1))
            {
                diagnostics.Add(Descriptors.DuplicateAction, other.Location, other.Id, first.Location.Path.Substring(first.Location.Path.LastIndexOf('/') + 1));
            }
        }

        kept.Sort(static (left, right) => string.CompareOrdinal(left.Id, right.Id));
        return new RegistryModel(kept.ToEquatableArray(), duplicates.ToEquatableArray(), diagnostics.ToEquatableArray());
    }
}
