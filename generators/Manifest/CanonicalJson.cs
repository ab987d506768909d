using System;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

namespace LatchGate.Generators.Manifest;

/// <summary>
/// RFC 8785 (JCS): keys sorted by UTF-16 code units, no blanks, the fewest escapes, numbers as ECMAScript writes doubles.
/// </summary>
internal static class CanonicalJson
{
    /// <summary>SHA-256 of the canonical form in UTF-8, as 64 lower-case hexadecimal digits.</summary>
    public static string Digest(Node node) => Digest(Write(node));

    /// <summary>SHA-256 of a text in UTF-8, as 64 lower-case hexadecimal digits.</summary>
    public static string Digest(string canonical)
    {
        using var sha = SHA256.Create();
        return string.Concat(sha.ComputeHash(Encoding.UTF8.GetBytes(canonical)).Select(static b => b.ToString("x2", CultureInfo.InvariantCulture)));
    }

    /// <summary>The canonical form.</summary>
    public static string Write(Node node)
    {
        var text = new StringBuilder();
        Write(node, text);
        return text.ToString();
    }

    /// <summary>A string in canonical form, with its quotes.</summary>
    public static string Quote(string value)
    {
        var text = new StringBuilder();
        Quote(value, text);
        return text.ToString();
    }

    private static void Write(Node node, StringBuilder text)
    {
        switch (node)
        {
            case MapNode map:
                text.Append('{');
                var first = true;
                foreach (var entry in map.Entries.OrderBy(static e => e.Key, StringComparer.Ordinal))
                {
                    text.Append(first ? "" : ",");
                    first = false;
                    Quote(entry.Key, text);
                    text.Append(':');
                    Write(entry.Value, text);
                }

                text.Append('}');
                break;
            case ListNode list:
                text.Append('[');
                for (var i = 0; i < list.Items.Count; i++)
                {
                    text.Append(i == 0 ? "" : ",");
                    Write(list.Items[i], text);
                }

                text.Append(']');
                break;
            case TextNode value:
                Quote(value.Value, text);
                break;
            case NumberNode number:
                text.Append(Number(number.Text));
                break;
            case BooleanNode flag:
                text.Append(flag.Value ? "true" : "false");
                break;
            default:
                text.Append("null");
                break;
        }
    }

    private static void Quote(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    // ECMA-262 Number::toString for radix 10. The runtime's "R" gives the shortest digits that round-trip; only the layout differs.
    private static string Number(string json)
    {
        var value = double.Parse(json, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (value == 0)
        {
            return "0";
        }

        var parts = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var point = parts[0].IndexOf('.');
        var all = parts[0].Replace(".", "");
        var digits = all.TrimStart('0');
        var n = (point < 0 ? all.Length : point) - (all.Length - digits.Length)
            + (parts.Length == 2 ? int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0);
        digits = digits.TrimEnd('0');
        var k = digits.Length;
        var sign = value < 0 ? "-" : "";
        if (n is > 0 and <= 21)
        {
            return sign + (k <= n ? digits + new string('0', n - k) : digits.Insert(n, "."));
        }

        if (n is > -6 and <= 0)
        {
            return sign + "0." + new string('0', -n) + digits;
        }

        var mantissa = k == 1 ? digits : digits.Insert(1, ".");
        return $"{sign}{mantissa}e{(n > 0 ? "+" : "-")}{Math.Abs(n - 1).ToString(CultureInfo.InvariantCulture)}";
    }
}
