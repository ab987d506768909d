using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LatchGate.Identity;
using LatchGate.Json;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>
/// The bodies that change the policy data. Members that are not known are ignored, as clients expect.
/// </summary>
/// <remarks>
/// <code>
/// grant, revoke:  {"principal": TEXT, "actions": [TEXT, …]}
/// allowlist:      {"action_id": ID, "agent_id": NAME}        ID: 1 to 128 of A-Z a-z 0-9 _ : -
/// NAME: to give, that of a principal (1 to 253 of A-Z a-z 0-9 . _ : @ / -); to withdraw, TEXT
/// </code>
/// </remarks>
internal readonly record struct PolicyRequest(string Principal, ImmutableArray<string> Actions, string ActionId)
{
    private const int LongestPrincipal = 253;
    private const int LongestId = 128;
    private const int MostActions = 100;

    // The server's own limit on bodies; how many actions there may be has a code of its own.
    private static readonly JsonLimits Limits = new(1 << 20, 10, int.MaxValue);

    /// <summary>Reads the body of a grant or a revocation; the refusal, or null.</summary>
    internal static Denial? ReadActions(ReadOnlyMemory<byte> body, out PolicyRequest request)
    {
        request = new PolicyRequest("", [], "");
        if (Parse(body, out var document) is { } malformed)
        {
            return malformed;
        }

        using (document)
        {
            if (Text(document!.RootElement, "principal") is not { } principal)
            {
                return WrongType("principal must be a string");
            }

            if (!document.RootElement.TryGetProperty("actions"u8, out var list) || list.ValueKind != JsonValueKind.Array || !AllStrings(list))
            {
                return WrongType("actions must be a list of strings");
            }

            if (Refuse(principal) is { } refusal)
            {
                return refusal;
            }

            if (list.GetArrayLength() is var count && count is 0 or > MostActions)
            {
                return count == 0
                    ? new Denial(GateFailure.EmptyActions, "actions must name at least one action")
                    : new Denial(GateFailure.TooManyActions, string.Create(CultureInfo.InvariantCulture, $"actions names {count}; at most {MostActions} are taken at once"));
            }

            request = new PolicyRequest(principal, [.. list.ConvertAll(static item => item.GetString()!)], "");
        }

        foreach (var action in request.Actions)
        {
            if (!IsId(action))
            {
                return new Denial(GateFailure.InvalidActionId, "an action id is 1 to 128 of A-Z a-z 0-9 _ : -");
            }
        }

        return null;
    }

    /// <summary>Reads the body of a standing approval; the refusal, or null.</summary>
    /// <param name="body">The body.</param>
    /// <param name="gives">Whether it is to be given. One that somebody wrote by hand, under whatever name, can be withdrawn.</param>
    /// <param name="request">What is asked for.</param>
    internal static Denial? ReadStanding(ReadOnlyMemory<byte> body, bool gives, out PolicyRequest request)
    {
        request = new PolicyRequest("", [], "");
        if (Parse(body, out var document) is { } malformed)
        {
            return malformed;
        }

        using (document)
        {
            if (Text(document!.RootElement, "action_id") is not { } action)
            {
                return WrongType("action_id must be a string");
            }

            if (Text(document.RootElement, "agent_id") is not { } agent)
            {
                return WrongType("agent_id must be a string");
            }

            if (!IsId(action))
            {
                return new Denial(GateFailure.InvalidInput, "action_id must be 1 to 128 of A-Z a-z 0-9 _ : -");
            }

            // A name that begins with _ is a comment in the data document.
            if (Refuse(agent) is not null || (gives && !PrincipalName.IsWellFormed(agent)))
            {
                return new Denial(GateFailure.InvalidInput, "agent_id must be 1 to 253 of A-Z a-z 0-9 . _ : @ / -, not beginning with _");
            }

            request = new PolicyRequest(agent, [], action);
            return null;
        }
    }

    /// <summary>Why <paramref name="principal"/> is no name that may stand in the access list; null when it is one.</summary>
    internal static Denial? Refuse(string principal)
    {
        if (principal.Length == 0 || Encoding.UTF8.GetByteCount(principal) > LongestPrincipal)
        {
            return new Denial(GateFailure.InvalidPrincipal, string.Create(CultureInfo.InvariantCulture, $"principal must be 1 to {LongestPrincipal} bytes"));
        }

        if (principal[0] == '_')
        {
            return new Denial(GateFailure.InvalidPrincipal, "principal must not begin with _: such names are comments in the policy data");
        }

        foreach (var rune in principal.EnumerateRunes())
        {
            // What cannot be seen would make two entries look alike.
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate)
            {
                return new Denial(GateFailure.InvalidPrincipal, "principal must be printable text");
            }
        }

        return null;
    }

    private static Denial? Parse(ReadOnlyMemory<byte> body, out JsonDocument? document)
    {
        if (!StrictJson.TryParse(body, Limits, out document, out var fault))
        {
            return new Denial(GateFailure.BadRequest, fault.Describe("body"));
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return null;
        }

        document.Dispose();
        return WrongType("the body must be a JSON object");
    }

    private static Denial WrongType(string message) => new(GateFailure.InvalidRequest, message) { Status = 422 };

    private static string? Text(JsonElement body, string member) =>
        body.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool AllStrings(JsonElement list)
    {
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsId(string text)
    {
        if (text.Length is 0 or > LongestId)
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or ':' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
