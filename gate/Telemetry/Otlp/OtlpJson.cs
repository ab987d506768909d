using System.Buffers;
using System.Globalization;
using System.Text.Json;
using LatchGate.Egress;
using LatchGate.Json;
using LatchGate.Telemetry.Tracing;

namespace LatchGate.Telemetry.Otlp;

/// <summary>
/// Writes OTLP requests in their JSON encoding (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding"): lowerCamelCase members,
/// trace and span ids in hexadecimal, enumerations as numbers, 64-bit integers as strings.
/// </summary>
/// <remarks>
/// <code>
/// {"resourceSpans":[{"resource":{"attributes":[…]},"scopeSpans":[{"scope":{"name":"latchgate.egress"},"spans":[SPAN…]},
///                                                                     {"scope":{"name":"latchgate.call"},"spans":[SPAN…]}]}]}
/// {"resourceLogs": [{"resource":{"attributes":[…]},"scopeLogs": [{"scope":{"name":"latchgate.egress"},"logRecords":[LOG…]}]}]}
/// </code>
/// </remarks>
/// <param name="serviceName">The resource's <c>service.name</c>.</param>
/// <param name="serviceVersion">The resource's <c>service.version</c>.</param>
/// <param name="instanceId">The resource's <c>service.instance.id</c>: this process.</param>
/// <param name="clrkAliases">Whether attributes bear CLRK's names as well.</param>
internal sealed class OtlpJson(string serviceName, string serviceVersion, string instanceId, bool clrkAliases)
{
    private const int SpanKindClient = 3; // opentelemetry/proto/trace/v1: SPAN_KIND_CLIENT
    private const int StatusError = 2; // STATUS_CODE_ERROR
    private const int SeverityWarn = 13; // opentelemetry/proto/logs/v1: SEVERITY_NUMBER_WARN

    /// <summary>An <c>ExportTraceServiceRequest</c>.</summary>
    internal ReadOnlyMemory<byte> Traces(IReadOnlyList<OtlpSignal> signals)
    {
        var buffer = new ArrayBufferWriter<byte>(1024 * signals.Count);
        using var json = new Utf8JsonWriter(buffer, JsonOutput.Options);
        Begin(json, "resourceSpans"u8, "scopeSpans"u8);
        var open = false;
        for (var i = 0; i < signals.Count; i++)
        {
            if (signals[i] is EgressSignal { Spans: > 0 } egress)
            {
                open = open || BeginScope(json, "latchgate.egress"u8, "spans"u8);
                WriteSpan(json, egress);
            }
        }

        open = open && EndScope(json);
        for (var i = 0; i < signals.Count; i++)
        {
            if (signals[i] is CallTrace call)
            {
                open = open || BeginScope(json, "latchgate.call"u8, "spans"u8);
                OtlpCallSpans.Write(json, call);
            }
        }

        _ = open && EndScope(json);
        return End(json, buffer);
    }

    /// <summary>An <c>ExportLogsServiceRequest</c> of the signals that are logged.</summary>
    internal ReadOnlyMemory<byte> Logs(IReadOnlyList<OtlpSignal> signals)
    {
        var buffer = new ArrayBufferWriter<byte>(1024 * signals.Count);
        using var json = new Utf8JsonWriter(buffer, JsonOutput.Options);
        Begin(json, "resourceLogs"u8, "scopeLogs"u8);
        _ = BeginScope(json, "latchgate.egress"u8, "logRecords"u8);
        for (var i = 0; i < signals.Count; i++)
        {
            if (signals[i] is EgressSignal { IsLogged: true } egress)
            {
                WriteLog(json, egress);
            }
        }

        _ = EndScope(json);
        return End(json, buffer);
    }

