using System.Buffers;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Policy;

namespace LatchGate.Cli.FirstRun;

/// <summary>
/// The policy's data of a first run. The policy's risk rule still holds high and critical actions for approval, whoever is granted them.
/// </summary>
internal static class FirstRunPolicy
{
    internal static ReadOnlySpan<byte> Text(FirstRunPlan plan)
    {
        var preset = plan.Selection.Preset;
        var wildcard = plan.Selection.ForAll();
        var named = plan.Selection.ForNamed();
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString(
                "_preset",
                $"{preset.Name}: manifests {preset.Selector}, wildcard_grant {preset.Wildcard.Text}, principal_grant {preset.Named.Text}");
            json.WriteString("policy_version", plan.PolicyVersion);
            json.WriteStartObject("acl");
            if (wildcard.Count > 0)
            {
                json.WriteStartObject(PolicyGuard.Everybody);
                WriteEntry(json, wildcard);
                json.WriteEndObject();
            }

            var written = new List<string>();
            foreach (var principal in plan.Principals)
            {
                // One principal may be several users.
                if (written.Contains(principal.Name))
                {
                    continue;
                }

                written.Add(principal.Name);
                json.WriteStartObject(principal.Name);
                WriteEntry(json, named);
                if (wildcard.Count > 0)
                {
                    json.WriteBoolean("inherits_wildcard", true);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan;
    }

    // An action without its effects would be refused all the same.
    private static void WriteEntry(Utf8JsonWriter json, List<ActionSpec> granted)
    {
        WriteSorted(json, "allowed_actions", granted.Select(static action => action.Id));
        WriteSorted(json, "allowed_sinks", granted.SelectMany(static action => action.SideEffects));
    }

    private static void WriteSorted(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
