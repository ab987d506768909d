using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>The actions as an OpenAPI 3.1 document: one path each, its request schema as the manifest has it (docs/wire.md).</summary>
internal static class OpenApiDocument
{
    /// <summary>Writes the document.</summary>
    /// <param name="json">Takes it.</param>
    /// <param name="actions">What is offered.</param>
    /// <param name="baseUrl">What proofs name; the socket stands where its host would.</param>
    internal static void Write(Utf8JsonWriter json, ActionRegistry actions, string baseUrl)
    {
        json.WriteStartObject();
        json.WriteString("openapi"u8, "3.1.0"u8);
        json.WriteStartObject("info"u8);
        json.WriteString("title"u8, "LatchGate actions"u8);
        json.WriteString("version"u8, ProductVersion.Text);
        json.WriteString(
            "description"u8, "The actions that this gate offers. It listens on a Unix socket; the server's URL is what DPoP proofs name."u8);
        json.WriteEndObject();
        json.WriteStartArray("servers"u8);
        json.WriteStartObject();
        json.WriteString("url"u8, baseUrl);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartArray("security"u8);
        json.WriteStartObject();
        json.WriteStartArray("lease"u8);
        json.WriteEndArray();
        json.WriteStartArray("proof"u8);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartObject("paths"u8);
        foreach (var action in actions.Actions)
        {
            WriteOperation(json, action);
        }

        json.WriteEndObject();
        json.WritePropertyName("components"u8);
        json.WriteRawValue(Components, skipInputValidation: true);
        json.WriteEndObject();
    }

    private static void WriteOperation(Utf8JsonWriter json, ActionSpec action)
    {
        json.WriteStartObject($"/v1/actions/{action.Id}/execute");
        json.WriteStartObject("post"u8);
        json.WriteString("operationId"u8, action.Id);
        json.WriteString("summary"u8, action.Description);
        WriteTexts(json, "tags"u8, action.Tags);
        json.WriteString("x-latchgate-version"u8, action.Version);
        json.WriteString("x-latchgate-risk-level"u8, action.Risk.ToWire());
        WriteTexts(json, "x-latchgate-side-effects"u8, action.SideEffects);
        json.WriteStartObject("requestBody"u8);
        json.WriteBoolean("required"u8, true);
        json.WriteStartObject("content"u8);
        json.WriteStartObject("application/json"u8);
        json.WritePropertyName("schema"u8);
        RequestSchemaText.Write(json, action, needsObject: false);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WritePropertyName("responses"u8);
        json.WriteRawValue(Responses, skipInputValidation: true);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, ReadOnlySpan<byte> name, System.Collections.Immutable.ImmutableArray<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    // The same for all: what differs stands in the components.
    private static ReadOnlySpan<byte> Responses =>
        """
        {"200":{"$ref":"#/components/responses/Executed"},"202":{"$ref":"#/components/responses/Pending"},
         "default":{"$ref":"#/components/responses/Refused"}}
        """u8;

    private static ReadOnlySpan<byte> Components => """
        {"securitySchemes":{
          "lease":{"type":"apiKey","in":"header","name":"Authorization",
            "description":"DPoP and a lease of POST /v1/leases (RFC 9449 section 7.1)"},
          "proof":{"type":"apiKey","in":"header","name":"DPoP",
            "description":"a fresh proof for each request (RFC 9449 section 4.2)"}
        },"responses":{
          "Executed":{"description":"It was executed, and has a receipt.",
            "content":{"application/json":{"schema":{"$ref":"#/components/schemas/Executed"}}}},
          "Pending":{"description":"It waits for an operator; poll it.",
            "content":{"application/json":{"schema":{"$ref":"#/components/schemas/Pending"}}}},
          "Refused":{"description":"It was refused, or failed.",
            "content":{"application/json":{"schema":{"$ref":"#/components/schemas/Refused"}}}}
        },"schemas":{
          "Executed":{"type":"object","required":["decision","trace_id","action_id","grant_id","receipt_id","output",
              "verification_outcome"],
            "properties":{"decision":{"const":"executed"},"trace_id":{"type":"string"},"action_id":{"type":"string"},
              "grant_id":{"type":"string"},"receipt_id":{"type":"string"},"output":{},
              "verification_outcome":{"type":"string"},"verification":{"type":"object"},"runtime":{"type":"object"}}},
          "Pending":{"type":"object","required":["decision","approval_id","request_hash","trace_id"],
            "properties":{"decision":{"const":"pending_approval"},"approval_id":{"type":"string"},
              "request_hash":{"type":"string"},"trace_id":{"type":"string"}}},
          "Refused":{"type":"object","required":["error"],
            "properties":{"error":{"type":"string"},"message":{"type":"string"}},"additionalProperties":{"type":"string"}}
        }}
        """u8;
}
