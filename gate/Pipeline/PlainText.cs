using System.Text;

namespace LatchGate.Pipeline;

/// <summary>Makes text that came from outside fit for a reason, a log line or a record (reference/kernel.md §0.1).</summary>
internal static class PlainText
{
    /// <summary>Bytes of a deny reason.</summary>
    internal const int ReasonBytes = 500;

    /// <summary>Replaces control characters by spaces and cuts at <paramref name="maxBytes"/> bytes of UTF-8, on a character boundary.</summary>
    internal static string Clean(string text, int maxBytes = ReasonBytes)
    {
        var clean = text;
        if (text.AsSpan().ContainsAnyInRange('\0', '\u001f') || text.AsSpan().ContainsAnyInRange('\u007f', '\u009f'))
        {
            clean = string.Create(text.Length, text, static (span, source) =>
            {
                for (var i = 0; i < span.Length; i++)
                {
                    span[i] = char.IsControl(source[i]) ? ' ' : source[i];
                }
            });
        }

        return Cut(clean, maxBytes);
    }

    /// <summary>Cuts at <paramref name="maxBytes"/> bytes of UTF-8, on a character boundary.</summary>
    internal static string Cut(string text, int maxBytes)
    {
        if (text.Length * 3 <= maxBytes || Encoding.UTF8.GetByteCount(text) <= maxBytes)
        {
            return text;
        }

        var bytes = 0;
        var kept = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > maxBytes)
            {
                break;
            }

            kept += rune.Utf16SequenceLength;
        }

        return text[..kept];
    }
}
