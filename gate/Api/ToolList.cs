using System.Text.Json;
using LatchGate.Actions;

namespace LatchGate.Api;

/// <summary>
/// The actions as tools of the Model Context Protocol: the <c>result</c> of <c>tools/list</c> (2025-06-18 "Tools"), on one page.
/// </summary>
/// <remarks>
/// <code>
/// {"tools":[{"name","description","inputSchema":{"type":"object",…},
///            "annotations":{"readOnlyHint","destructiveHint","idempotentHint","openWorldHint"},
///            "_meta":{"latchgate/version","latchgate/risk_level","latchgate/needs_approval"}}]}
/// </code>
/// </remarks>
internal static class ToolList
{
    internal static void Write(Utf8JsonWriter json, ActionRegistry actions)
    {
        json.WriteStartObject();
        json.WriteStartArray("tools"u8);
        foreach (var action in actions.Actions)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, action.Id);
            json.WriteString("description"u8, action.Description);
            json.WritePropertyName("inputSchema"u8);
            RequestSchemaText.Write(json, action, needsObject: true);
            WriteAnnotations(json, ActionHints.Of(action));

            // Reverse-DNS prefixes are for those who own a domain; a plain one is allowed ("General fields", _meta).
            json.WriteStartObject("_meta"u8);
            json.WriteString("latchgate/version"u8, action.Version);
            json.WriteString("latchgate/risk_level"u8, action.Risk.ToWire());
            json.WriteBoolean("latchgate/needs_approval"u8, action.Risk.NeedsHuman());
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteAnnotations(Utf8JsonWriter json, ActionHints hints)
    {
        json.WriteStartObject("annotations"u8);
        json.WriteBoolean("readOnlyHint"u8, hints.IsReadOnly);
        json.WriteBoolean("destructiveHint"u8, hints.IsDestructive);
        json.WriteBoolean("idempotentHint"u8, hints.IsIdempotent);
        json.WriteBoolean("openWorldHint"u8, hints.IsOpenWorld);
        json.WriteEndObject();
    }
}
