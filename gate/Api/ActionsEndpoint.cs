using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Http;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>
/// GET <c>/v1/actions</c>, one action, its request schema (reference/wire.md §5.1–5.3), and all of them as an OpenAPI document and as
/// tools of the Model Context Protocol. Public on both sockets.
/// </summary>
/// <remarks>
/// What is offered does not change while the gate runs, so one entity tag stands for all five (RFC 9110 §8.8.3), and a client that has it
/// is answered 304.
/// </remarks>
internal sealed class ActionsEndpoint(ActionRegistry actions, string baseUrl)
{
    private readonly byte[] _tag = TagOf(actions, baseUrl);


    internal ValueTask ListAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (IsKnown(exchange))
        {
            return ValueTask.CompletedTask;
        }

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

        if (IsKnown(exchange))
        {
            return ValueTask.CompletedTask;
        }

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

        if (!IsKnown(exchange))
        {
            exchange.Response.Body.Write(action.RequestSchema.Span);
        }

        return ValueTask.CompletedTask;
    }

    internal ValueTask OpenApiAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (!IsKnown(exchange))
        {
            using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
            OpenApiDocument.Write(json, actions, baseUrl);
        }

        return ValueTask.CompletedTask;
    }

    internal ValueTask ToolsAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (!IsKnown(exchange))
        {
            using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
            ToolList.Write(json, actions);
        }

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

    // Sets the headers of an answer; true when the client has it already, so that 304 says enough (RFC 9110 §13.1.2).
    private bool IsKnown(HttpExchange exchange)
    {
        exchange.Response.SetHeader("etag"u8, _tag);
        if (exchange.TryGetHeader("if-none-match"u8, out var known) && known.IndexOf(_tag) >= 0)
        {
            exchange.Response.Status = 304;
            return true;
        }

        exchange.Response.SetContentType("application/json"u8);
        return false;
    }

    // A quoted digest: one cannot be part of another. The product's version is in it, for the shapes are the product's.
    private static byte[] TagOf(ActionRegistry actions, string baseUrl)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{ProductVersion.Text}\n{baseUrl}\n"));
        foreach (var action in actions.Actions)
        {
            hash.AppendData(action.Digest.Bytes);
        }

        return Encoding.ASCII.GetBytes($"\"{Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16))}\"");
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
