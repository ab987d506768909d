using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace LatchGate.Fuzz.Oracles;

/// <summary>Spells a secret in the ways that the redactor says it finds.</summary>
internal static class SecretSpelling
{
    /// <summary>How many ways there are.</summary>
    internal const int Count = 14;

    /// <summary>The secret, spelled, with text around it. Quotes keep escapes of what stands around from running into it.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="way">From 0 up to below <see cref="Count"/>.</param>
    /// <param name="mask">Bit i of it decides about each eighth character, where escaping is a choice.</param>
    /// <param name="before">What stands before.</param>
    /// <param name="after">What stands after.</param>
    internal static string Write(string secret, int way, int mask, string before, string after) => way switch
    {
        0 => before + secret + after,
        1 or 2 or 3 => before + Convert.ToBase64String(Wrapped(secret, way - 1)) + after,
        4 or 5 or 6 => before + Base64Url.EncodeToString(Wrapped(secret, way - 4)) + after,
        7 => Quoted(before, Percent(secret, mask), after),
        8 => Quoted(before, Percent(secret, mask | 1).Replace("%20", "+", StringComparison.Ordinal), after),
        9 => Quoted(before, Json(secret, mask), after),
        10 => Quoted(before, Json(Json(secret, mask), 0), after),
        11 => Quoted(before, Percent(Json(secret, mask), mask), after),
        12 => Quoted(before, Json(Percent(secret, mask), 0), after),
        _ => Quoted(before, Percent(Percent(secret, mask), mask), after),
    };

    /// <summary>The text with each <c>%HH</c> decoded.</summary>
    internal static string PercentDecoded(string text) => Uri.UnescapeDataString(text);

    private static string Quoted(string before, string spelled, string after) => $"{before}\"{spelled}\"{after}";

    // At each of the three alignments.
    private static byte[] Wrapped(string secret, int offset) => [.. "xyz"u8[..offset], .. Encoding.UTF8.GetBytes(secret), .. "tail"u8];

    // What must be encoded is, and of the rest what the mask says; the case of the digits too.
    private static string Percent(string text, int mask)
    {
        var spelled = new StringBuilder();
        var i = 0;
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            var isChosen = (mask >> (i++ % 8) & 1) != 0;
            _ = isChosen || !(char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~')
                ? spelled.Append('%').Append(b.ToString(isChosen ? "X2" : "x2", CultureInfo.InvariantCulture))
                : spelled.Append((char)b);
        }

        return spelled.ToString();
    }

    private static string Json(string text, int mask)
    {
        var spelled = new StringBuilder();
        var i = 0;
        foreach (var c in text)
        {
            var isChosen = (mask >> (i++ % 8) & 1) != 0;
            _ = isChosen ? spelled.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")
                : c is '"' or '\\' ? spelled.Append('\\').Append(c)
                : c == '\n' ? spelled.Append("\\n")
                : char.IsSurrogate(c) ? spelled.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}")
                : spelled.Append(c);
        }

        return spelled.ToString();
    }
}
