using System.Globalization;
using System.Text;
using LatchGate.Config.Toml;

namespace LatchGate.Fuzz.Oracles;

/// <summary>Writes a document in the plainest TOML there is: quoted keys, inline tables, escaped strings.</summary>
internal static class TomlWriter
{
    internal static string Write(TomlTable root)
    {
        var text = new StringBuilder();
        foreach (var entry in root.Entries)
        {
            WriteEntry(entry, text);
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Tables and arrays within each other, this one included.</summary>
    internal static int DepthOf(TomlNode node) => node switch
    {
        TomlTable table => 1 + table.Entries.Select(static entry => DepthOf(entry.Value)).DefaultIfEmpty().Max(),
        TomlArray array => 1 + array.Items.Select(DepthOf).DefaultIfEmpty().Max(),
        _ => 0,
    };

    private static void WriteEntry(TomlEntry entry, StringBuilder text)
    {
        Quote(entry.Key, text);
        text.Append(" = ");
        WriteValue(entry.Value, text);
    }

    private static void WriteValue(TomlNode node, StringBuilder text)
    {
        switch (node)
        {
            case TomlString value:
                Quote(value.Value, text);
                break;
            case TomlInteger value:
                text.Append(value.Value.ToString(CultureInfo.InvariantCulture));
                break;
            case TomlFloat value:
                text.Append(Float(value.Value));
                break;
            case TomlBoolean value:
                text.Append(value.Value ? "true" : "false");
                break;
            case TomlDate value:
                text.Append(value.Text);
                break;
            case TomlArray value:
                text.Append('[');
                foreach (var item in value.Items)
                {
                    WriteValue(item, text);
                    text.Append(',');
                }

                text.Append(']');
                break;
            case TomlTable value:
                text.Append('{');
                for (var i = 0; i < value.Entries.Length; i++)
                {
                    text.Append(i == 0 ? "" : ", ");
                    WriteEntry(value.Entries[i], text);
                }

                text.Append('}');
                break;
        }
    }

    private static string Float(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0";
    }

    private static void Quote(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c is '"' or '\\' ? text.Append('\\').Append(c)
                : c is < ' ' or '\x7F' ? text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}")
                : text.Append(c);
        }

        text.Append('"');
    }
}
