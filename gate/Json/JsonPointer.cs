using System.Globalization;
using System.Text.Json;

namespace LatchGate.Json;

/// <summary>JSON Pointer (RFC 6901) over a parsed document.</summary>
public static class JsonPointer
{
    /// <summary>Finds the value that <paramref name="pointer"/> names; the empty pointer names the whole document.</summary>
    /// <param name="root">The document.</param>
    /// <param name="pointer">Empty, or <c>/</c>-separated reference tokens with <c>~0</c> and <c>~1</c> escapes.</param>
    /// <param name="value">The value found.</param>
    /// <returns>False when there is no such value, or the pointer is malformed.</returns>
    public static bool TryFind(JsonElement root, string pointer, out JsonElement value)
    {
        value = root;
        if (pointer.Length == 0)
        {
            return true;
        }

        if (pointer[0] != '/')
        {
            return false;
        }

        foreach (var range in pointer.AsSpan(1).Split('/'))
        {
            var token = pointer[1..][range];
            if (token.Contains('~', StringComparison.Ordinal))
            {
                token = token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            }

            var found = value.ValueKind switch
            {
                JsonValueKind.Object => value.TryGetProperty(token, out value),
                JsonValueKind.Array => TryIndex(token, ref value),
                _ => false,
            };
            if (!found)
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryIndex(string token, ref JsonElement array)
    {
        // No sign, no leading zero: RFC 6901 §4.
        var plain = token.Length > 0 && !token.AsSpan().ContainsAnyExceptInRange('0', '9') && (token.Length == 1 || token[0] != '0');
        if (!plain || !int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= array.GetArrayLength())
        {
            return false;
        }

        array = array[index];
        return true;
    }
}
