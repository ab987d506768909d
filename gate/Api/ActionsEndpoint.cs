using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Http;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>GET <c>/v1/actions</c>, one action, and its request schema (reference/wire.md §5.1–5.3). Public on both sockets.</summary>
internal sealed class ActionsEndpoint(ActionRegistry actions)
{
    internal ValueTask ListAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteStartArray("actions"u8);
        foreach (var action in actions.Actions)
        {
            json.WriteStartObject();
            json.WriteString("action_id"u8, action.Id);
            json.WriteString("version"u8, action.Version);
            json.WriteString("risk_level"u8, action.Risk.ToWire());
            json.WriteString("description"u8, action.Description);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    internal ValueTask ShowAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (!actions.TryFind(id, out var action))
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.ActionNotFound));
            return ValueTask.CompletedTask;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        WriteDetail(json, action);
        return ValueTask.CompletedTask;
    }

    internal ValueTask SchemaAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (!actions.TryFind(id, out var action) || action.RequestSchema.IsEmpty)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.ActionNotFound));
            return ValueTask.CompletedTask;
        }

        exchange.Response.SetContentType("application/json"u8);
        System.Buffers.BuffersExtensions.Write(exchange.Response.Body, action.RequestSchema.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>One action in full; also what the command line prints where no gate runs.</summary>
    internal static void WriteDetail(Utf8JsonWriter json, ActionSpec action)
    {
        json.WriteStartObject();
        json.WriteString("action_id"u8, action.Id);
        json.WriteString("version"u8, action.Version);
        json.WriteString("description"u8, action.Description);
        json.WriteString("provider_module_digest"u8, action.ProviderReference);
        json.WriteString("module_sha256"u8, action.ModuleDigest.ToString());
        json.WriteString("action_digest"u8, action.Digest.ToString());
        json.WriteString("risk_level"u8, action.Risk.ToWire());
        json.WriteStartObject("resource_limits"u8);
        json.WriteNumber("fuel"u8, action.Limits.Fuel);
        json.WriteNumber("memory_mb"u8, action.Limits.MemoryMb);
        json.WriteNumber("timeout_seconds"u8, action.Limits.TimeoutSeconds);
        json.WriteNumber("max_io_calls"u8, action.Limits.MaxIoCalls);
        json.WriteNumber("max_host_response_bytes"u8, action.Limits.MaxHostResponseBytes);
        json.WriteEndObject();
        json.WriteStartObject("io"u8);
        json.WriteNumber("max_request_bytes"u8, action.Io.MaxRequestBytes);
        json.WriteNumber("max_response_bytes"u8, action.Io.MaxResponseBytes);
        json.WriteBoolean("has_request_schema"u8, action.ValidateRequest is not null);
        json.WriteBoolean("has_response_schema"u8, action.ValidateResponse is not null);
        json.WriteEndObject();
        WriteEgress(json, action.Egress);
        if (action.Files is { } files)
        {
            WriteFiles(json, files);
        }

        json.WriteStartArray("declared_side_effects"u8);
        foreach (var effect in action.SideEffects)
        {
            json.WriteStringValue(effect);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteFiles(Utf8JsonWriter json, FileSpec files)
    {
        json.WriteStartObject("fs"u8);
        json.WriteStartArray("allowed_operations"u8);
        foreach (var operation in (ReadOnlySpan<FileOperations>)[FileOperations.Read, FileOperations.Create, FileOperations.Overwrite, FileOperations.Delete])
        {
            if ((files.Operations & operation) != 0)
            {
                json.WriteStringValue(HostIo.Files.FileJudge.Name(operation));
            }
        }

        json.WriteEndArray();
        json.WriteStartArray("allowed_paths"u8);
        foreach (var glob in files.Rules.Allow)
        {
            json.WriteStringValue(glob.Text);
        }

        json.WriteEndArray();
        json.WriteNumber("max_file_bytes"u8, files.MaxFileBytes);
        json.WriteBoolean("allow_learning"u8, files.AllowLearning);
        json.WriteEndObject();
    }

    private static void WriteEgress(Utf8JsonWriter json, EgressRuleSet rules)
    {
        if (rules.Profile == EgressProfile.None)
        {
            json.WriteString("egress"u8, "none"u8);
            return;
        }

        json.WriteStartObject("egress"u8);
        json.WriteStartObject("proxy_allowlist"u8);
        json.WriteStartArray("allowed_domains"u8);
        foreach (var domain in EgressPrecheck.DomainsOf(rules))
        {
            json.WriteStringValue(domain);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
