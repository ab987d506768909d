using System;
using System.Linq;
using System.Text;
using LatchGate.Egress;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>
/// Reads a host pattern: a name, <c>.name</c>, <c>*.name</c>, or a canonical address. Canonical form is lower case, A-labels, no dot at
/// the end (reference/egress.md C2).
/// </summary>
internal static class HostPatternReader
{
    public static HostModel? Read(TextNode text, DiagnosticBag diagnostics)
    {
        var shown = ManifestReader.Shown(text.Value);
        if (CidrReader.Canonical(text.Value) is { } address)
        {
            var bytes = address.GetAddressBytes();
            if (AddressClass.IsNever(bytes, bytes.Length * 8))
            {
                diagnostics.Add(Descriptors.HostNeverAllowed, text.Location, shown);
                return null;
            }

            return new HostModel("Exact", text.Value);
        }

        var pattern = text.Value;
        var kind = pattern.StartsWith("*.", StringComparison.Ordinal) ? "OneLabel" : pattern.StartsWith(".", StringComparison.Ordinal) ? "Suffix" : "Exact";
        var name = Name(pattern.Substring(kind == "OneLabel" ? 2 : kind == "Suffix" ? 1 : 0));
        if (name is null)
        {
            diagnostics.Add(Descriptors.BadHostPattern, text.Location, shown);
            return null;
        }

        if (kind != "Exact" && !name.Contains('.'))
        {
            diagnostics.Add(Descriptors.WildcardTooBroad, text.Location, shown);
            return null;
        }

        return new HostModel(kind, name);
    }

    // One dot at the end names the same host; a name whose last label is a number would be read as an address.
    private static string? Name(string text)
    {
        var labels = (text.EndsWith(".", StringComparison.Ordinal) ? text.Substring(0, text.Length - 1) : text).Split('.');
        for (var i = 0; i < labels.Length; i++)
        {
            if (Label(labels[i]) is not { } label)
            {
                return null;
            }

            labels[i] = label;
        }

        var last = labels[labels.Length - 1];
        var name = string.Join(".", labels);
        return name.Length > 253 || last.All(static c => c is >= '0' and <= '9') || last.StartsWith("0x", StringComparison.Ordinal) ? null : name;
    }

    private static string? Label(string text)
    {
        if (text.Any(static c => c > '\x7f'))
        {
            var encoded = new StringBuilder();
            return Idna.TryAppendALabel(text.AsSpan(), encoded) ? encoded.ToString() : null;
        }

        var label = text.ToLowerInvariant();
        return label.Length is > 0 and <= 63 && label[0] != '-' && label[label.Length - 1] != '-'
            && label.All(static c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')
                ? label
                : null;
    }
}
