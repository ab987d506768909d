using System.Collections.Immutable;

namespace LatchGate.HostIo;

/// <summary>Compares a response's media type with an action's list (RFC 9110 §8.3).</summary>
internal static class MediaTypes
{
    /// <summary>Whether the type is listed. A response that names none has the empty one; one that names several has none that counts.</summary>
    /// <param name="listed">Lower case without parameters; empty means any.</param>
    /// <param name="headers">Of the response, names in lower case.</param>
    internal static bool IsListed(ImmutableArray<string> listed, IReadOnlyList<HeaderField> headers)
    {
        if (listed.IsEmpty)
        {
            return true;
        }

        var type = "";
        var count = 0;
        foreach (var (name, value) in headers)
        {
            if (name == "content-type")
            {
                type = value;
                count++;
            }
        }

        if (count > 1)
        {
            return false;
        }

        var parameters = type.IndexOf(';', StringComparison.Ordinal);
        var plain = (parameters < 0 ? type : type[..parameters]).AsSpan().Trim();
        foreach (var one in listed)
        {
            if (plain.Equals(one, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
