using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace LatchGate.Learned;

/// <summary>Reads a path below a root as text, before any system call sees it.</summary>
/// <remarks>
/// <code>
/// path    = segment *("/" segment)          at most 4095 bytes of UTF-8 (PATH_MAX)
/// segment = 1*char                          at most 255 bytes (NAME_MAX); neither "." nor ".."
/// char    = any character but a control, a format character, a line or paragraph separator, a backslash and a lone surrogate
/// </code>
/// A segment neither begins nor ends with a blank nor ends with a dot: some file systems drop those, and one file would have two names.
/// So would a drive (<c>C:</c>) at the front.
/// </remarks>
internal static class PathText
{
    private const int MaxBytes = 4095;
    private const int MaxSegmentBytes = 255;

    /// <summary>Splits a well-formed path.</summary>
    /// <param name="path">As given.</param>
    /// <param name="segments">Its segments, when true is returned.</param>
    internal static bool TrySplit(string path, [NotNullWhen(true)] out string[]? segments)
    {
        segments = null;
        if (path.Length > MaxBytes || !IsPlain(path) || (path.Length >= 2 && path[1] == ':' && char.IsAsciiLetter(path[0]))
            || Encoding.UTF8.GetByteCount(path) > MaxBytes)
        {
            return false;
        }

        var parts = path.Split('/');
        foreach (var part in parts)
        {
            if (!IsSegment(part))
            {
                return false;
            }
        }

        segments = parts;
        return true;
    }

    /// <summary>Whether a segment is <c>..</c>.</summary>
    internal static bool Climbs(string path)
    {
        foreach (var range in path.AsSpan().Split('/'))
        {
            if (path.AsSpan()[range] is "..")
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsPlain(string path)
    {
        var rest = path.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var length) != System.Buffers.OperationStatus.Done || rune.Value == '\\'
                || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                return false;
            }

            rest = rest[length..];
        }

        return true;
    }

    private static bool IsSegment(string part) =>
        part.Length > 0 && !char.IsWhiteSpace(part[0]) && !char.IsWhiteSpace(part[^1]) && part[^1] != '.'
        && (part.Length <= MaxSegmentBytes / 4 || Encoding.UTF8.GetByteCount(part) <= MaxSegmentBytes);
}
