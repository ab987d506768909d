using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LatchGate.Sandbox;

/// <summary>
/// A guest's log line, made safe for a log: invalid UTF-8, control characters, line separators and marks that reorder text are
/// replaced, so that a guest can neither forge a line nor hide one (reference/kernel.md §11.8, D-94).
/// </summary>
internal static class LogLine
{
    /// <summary>Bytes of a line that are kept; what follows is cut and <see cref="Mark"/> says so.</summary>
    internal const int MaxBytes = 4096;

    private const string Mark = "…[truncated]";
    private static readonly string[] Levels = ["debug", "info", "warn"];

    /// <summary>The line as the JSON that goes to the host: <c>{"level":"debug|info|warn","message":"…"}</c>.</summary>
    internal static byte[] ToJson(uint level, ReadOnlySpan<byte> message)
    {
        var buffer = new ArrayBufferWriter<byte>(message.Length + 64);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("level", Levels[level]);
            json.WriteString("message", Clean(message));
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static string Clean(ReadOnlySpan<byte> message)
    {
        var text = new StringBuilder(Math.Min(message.Length, MaxBytes));
        var rest = message;
        while (!rest.IsEmpty)
        {
            Rune.DecodeFromUtf8(rest, out var rune, out var length);
            if (message.Length - rest.Length + length > MaxBytes)
            {
                return text.Append(Mark).ToString();
            }

            text.Append((IsUnsafe(rune) ? Rune.ReplacementChar : rune).ToString());
            rest = rest[length..];
        }

        return text.ToString();
    }

    /// <summary>Controls (Cc), formats such as bidirectional overrides (Cf), and the separators that some readers take for a line's end.</summary>
    private static bool IsUnsafe(Rune rune) => Rune.GetUnicodeCategory(rune) is
        System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format or
        System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator;
}