    /// <summary>Begins a span, without its attributes.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="place">Its ids.</param>
    /// <param name="parent">The span that it is a child of; 0 for none.</param>
    /// <param name="name">Its name.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="begun">When it began.</param>
    /// <param name="ended">When it ended.</param>
    internal static void BeginSpan(Utf8JsonWriter json, in TraceContext place, ulong parent, string name, int kind, DateTimeOffset begun, DateTimeOffset ended)
    {
        json.WriteStartObject();
        json.WriteString("traceId"u8, place.TraceIdText);
        json.WriteString("spanId"u8, place.SpanIdText);
        if (parent != 0)
        {
            json.WriteString("parentSpanId"u8, TraceContext.Text(parent));
        }

        json.WriteString("name"u8, name);
        json.WriteNumber("kind"u8, kind);
        json.WriteString("startTimeUnixNano"u8, Nanoseconds(begun));
        json.WriteString("endTimeUnixNano"u8, Nanoseconds(ended));
    }

    /// <summary>Ends a span.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="failure">What went wrong; null leaves its status unset.</param>
    internal static void EndSpan(Utf8JsonWriter json, string? failure)
    {
        if (failure is not null)
        {
            json.WriteStartObject("status"u8);
            json.WriteString("message"u8, failure);
            json.WriteNumber("code"u8, StatusError);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private void Begin(Utf8JsonWriter json, ReadOnlySpan<byte> resources, ReadOnlySpan<byte> scopes)
    {
        json.WriteStartObject();
        json.WriteStartArray(resources);
        json.WriteStartObject();
        json.WriteStartObject("resource"u8);
        json.WriteStartArray("attributes"u8);
        Text(json, "service.name"u8, serviceName);
        Text(json, "service.version"u8, serviceVersion);
        Text(json, "service.instance.id"u8, instanceId);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray(scopes);
    }

    private static bool BeginScope(Utf8JsonWriter json, ReadOnlySpan<byte> scope, ReadOnlySpan<byte> items)
    {
        json.WriteStartObject();
        json.WriteStartObject("scope"u8);
        json.WriteString("name"u8, scope);
        json.WriteEndObject();
        json.WriteStartArray(items);
        return true;
    }

    private static bool EndScope(Utf8JsonWriter json)
    {
        json.WriteEndArray();
        json.WriteEndObject();
        return false;
    }

    private static ReadOnlyMemory<byte> End(Utf8JsonWriter json, ArrayBufferWriter<byte> buffer)
    {
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private void WriteSpan(Utf8JsonWriter json, EgressSignal signal)
    {
        var record = signal.Record;
        BeginSpan(json, signal.Context, signal.ParentSpanId, signal.Name, SpanKindClient, record.StartedAt, record.FinishedAt);
        WriteAttributes(json, signal);
        EndSpan(json, record.Ending == EgressEnding.Allowed ? null : record.Reason.Label());
    }

    private void WriteLog(Utf8JsonWriter json, EgressSignal signal)
    {
        var record = signal.Record;
        json.WriteStartObject();
        json.WriteString("timeUnixNano"u8, Nanoseconds(record.FinishedAt));
        json.WriteString("observedTimeUnixNano"u8, Nanoseconds(record.FinishedAt));
        json.WriteNumber("severityNumber"u8, SeverityWarn);
        json.WriteString("severityText"u8, "WARN"u8);
        json.WriteString("eventName"u8, signal.Name);
        json.WriteStartObject("body"u8);
        json.WriteString("stringValue"u8, $"{signal.Name}: {(record.Ending == EgressEnding.Allowed && record.WouldDeny is { } forgiven ? forgiven : record.Reason).Label()}");
        json.WriteEndObject();
        WriteAttributes(json, signal);
        json.WriteString("traceId"u8, signal.Context.TraceIdText);
        json.WriteString("spanId"u8, signal.Context.SpanIdText);
        json.WriteEndObject();
    }

    private void WriteAttributes(Utf8JsonWriter json, EgressSignal signal)
    {
        json.WriteStartArray("attributes"u8);
        OtlpAttributes.Write(json, signal);
        if (clrkAliases)
        {
            OtlpAttributes.WriteClrk(json, signal);
        }

        json.WriteEndArray();
    }

    private static void Text(Utf8JsonWriter json, ReadOnlySpan<byte> key, string value) => OtlpAttributes.Text(json, key, value);

    private static string Nanoseconds(DateTimeOffset time) =>
        ((time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick).ToString(CultureInfo.InvariantCulture);
}
