using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>Reads the verifier, and what a risk level asks of it (reference/kernel.md §1.8).</summary>
internal static class VerificationReader
{
    private static readonly string[] Keys = ["expected_status", "required_fields", .. EffectReader.Keys];

    public static VerificationModel Read(
        Fields manifest, string risk, ImmutableEquatableArray<string> sideEffects, SchemaDocument? request, bool checksResponse,
        DiagnosticBag diagnostics)
    {
        var hasFiles = manifest.Find("fs") is not null;
        var kind = manifest.Text("verifier_kind");
        if (kind is not null and not { Value: "none" or "http_status" or "fs_hash" })
        {
            diagnostics.Add(Descriptors.NotOneOf, kind.Location, "verifier_kind", ManifestReader.Shown(kind.Value), "none, http_status, fs_hash");
        }
        else if (hasFiles != kind is { Value: "fs_hash" })
        {
            diagnostics.Add(Descriptors.FilesVerifier, kind?.Location ?? manifest.Find("fs")!.Location);
        }

        var verifies = kind is not null and not { Value: "none" or "fs_hash" };
        var expected = new List<int>();
        var required = new List<string>();
        var effect = EffectModel.None;
        if (manifest.Find("verification_config") is { } node)
        {
            if (!verifies)
            {
                diagnostics.Add(Descriptors.VerificationConfig, node.Location);
            }
            else if (Fields.Of(node, "verification_config", diagnostics, Descriptors.UnknownKey, Keys) is { } config)
            {
                var isDeclared = (manifest.Find("io") as MapNode)?.Find("request_schema") is not null;
                ReadPointers(config, required, diagnostics);
                effect = new EffectReader(config, new RequestFields(request, isDeclared, diagnostics), diagnostics).Read();
                ReadStatus(config, expected, effect.Body.Count > 0 || effect.Schema is not null, diagnostics);
                CheckMethod(manifest, effect, diagnostics);
            }
        }

        // What the host saw of a file is compared byte for byte: that is more than a schema and a list of fields can ask for.
        if (risk is "high" or "critical" && !hasFiles)
        {
            Demand(manifest, risk, kind, verifies, sideEffects, required.Count > 0 || effect.AlwaysChecks, checksResponse, diagnostics);
        }

        var name = hasFiles ? "FsHash" : verifies ? "HttpStatus" : "None";
        return new VerificationModel(name, expected.ToEquatableArray(), required.ToEquatableArray(), effect);
    }

    private static void Demand(
        Fields manifest,
        string risk,
        TextNode? kind,
        bool verifies,
        ImmutableEquatableArray<string> sideEffects,
        bool checksContent,
        bool checksResponse,
        DiagnosticBag diagnostics)
    {
        var at = manifest.Find("risk_level")!.Location;
        if (!verifies)
        {
            diagnostics.Add(Descriptors.VerifierRequired, kind?.Location ?? at, risk);
        }

        if (!checksResponse && (manifest.Find("io") as MapNode)?.Find("response_schema") is null or MapNode { Entries.Count: 0 })
        {
            diagnostics.Add(Descriptors.ResponseSchemaRequired, at, risk);
        }

        // No declared effect counts as a write: silence must not be the way around the rule.
        var writes = sideEffects.Count == 0 || sideEffects.Any(static effect => !effect.EndsWith("_read", System.StringComparison.Ordinal));
        if (verifies && writes && !checksContent)
        {
            diagnostics.Add(Descriptors.RequiredFieldsRequired, at, risk);
        }
    }

    private static void ReadStatus(Fields config, List<int> expected, bool readsBody, DiagnosticBag diagnostics)
    {
        var list = config.List("expected_status");
        if (list is { Items.Count: 0 })
        {
            diagnostics.Add(Descriptors.EmptyList, list.Location, "expected_status");
        }

        foreach (var item in list?.Items ?? [])
        {
            if (item is NumberNode number && int.TryParse(number.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 100 and <= 599)
            {
                expected.Add(status);
                if (readsBody && status is < 200 or 204 or 205 or 304)
                {
                    diagnostics.Add(Descriptors.RuleNeverHolds, item.Location, "the body", $"an answer with the status {number.Text} has none");
                }
            }
            else
            {
                diagnostics.Add(Descriptors.OutOfRange, item.Location, "expected_status", "100", "599", (item as NumberNode)?.Text ?? item.Kind);
            }
        }
    }

    private static void CheckMethod(Fields manifest, EffectModel effect, DiagnosticBag diagnostics)
    {
        if ((effect.Body.Count > 0 || effect.Schema is not null)
            && (manifest.Find("template") as MapNode)?.Find("method") is TextNode method
            && string.Equals(method.Value, "HEAD", System.StringComparison.OrdinalIgnoreCase))
        {
            diagnostics.Add(Descriptors.RuleNeverHolds, method.Location, "the body", "an answer to HEAD has none");
        }
    }

    private static void ReadPointers(Fields config, List<string> required, DiagnosticBag diagnostics)
    {
        var texts = config.Texts("required_fields");
        if (texts is { Count: 0 } && config.Find("required_fields") is ListNode { Items.Count: 0 } empty)
        {
            diagnostics.Add(Descriptors.EmptyList, empty.Location, "required_fields");
        }

        foreach (var text in texts ?? [])
        {
            if (Formats.JsonPointer.IsMatch(text.Value))
            {
                required.Add(text.Value);
            }
            else
            {
                diagnostics.Add(Descriptors.BadFormat, text.Location, "required_fields", ManifestReader.Shown(text.Value), "a JSON pointer such as /data/status_code");
            }
        }
    }
}
