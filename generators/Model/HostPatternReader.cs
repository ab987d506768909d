using System;
using System.Globalization;
using System.Linq;
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
        var label = text.ToLowerInvariant();
        if (label.Any(static c => c > '\x7f'))
        {
            if (ALabel(label) is not { } encoded)
            {
                return null;
            }

            label = encoded;
        }

        return label.Length is > 0 and <= 63 && label[0] != '-' && label[label.Length - 1] != '-'
            && label.All(static c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')
                ? label
                : null;
    }

    // A label that the encoding would first map to another is refused: two machines might map it differently.
    private static string? ALabel(string label)
    {
        var idn = new IdnMapping { UseStd3AsciiRules = true };
        try
        {
            var encoded = idn.GetAscii(label);
            return encoded.StartsWith("xn--", StringComparison.Ordinal) && string.Equals(idn.GetUnicode(encoded), label, StringComparison.Ordinal) ? encoded : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
