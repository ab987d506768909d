using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LatchGate.Generators.Diagnostics;

namespace LatchGate.Generators.Model;

/// <summary>Who an action is, and where its id and its version stand.</summary>
internal sealed record RegistryEntry(string Id, string Version, string Digest, string ClassName, LocationInfo Location, LocationInfo VersionLocation);

/// <summary>The set as a whole: the ids that are taken twice.</summary>
/// <param name="Duplicates">The classes of those actions, none of which is built.</param>
/// <param name="Diagnostics">One for each but the first.</param>
internal sealed record RegistryModel(ImmutableEquatableArray<string> Duplicates, ImmutableEquatableArray<DiagnosticInfo> Diagnostics)
{
    public static RegistryModel Of(ImmutableArray<RegistryEntry> found)
    {
        var diagnostics = new DiagnosticBag();
        var duplicates = new List<string>();

        // Ids that differ only in case or in a hyphen are too alike for a person to tell apart.
        foreach (var group in found.GroupBy(static entry => entry.ClassName, StringComparer.OrdinalIgnoreCase).Where(static group => group.Count() > 1))
        {
            var first = group.First();
            duplicates.AddRange(group.Select(static entry => entry.ClassName));
            foreach (var other in group.Skip(1))
            {
                diagnostics.Add(Descriptors.DuplicateAction, other.Location, other.Id, first.Location.Path.Substring(first.Location.Path.LastIndexOf('/') + 1));
            }
        }

        return new RegistryModel(duplicates.ToEquatableArray(), diagnostics.ToEquatableArray());
    }
}
