using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>The body of a change of learned destinations; other members are not looked at (reference/wire.md §7.6).</summary>
/// <param name="ActionId"><c>action_id</c>.</param>
/// <param name="Value"><c>domain</c>, <c>path_glob</c> or <c>value</c>: one of them, whatever the route.</param>
/// <param name="Source"><c>source</c>: <c>cli</c>, <c>import</c> or <c>api</c>, which is the default.</param>
/// <param name="Force"><c>force</c>: takes a wildcard under a name of two labels.</param>
internal readonly record struct LearnRequest(string ActionId, string Value, LearnSource Source, bool Force)
{
    private const int MaxBytes = 16 * 1024;

    /// <summary>Reads a body; null when it is one, else the refusal.</summary>
    internal static Denial? Read(HttpExchange exchange, ReadOnlyMemory<byte> body, LearnedKind kind, out LearnRequest request)
    {
        request = default;
        if (!LeaseEndpoint.IsJson(exchange))
        {
            return new Denial(GateFailure.UnsupportedMediaType);
        }

        if (!StrictJson.TryParse(body, JsonLimits.Payload(MaxBytes), out var document, out var fault))
        {
            return new Denial(GateFailure.BadRequest, PlainText.Clean(fault.Describe("body")));
        }

        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return Mistyped("the body is not an object");
            }

            string? value = null, source = null, force = null;
            var named = 0;
            foreach (var member in root.EnumerateObject())
            {
                if (member.NameEquals("domain"u8) || member.NameEquals("path_glob"u8) || member.NameEquals("value"u8))
                {
                    value = Text(member.Value);
                    named++;
                }
                else if (member.NameEquals("source"u8))
                {
                    source = Text(member.Value) ?? "";
                }
                else if (member.NameEquals("force"u8) && member.Value.ValueKind != JsonValueKind.False)
                {
                    force = member.Value.ValueKind == JsonValueKind.True ? "true" : "";
                }
            }

            if (!root.TryGetProperty("action_id"u8, out var action) || Text(action) is not { } actionId)
            {
                return Mistyped("action_id is missing, or not a string");
            }

            if (named != 1 || value is null)
            {
                return Mistyped($"the body needs one string {(kind == LearnedKind.Domain ? "domain" : "path_glob")}");
            }

            var from = LearnSource.Api;
            if (force == "" || (source is not null && (!LearnedWire.TryParse(source, out from) || from == LearnSource.Approval)))
            {
                return Mistyped(force == "" ? "force is not a boolean" : "source is not 'cli', 'import' or 'api'");
            }

            request = new LearnRequest(actionId, value, from, force is not null);
            return null;
        }
    }

    private static Denial Mistyped(string reason) => new(GateFailure.InvalidRequest, reason) { Status = 422 };

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
