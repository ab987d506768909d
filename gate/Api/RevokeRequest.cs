using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Identity;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>The body of POST and DELETE <c>/v1/admin/revoke</c>.</summary>
/// <param name="Kind">What is revoked.</param>
/// <param name="Id">Which one.</param>
/// <param name="Block">A principal's: it gets no new lease either.</param>
/// <param name="Reason">For the record, without control characters; null when none was given.</param>
/// <remarks>
/// <code>
/// { "kind": "lease" | "session" | "principal" | "grant",  "id": string,  "reason": null | string,  "block": boolean (kind principal) }
/// id of a principal: 1 to 253 of A-Z a-z 0-9 . _ : @ / -        other ids: 1 to 128 of A-Z a-z 0-9 . _ -
/// </code>
/// </remarks>
internal sealed record RevokeRequest(RevocationKind Kind, string Id, bool Block, string? Reason)
{
    private const int LargestBody = 16 * 1024;
    private const int LongestId = 128;

    /// <summary>Reads a body; null, and what is wrong, when it is not one.</summary>
    internal static RevokeRequest? TryParse(ReadOnlyMemory<byte> body, out string? fault)
    {
        fault = "the body is a JSON object with kind and id, and for a principal block";
        if (!StrictJson.TryParse(body, JsonLimits.Payload(LargestBody), out var document, out _))
        {
            return null;
        }

        using (document)
        {
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement, ref fault) : null;
        }
    }

    private static RevokeRequest? Read(JsonElement body, ref string? fault)
    {
        string? kindWord = null, id = null, reason = null;
        var block = false;
        foreach (var member in body.EnumerateObject())
        {
            var (kindOf, value) = (member.Value.ValueKind, member.Value);
            if (member.NameEquals("kind"u8) && kindOf == JsonValueKind.String)
            {
                kindWord = value.GetString();
            }
            else if (member.NameEquals("id"u8) && kindOf == JsonValueKind.String)
            {
                id = value.GetString();
            }
            else if (member.NameEquals("reason"u8) && kindOf is JsonValueKind.String or JsonValueKind.Null)
            {
                reason = value.GetString();
            }
            else if (member.NameEquals("block"u8) && kindOf is JsonValueKind.True or JsonValueKind.False)
            {
                block = value.GetBoolean();
            }
            else
            {
                // What is not understood might be a bound on what is revoked.
                return null;
            }
        }

        if (!RevocationKinds.TryParse(kindWord, out var kind))
        {
            fault = "kind is lease, session, principal or grant";
            return null;
        }

        if (id is null || !(kind == RevocationKind.Principal ? PrincipalName.IsWellFormed(id) : IsId(id)))
        {
            fault = $"id is not that of a {kind.ToWire()}";
            return null;
        }

        if (block && kind != RevocationKind.Principal)
        {
            fault = "only a principal can be blocked";
            return null;
        }

        fault = null;
        return new RevokeRequest(kind, id, block, string.IsNullOrWhiteSpace(reason) ? null : PlainText.Clean(reason));
    }

    private static bool IsId(string id)
    {
        if (id.Length is 0 or > LongestId)
        {
            return false;
        }

        foreach (var c in id)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
