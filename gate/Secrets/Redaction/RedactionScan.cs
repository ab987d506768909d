using System.Buffers;

namespace LatchGate.Secrets.Redaction;

/// <summary>
/// Looks at a text as it is, and at what is left of it when one and then another layer of encoding is taken off. Bytes that an encoding
/// does not touch stand for themselves, so that text which only partly is encoded is understood as well.
/// </summary>
internal static class RedactionScan
{
    private const int Layers = 2;

    /// <summary>Whether any pattern occurs, in any view of the text. Allocates nothing.</summary>
    internal static bool Contains(SecretPatterns patterns, ReadOnlySpan<byte> text) => Contains(patterns, text, Layers);

    /// <summary>Adds the range of each occurrence in <paramref name="text"/> to <paramref name="ranges"/>.</summary>
    internal static void Collect(SecretPatterns patterns, ReadOnlySpan<byte> text, RangeList ranges) => Collect(patterns, text, default, Layers, ranges);

    private static bool Contains(SecretPatterns patterns, ReadOnlySpan<byte> text, int layers)
    {
        if (text.Length < patterns.Shortest)
        {
            return false;
        }

        if (patterns.Find(text, null, default))
        {
            return true;
        }

        for (var layer = TextLayer.Percent; layers > 0 && layer <= TextLayer.Json; layer++)
        {
            if (!Applies(layer, text, patterns))
            {
                continue;
            }

            var buffer = ArrayPool<byte>.Shared.Rent(text.Length);
            var length = 0;
            try
            {
                length = TextLayers.Decode(layer, text, buffer, default);
                if (Contains(patterns, buffer.AsSpan(0, length), layers - 1))
                {
                    return true;
                }
            }
            finally
            {
                // It may hold a secret.
                buffer.AsSpan(0, length).Clear();
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        return false;
    }

    // map: where each byte of this view starts in the text that was given, and its end; empty for that text itself.
    private static void Collect(SecretPatterns patterns, ReadOnlySpan<byte> text, ReadOnlySpan<int> map, int layers, RangeList ranges)
    {
        _ = patterns.Find(text, ranges, map);
        for (var layer = TextLayer.Percent; layers > 0 && layer <= TextLayer.Json; layer++)
        {
            if (!Applies(layer, text, patterns))
            {
                continue;
            }

            var view = new byte[text.Length];
            var positions = new int[text.Length + 1];
            var length = TextLayers.Decode(layer, text, view, positions);
            if (!map.IsEmpty)
            {
                for (var i = 0; i <= length; i++)
                {
                    positions[i] = map[positions[i]];
                }
            }

            Collect(patterns, view.AsSpan(0, length), positions.AsSpan(0, length + 1), layers - 1, ranges);
            Array.Clear(view);
        }
    }

    private static bool Applies(TextLayer layer, ReadOnlySpan<byte> text, SecretPatterns patterns) => layer switch
    {
        TextLayer.Percent => text.Contains((byte)'%'),
        // In form data a blank is a plus sign; whoever has no blank in a secret need not look.
        TextLayer.Form => patterns.HasBlank && text.Contains((byte)'+'),
        _ => text.Contains((byte)'\\'),
    };
}
