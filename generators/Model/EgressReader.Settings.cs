using System;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

// What a block says about all its rules.
internal sealed partial class EgressReader
{
    private const int MostRedirects = 10;

    // RFC 6838 §4.2.
    private static readonly Regex MediaType = new(@"^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\z", RegexOptions.CultureInvariant);

    private (bool Audit, bool Open) ReadLiterals(Fields fields)
    {
        var audit = fields.Find("mode") is TextNode { Value: "audit" };
        if (fields.Find("mode") is { } mode and not TextNode { Value: "enforce" or "audit" })
        {
            diagnostics.Add(Descriptors.BadMode, mode.Location);
        }

        switch (fields.Find("default"))
        {
            case null or TextNode { Value: "deny" }:
                return (audit, false);
            case TextNode { Value: "allow" } allow:
                RefuseOpening(allow, "default: allow");
                return (audit, openEgress);
            case var other:
                diagnostics.Add(Descriptors.BadEgressDefault, other.Location);
                return (audit, false);
        }
    }

    private void RefuseOpening(Node node, string opening)
    {
        if (!openEgress)
        {
            diagnostics.Add(Descriptors.OpenEgress, node.Location, opening);
        }
    }

    private int ReadRedirects(Fields fields)
    {
        if (fields.Find("redirects") is not { } node)
        {
            return 0;
        }

        if (node is MapNode map && Take(map, "redirects", "max") is { } redirects && redirects.Find("max") is NumberNode number
            && int.TryParse(number.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var max) && max <= MostRedirects)
        {
            return max;
        }

        diagnostics.Add(Descriptors.BadRedirects, node.Location);
        return 0;
    }

    private bool ReadOverflow(Fields? limits)
    {
        var policy = limits?.Text("on_overflow");
        if (policy is not null && policy.Value is not ("fail" or "truncate"))
        {
            diagnostics.Add(Descriptors.NotOneOf, policy.Location, "on_overflow", ManifestReader.Shown(policy.Value), "fail, truncate");
        }

        return policy?.Value == "truncate";
    }

    private ImmutableEquatableArray<string> ReadContentTypes(Fields fields)
    {
        var types = NonEmpty(fields, "content_types");
        foreach (var type in types.Where(static t => t.Value.Length > 0 && !MediaType.IsMatch(t.Value.ToLowerInvariant())))
        {
            const string rule = "a media type without parameters such as application/json, or \"\" for a response without one";
            diagnostics.Add(Descriptors.BadFormat, type.Location, "content_types", ManifestReader.Shown(type.Value), rule);
        }

        return types.Select(static t => t.Value.ToLowerInvariant()).Distinct().ToEquatableArray();
    }

    private ImmutableEquatableArray<string> ReadRequestHeaders(Fields fields)
    {
        var headers = NonEmpty(fields, "request_headers");
        foreach (var header in headers.Where(static h => !Formats.HeaderName.IsMatch(h.Value)))
        {
            diagnostics.Add(Descriptors.BadFormat, header.Location, "request_headers", ManifestReader.Shown(header.Value), "the name of a header");
        }

        return headers.Select(static h => h.Value.ToLowerInvariant()).Distinct().ToEquatableArray();
    }
}
