using System.Text;

namespace LatchGate.Secrets.Sops;

/// <summary>
/// Reads a dotenv file of SOPS, line by line. Metadata are flattened into names.
/// <code>
/// file  = *( [ "#" text / name "=" value ] LF )     ; "\n" in a value is a line feed
/// name  = "sops_" field *( "__list_" index / "__map_" field ) / text without "="
/// </code>
/// </summary>
internal static class SopsDotenv
{
    private const string Prefix = "sops_";

    /// <summary>Reads a file.</summary>
    /// <returns>The values; null when a line is none, or a name occurs twice.</returns>
    internal static List<SopsLeaf>? Read(ReadOnlySpan<byte> text)
    {
        var leaves = new List<SopsLeaf>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var start = 0; start < text.Length;)
        {
            var length = text[start..].IndexOf((byte)'\n');
            length = length < 0 ? text.Length - start : length;
            var line = text.Slice(start, length);
            if (!line.IsEmpty && line[0] != '#')
            {
                var equals = line.IndexOf((byte)'=');
                if (equals <= 0)
                {
                    return null;
                }

                var key = Encoding.UTF8.GetString(line[..equals]);
                var value = Encoding.UTF8.GetString(line[(equals + 1)..]).Replace("\\n", "\n", StringComparison.Ordinal);
                var name = key.StartsWith(Prefix, StringComparison.Ordinal)
                    ? "sops." + key[Prefix.Length..].Replace("__list_", ".", StringComparison.Ordinal).Replace("__map_", ".", StringComparison.Ordinal)
                    : key;
                if (!names.Add(name))
                {
                    return null;
                }

                leaves.Add(new SopsLeaf(name, $"{key}:", SopsKind.Text, value, start, start + equals + 1, start + length, IsItem: false));
            }

            start += length + 1;
        }

        return leaves;
    }
}
