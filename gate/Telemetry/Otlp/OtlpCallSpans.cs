using System.Text.Json;
using LatchGate.Telemetry.Tracing;

namespace LatchGate.Telemetry.Otlp;

/// <summary>
/// Writes the spans of a call: <c>execute_tool ACTION</c> by the conventions for generative AI (gen_ai.*, in development: operation, tool
/// and call), and below it one for each stage. Names and values are the gate's own words, ids, and the principal's name; never an argument.
/// </summary>
internal static class OtlpCallSpans
{
    private const int SpanKindInternal = 1; // opentelemetry/proto/trace/v1: SPAN_KIND_INTERNAL
    private const int SpanKindServer = 2;

    internal static void Write(Utf8JsonWriter json, CallTrace call)
    {
        WriteCall(json, call, call.Summary);
        for (var i = 0; i < CallStages.Count; i++)
        {
            var stage = (CallStage)i;
            if (call.TryGet(stage, out var begun, out var ended, out var failed))
            {
                OtlpJson.BeginSpan(json, call.ContextOf(stage), call.Context.SpanId, stage.SpanName(), SpanKindInternal, begun, ended);
                OtlpJson.EndSpan(json, failed ? call.Summary.Failure : null);
            }
        }
    }

    private static void WriteCall(Utf8JsonWriter json, CallTrace call, CallSummary summary)
    {
        OtlpJson.BeginSpan(json, call.Context, call.ParentSpanId, $"execute_tool {summary.ActionId}", SpanKindServer, call.StartedAt, call.EndedAt);
        if (call.TraceState is { } state)
        {
            json.WriteString("traceState"u8, state);
        }

        json.WriteStartArray("attributes"u8);
        OtlpAttributes.Text(json, "gen_ai.operation.name"u8, "execute_tool");
        OtlpAttributes.Text(json, "gen_ai.tool.name"u8, summary.ActionId);
        OtlpAttributes.Text(json, "gen_ai.tool.call.id"u8, call.CallId);
        OtlpAttributes.Text(json, "latchgate.trace_id"u8, call.CallId);
        OtlpAttributes.Text(json, "latchgate.decision"u8, summary.Decision);
        Optional(json, "latchgate.principal"u8, summary.Principal.Length == 0 ? null : summary.Principal);
        Optional(json, "latchgate.risk"u8, summary.Risk);
        Optional(json, "latchgate.approval_id"u8, summary.ApprovalId);
        Optional(json, "latchgate.execution_id"u8, summary.GrantId);
        Optional(json, "latchgate.receipt_id"u8, summary.ReceiptId);
        Optional(json, "latchgate.verification"u8, summary.Verification);
        Optional(json, "error.type"u8, summary.Failure);
        json.WriteEndArray();
        if (call.Held is not null || call.DecidedIn is not null)
        {
            json.WriteStartArray("links"u8);
            WriteLink(json, call.Held);
            WriteLink(json, call.DecidedIn);
            json.WriteEndArray();
        }

        OtlpJson.EndSpan(json, summary.Failure);
    }

    private static void Optional(Utf8JsonWriter json, ReadOnlySpan<byte> key, string? value)
    {
        if (value is not null)
        {
            OtlpAttributes.Text(json, key, value);
        }
    }

    private static void WriteLink(Utf8JsonWriter json, TraceContext? to)
    {
        if (to is { } context)
        {
            json.WriteStartObject();
            json.WriteString("traceId"u8, context.TraceIdText);
            json.WriteString("spanId"u8, context.SpanIdText);
            json.WriteEndObject();
        }
    }
}
