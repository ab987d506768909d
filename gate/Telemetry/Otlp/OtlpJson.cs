using System.Buffers;
using System.Globalization;
using System.Text.Json;
using LatchGate.Egress;
using LatchGate.Json;

namespace LatchGate.Telemetry.Otlp;

/// <summary>
/// Writes OTLP requests in their JSON encoding (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding"): lowerCamelCase members,
/// trace and span ids in hexadecimal, enumerations as numbers, 64-bit integers as strings.
/// </summary>
/// <remarks>
/// <code>
/// {"resourceSpans":[{"resource":{"attributes":[…]},"scopeSpans":[{"scope":{"name":"latchgate.egress"},"spans":[SPAN…]}]}]}
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
    internal ReadOnlyMemory<byte> Traces(IReadOnlyList<EgressSignal> signals)
    {
        var buffer = new ArrayBufferWriter<byte>(1024 * signals.Count);
        using var json = new Utf8JsonWriter(buffer, JsonOutput.Options);
        Begin(json, "resourceSpans"u8, "scopeSpans"u8, "spans"u8);
        for (var i = 0; i < signals.Count; i++)
        {
            WriteSpan(json, signals[i]);
        }

        return End(json, buffer);
    }

    /// <summary>An <c>ExportLogsServiceRequest</c> of the signals that are logged.</summary>
    internal ReadOnlyMemory<byte> Logs(IReadOnlyList<EgressSignal> signals)
    {
        var buffer = new ArrayBufferWriter<byte>(1024 * signals.Count);
        using var json = new Utf8JsonWriter(buffer, JsonOutput.Options);
        Begin(json, "resourceLogs"u8, "scopeLogs"u8, "logRecords"u8);
        for (var i = 0; i < signals.Count; i++)
        {
            if (signals[i].IsLogged)
            {
                WriteLog(json, signals[i]);
            }
        }

        return End(json, buffer);
    }

    private void Begin(Utf8JsonWriter json, ReadOnlySpan<byte> resources, ReadOnlySpan<byte> scopes, ReadOnlySpan<byte> items)
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
        json.WriteStartObject();
        json.WriteStartObject("scope"u8);
        json.WriteString("name"u8, "latchgate.egress"u8);
        json.WriteEndObject();
        json.WriteStartArray(items);
    }

    private static ReadOnlyMemory<byte> End(Utf8JsonWriter json, ArrayBufferWriter<byte> buffer)
    {
        json.WriteEndArray();
        json.WriteEndObject();
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
        json.WriteStartObject();
        json.WriteString("traceId"u8, TraceId(signal));
        json.WriteString("spanId"u8, signal.SpanId);
        json.WriteString("name"u8, signal.Name);
        json.WriteNumber("kind"u8, SpanKindClient);
        json.WriteString("startTimeUnixNano"u8, Nanoseconds(record.StartedAt));
        json.WriteString("endTimeUnixNano"u8, Nanoseconds(record.FinishedAt));
        WriteAttributes(json, signal);
        if (record.Ending != EgressEnding.Allowed)
        {
            json.WriteStartObject("status"u8);
            json.WriteString("message"u8, record.Reason.Label());
            json.WriteNumber("code"u8, StatusError);
            json.WriteEndObject();
        }

        json.WriteEndObject();
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
        json.WriteString("traceId"u8, TraceId(signal));
        json.WriteString("spanId"u8, signal.SpanId);
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

    // A UUID has the 16 bytes of a trace id.
    private static string TraceId(EgressSignal signal) => signal.TraceId.Replace("-", "", StringComparison.Ordinal);

    private static string Nanoseconds(DateTimeOffset time) =>
        ((time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick).ToString(CultureInfo.InvariantCulture);
}
