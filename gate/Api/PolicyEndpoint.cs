using System.Text.Json;
using LatchGate.Http;
using LatchGate.Json;
using LatchGate.Pipeline;
using LatchGate.Policy;

namespace LatchGate.Api;

/// <summary>What the policy data say: those in force, not what somebody may have written to the file since (reference/wire.md §7.7).</summary>
internal sealed class PolicyEndpoint(OperatorGate door, PolicyDataStore store, PolicyDecisionPoint policy)
{
    internal async ValueTask ShowAllAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read("/v1/admin/policy")).ConfigureAwait(false) is null)
        {
            return;
        }

        if (!policy.OwnsData)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.PolicyDataExternal));
            return;
        }

        var data = policy.Data;
        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("policy_version"u8, data.Version);
        json.WriteStartObject("acl"u8);
        foreach (var principal in data.Principals())
        {
            if (data.Find(principal) is { } entry)
            {
                json.WritePropertyName(principal);
                WriteEntry(json, entry);
            }
        }

        json.WriteEndObject();
        json.WriteStartObject("allowlist"u8);
        foreach (var action in data.StandingActions())
        {
            WriteTexts(json, action, data.StandingPrincipals(action));
        }

        json.WriteEndObject();
        json.WriteString("file"u8, FileWord());
        json.WriteEndObject();
    }

    internal async ValueTask ShowAsync(HttpExchange exchange, string principal, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read($"/v1/admin/policy/{principal}")).ConfigureAwait(false) is null)
        {
            return;
        }

        if (PolicyRequest.Refuse(principal) is { } refusal)
        {
            ErrorAnswer.Write(exchange, refusal);
            return;
        }

        if (!policy.OwnsData)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.PolicyDataExternal));
            return;
        }

        var data = policy.Data;
        if (data.Find(principal) is not { } entry)
        {
            ErrorAnswer.Write(exchange, new Denial(GateFailure.PrincipalNotFound), principal: principal);
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("principal"u8, principal);
        json.WritePropertyName("acl"u8);
        WriteEntry(json, entry);
        var standing = new List<string>();
        foreach (var action in data.StandingActions())
        {
            if (data.IsStanding(action, principal))
            {
                standing.Add(action);
            }
        }

        WriteTexts(json, "standing_approvals", standing);
        json.WriteString("policy_version"u8, data.Version);
        json.WriteEndObject();
    }

    internal static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void WriteEntry(Utf8JsonWriter json, PolicyEntry entry)
    {
        json.WriteStartObject();
        WriteTexts(json, "allowed_actions", entry.Actions);
        WriteTexts(json, "allowed_sinks", entry.Sinks);
        if (entry.InheritsWildcard is { } inherits)
        {
            json.WriteBoolean("inherits_wildcard"u8, inherits);
        }

        json.WriteEndObject();
    }

    private string FileWord() => store.FileState() switch
    {
        PolicyFileState.InForce => "in_force",
        PolicyFileState.Edited => "edited",
        PolicyFileState.Invalid => "invalid",
        _ => "unreadable",
    };
}
