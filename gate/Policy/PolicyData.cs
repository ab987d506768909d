using System.Text.Json;
using LatchGate.Pipeline;
using LatchGate.Policy.Rego;

namespace LatchGate.Policy;

/// <summary>
/// The data document that the policy reads: <c>policy_version</c>, <c>acl</c> and <c>latchgate.allowlist</c>
/// (reference/kernel.md §10.2). Immutable.
/// </summary>
/// <remarks>
/// <code>
/// { "policy_version": STRING,
///   "acl": { PRINCIPAL: { "allowed_actions": [STRING], "allowed_sinks": [STRING], "inherits_wildcard": BOOL } },
///   "latchgate": { "allowlist": { ACTION: { PRINCIPAL: BOOL } } } }
/// </code>
/// Names that begin with <c>_</c> are comments. Members at the top that the built-in policy does not read are kept,
/// for the operator's own policy.
/// </remarks>
internal sealed record PolicyData(RegoObject Document, string Version)
{
    /// <summary>The longest <c>policy_version</c>, in UTF-16 units: it stands in every grant, receipt and event.</summary>
    internal const int LongestVersion = 256;

    /// <exception cref="StartupException">The document is not JSON or not of that shape (<see cref="StartupError.PolicyLoadFailed"/>).</exception>
    internal static PolicyData Parse(ReadOnlySpan<byte> json) => Of(ParseObject(json));

    /// <summary>The document as such: a JSON object, of whatever members.</summary>
    /// <exception cref="StartupException">It is not.</exception>
    internal static RegoObject ParseObject(ReadOnlySpan<byte> json)
    {
        RegoValue value;
        try
        {
            value = RegoJson.Parse(json);
        }
        catch (JsonException exception)
        {
            throw Bad($"is not valid JSON: {exception.Message}", exception);
        }

        return value as RegoObject ?? throw Bad("is not a JSON object.");
    }

    /// <summary>Checks a document.</summary>
    /// <exception cref="StartupException">It is not of that shape.</exception>
    internal static PolicyData Of(RegoObject document)
    {
        if (document.Get("policy_version") is not RegoString { Value: { Length: > 0 and <= LongestVersion } version } || string.IsNullOrWhiteSpace(version))
        {
            throw Bad($"lacks policy_version, a string of 1 to {LongestVersion} characters that are not all blank.");
        }

        foreach (var (principal, entry) in Members(document.Get("acl"), "acl"))
        {
            CheckEntry($"acl[\"{principal}\"]", entry);
        }

        if (document.Get("latchgate") is { } own)
        {
            if (own is not RegoObject settings)
            {
                throw Bad("has a latchgate that is not an object.");
            }

            foreach (var (action, principals) in Members(settings.Get("allowlist"), "latchgate.allowlist"))
            {
                foreach (var (principal, flag) in Members(principals, $"latchgate.allowlist[\"{action}\"]"))
                {
                    if (flag is not RegoBoolean)
                    {
                        throw Bad($"has a latchgate.allowlist[\"{action}\"][\"{principal}\"] that is neither true nor false.");
                    }
                }
            }
        }

        return new PolicyData(document, version);
    }

    private static void CheckEntry(string where, RegoValue entry)
    {
        foreach (var (name, value) in Members(entry, where))
        {
            var valid = name switch
            {
                "allowed_actions" or "allowed_sinks" => value is RegoArray list && AllStrings(list),
                "inherits_wildcard" => value is RegoBoolean,
                _ => throw Bad($"has an unknown member {where}.{name}; it may have allowed_actions, allowed_sinks and inherits_wildcard."),
            };
            if (!valid)
            {
                throw Bad($"has a {where}.{name} of the wrong type.");
            }
        }
    }

    private static bool AllStrings(RegoArray list)
    {
        foreach (var item in list.Items)
        {
            if (item is not RegoString)
            {
                return false;
            }
        }

        return true;
    }

    // The members that are no comments; nothing for an absent object.
    private static List<(string Name, RegoValue Value)> Members(RegoValue? value, string where)
    {
        var members = new List<(string, RegoValue)>();
        if (value is null)
        {
            return members;
        }

        if (value is not RegoObject holder)
        {
            throw Bad($"has a {where} that is not an object.");
        }

        for (var i = 0; i < holder.Count; i++)
        {
            if (((RegoString)holder.Keys[i]).Value is var name && !name.StartsWith('_'))
            {
                members.Add((name, holder.Values[i]));
            }
        }

        return members;
    }

    private static StartupException Bad(string what, Exception? inner = null) => new(
        StartupError.PolicyLoadFailed,
        $"The policy data {what}",
        "Correct data.json; the policy that is loaded stays in force until then.",
        inner);
}
