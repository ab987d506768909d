using System.Globalization;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Reads <c>bandwidth</c> and <c>spend</c> (reference/egress.md C7).</summary>
internal static class CapsReader
{
    // JSON's whole numbers are exact up to here, and the sum of two of them fits 64 bits.
    private const long Most = 1L << 53;

    public static BandwidthModel? ReadBandwidth(Node? node, DiagnosticBag diagnostics) =>
        Take(node, "bandwidth", diagnostics, "bytes_per_second", "burst", "bytes_per_execution", "bytes_per_day") is { } fields
            ? new BandwidthModel(
                Bound(fields, "bytes_per_second", diagnostics),
                Bound(fields, "burst", diagnostics),
                Bound(fields, "bytes_per_execution", diagnostics),
                Bound(fields, "bytes_per_day", diagnostics))
            : null;

    public static SpendModel? ReadSpend(Node? node, DiagnosticBag diagnostics) =>
        Take(node, "spend", diagnostics, "tokens_per_execution", "tokens_per_day", "max_output_tokens", "usd_micros_per_day") is { } fields
            ? new SpendModel(
                Bound(fields, "tokens_per_execution", diagnostics),
                Bound(fields, "tokens_per_day", diagnostics),
                Bound(fields, "max_output_tokens", diagnostics),
                Bound(fields, "usd_micros_per_day", diagnostics))
            : null;

    private static Fields? Take(Node? node, string name, DiagnosticBag diagnostics, params string[] keys)
    {
        if (node is MapNode { Entries.Count: 0 })
        {
            diagnostics.Add(Descriptors.EmptyList, node.Location, name);
            return null;
        }

        return node is null ? null : Fields.Of(node, name, diagnostics, Descriptors.UnknownField, keys);
    }

    private static long Bound(Fields fields, string key, DiagnosticBag diagnostics)
    {
        if (fields.Find(key) is not { } node)
        {
            return 0;
        }

        if (node is NumberNode number && long.TryParse(number.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is >= 1 and <= Most)
        {
            return value;
        }

        diagnostics.Add(Descriptors.BadLimit, node.Location, key, Most.ToString(CultureInfo.InvariantCulture));
        return 0;
    }
}
