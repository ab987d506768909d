using System.Collections.Generic;
using System.Globalization;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Reads <c>ports</c>: <c>any</c>, or a list of ports and of ranges such as <c>"8000-8099"</c> or <c>{from: 8000, to: 8099}</c>.</summary>
internal static class PortsReader
{
    /// <summary>The web's two ports: what applies where a rule says nothing.</summary>
    public static ImmutableEquatableArray<PortsModel> Default { get; } = new([new PortsModel(80, 80), new PortsModel(443, 443)]);

    public static ImmutableEquatableArray<PortsModel> Read(Node? node, DiagnosticBag diagnostics)
    {
        switch (node)
        {
            case null:
                return Default;
            case TextNode { Value: "any" }:
                return new([new PortsModel(1, ushort.MaxValue)]);
            case ListNode { Items.Count: > 0 } list:
                var ports = new List<PortsModel>();
                foreach (var item in list.Items)
                {
                    if (ReadOne(item, diagnostics) is { } range)
                    {
                        ports.Add(range);
                    }
                }

                return ports.ToEquatableArray();
            default:
                diagnostics.Add(Descriptors.BadPort, node.Location, node is ListNode ? "an empty list" : node.Kind);
                return Default;
        }
    }

    private static PortsModel? ReadOne(Node node, DiagnosticBag diagnostics)
    {
        var text = node switch
        {
            NumberNode number => number.Text,
            MapNode { Entries.Count: 2 } map when map.Find("from") is NumberNode from && map.Find("to") is NumberNode to => from.Text + "-" + to.Text,
            TextNode { Value: var value } when value.Contains("-") => value,
            _ => "",
        };
        var ends = text.Split('-');
        if (ends.Length > 2 || Port(ends[0]) is not { } first || Port(ends[ends.Length - 1]) is not { } last)
        {
            diagnostics.Add(Descriptors.BadPort, node.Location, text.Length == 0 ? node.Kind : $"'{ManifestReader.Shown(text)}'");
            return null;
        }

        if (last < first)
        {
            diagnostics.Add(Descriptors.BadPortRange, node.Location, text);
            return null;
        }

        return new PortsModel(first, last);
    }

    private static int? Port(string text) =>
        text.Length is > 0 and <= 5 && text[0] != '0'
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= ushort.MaxValue
            ? port
            : null;
}
