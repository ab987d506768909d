using System.Text.Json;
using LatchGate.Http;
using LatchGate.Identity;
using LatchGate.Json;

namespace LatchGate.Api;

/// <summary>GET <c>/v1/admin/whoami</c>: which operator is asking, and what that operator may do. Admin socket only.</summary>
internal sealed class WhoamiEndpoint(OperatorGate door)
{
    internal async ValueTask HandleAsync(HttpExchange exchange, string id, CancellationToken aborted)
    {
        if (await door.AdmitAsync(exchange, OperatorAccess.Read("/v1/admin/whoami")).ConfigureAwait(false) is not { } @operator)
        {
            return;
        }

        exchange.Response.SetContentType("application/json"u8);
        using var json = new Utf8JsonWriter(exchange.Response.Body, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("operator"u8, @operator.Name);
        json.WriteString("role"u8, @operator.Role.ToWire());
        json.WriteString("authn_method"u8, @operator.AuthnMethod);
        json.WriteEndObject();
    }
}
