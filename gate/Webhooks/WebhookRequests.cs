using System.Buffers;
using System.Text.Json;
using LatchGate.Approvals;
using LatchGate.Evidence;
using LatchGate.Json;
using LatchGate.Secrets;

namespace LatchGate.Webhooks;

/// <summary>
/// Tells of a waiting call what it would do. That is read from the sealed plan when it is sent, and only while the call waits: at rest, what was
/// asked for lies nowhere but in the plan.
/// </summary>
internal sealed class WebhookRequests(Ledger ledger, PlanVault vault, SecretRedactor redactor)
{
    /// <summary>The envelope as it is sent.</summary>
    /// <param name="delivery">What.</param>
    /// <param name="hasEnded">Whether it tells of a call that waited and does no more.</param>
    internal ReadOnlyMemory<byte> Complete(Delivery delivery, out bool hasEnded)
    {
        hasEnded = false;
        if (delivery.Type != WebhookEvent.ApprovalPending.ToWire())
        {
            return delivery.Envelope;
        }

        var approval = ApprovalOf(delivery.Envelope) is { } id ? ledger.Read(reader => reader.FindApproval(id)) : null;
        hasEnded = approval is not { HasEnded: false };
        return hasEnded || !vault.TryOpen(approval!, out var plan) ? delivery.Envelope : With(delivery.Envelope.Span, plan);
    }

    // The envelope ends with the braces of data and its own.
    private byte[] With(ReadOnlySpan<byte> envelope, FrozenPlan plan)
    {
        var more = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(more, JsonOutput.Options))
        {
            json.WriteStartObject();
            WriteOne(json, "unresolved_domains"u8, plan.UnlistedHost);
            WriteOne(json, "unresolved_paths"u8, plan.UnlistedPath);
            json.WritePropertyName("request_summary"u8);
            RequestSummary.Write(json, plan.Task, plan.Secrets);
            json.WriteEndObject();
        }

        var members = redactor.TryRedact(more.WrittenSpan, out var redacted) ? redacted : more.WrittenSpan;
        return [.. envelope[..^2], (byte)',', .. members[1..], (byte)'}'];
    }

    private static void WriteOne(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        json.WriteStartArray(name);
        if (value is not null)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static string? ApprovalOf(ReadOnlyMemory<byte> envelope)
    {
        using var document = JsonDocument.Parse(envelope);
        return document.RootElement.TryGetProperty("data"u8, out var data) && data.TryGetProperty("approval_id"u8, out var id) ? id.GetString() : null;
    }
}
