using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Reads <c>principals</c>: names such as <c>uid:1000</c>, and mappings <c>{labels: {team: payments}}</c> whose labels must all hold.</summary>
internal static class PrincipalsReader
{
    private static readonly Regex Name = new(@"^[A-Za-z0-9._:@/-]{1,253}\z", RegexOptions.CultureInvariant);
    private static readonly Regex Key = new(@"^[a-z0-9._/-]{1,64}\z", RegexOptions.CultureInvariant);
    private static readonly Regex Value = new(@"^[A-Za-z0-9._:@/-]{1,64}\z", RegexOptions.CultureInvariant);

    /// <summary>The selectors; empty where the key is absent or after a diagnostic.</summary>
    public static ImmutableEquatableArray<PrincipalModel> Read(Node? node, DiagnosticBag diagnostics)
    {
        if (node is null)
        {
            return ImmutableEquatableArray<PrincipalModel>.Empty;
        }

        var principals = new List<PrincipalModel>();
        foreach (var item in (node as ListNode)?.Items ?? [])
        {
            if (ReadOne(item) is { } principal)
            {
                principals.Add(principal);
            }
            else
            {
                diagnostics.Add(Descriptors.BadPrincipals, item.Location);
            }
        }

        if (node is not ListNode { Items.Count: > 0 })
        {
            diagnostics.Add(Descriptors.BadPrincipals, node.Location);
        }

        return principals.ToEquatableArray();
    }

    private static PrincipalModel? ReadOne(Node node)
    {
        switch (node)
        {
            case TextNode text when Name.IsMatch(text.Value):
                return new PrincipalModel(text.Value, ImmutableEquatableArray<LabelModel>.Empty);
            case MapNode { Entries.Count: 1 } map when map.Find("labels") is MapNode { Entries.Count: > 0 } labels:
                var read = labels.Entries
                    .Where(static entry => Key.IsMatch(entry.Key) && entry.Value is TextNode value && Value.IsMatch(value.Value))
                    .Select(static entry => new LabelModel(entry.Key, ((TextNode)entry.Value).Value))
                    .ToList();
                return read.Count == labels.Entries.Count ? new PrincipalModel(null, read.ToEquatableArray()) : null;
            default:
                return null;
        }
    }
}
