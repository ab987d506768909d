using System.Text.Json;

namespace LatchGate.Crypto;

/// <summary>Reads JSON strings into one scratch buffer, without allocating.</summary>
internal static class JsonStrings
{
    /// <summary>
    /// The unescaped string value that <paramref name="reader"/> stands on, appended to <paramref name="scratch"/>; any other value is
    /// skipped and reads as empty with <paramref name="isString"/> false.
    /// </summary>
    internal static ReadOnlySpan<byte> ReadOrSkip(scoped ref Utf8JsonReader reader, Span<byte> scratch, scoped ref int used, out bool isString)
    {
        isString = reader.TokenType == JsonTokenType.String;
        if (!isString)
        {
            reader.Skip();
            return default;
        }

        var start = used;
        used += reader.CopyString(scratch[start..]);
        return scratch[start..used];
    }
}
