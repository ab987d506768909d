using System.Globalization;
using System.Text;
using LatchGate.Json;

namespace LatchGate.Tests.Json;

/// <summary>Random documents, each written in many ways; the expected text is built by ordinal string comparison of the names.</summary>
public sealed class JcsPropertyTests
{
    private static readonly string[] _pieces =
        ["a", "b", "Z", "0", "é", "€", "\uD7FF", "\uE000", "\uFFFD", "\U00010000", "\U0001F600", "\U0010FFFF", "\"", "\\", "/", "\n", "\u0001", "\u007f"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void However_a_document_is_written_its_canonical_form_is_one(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 500; i++)
        {
            var value = Value(random, depth: 4);
            var expected = Expected(value);
            for (var spelling = 0; spelling < 3; spelling++)
            {
                var text = new StringBuilder();
                Spell(value, random, text);
                Assert.Equal(expected, Jcs.Canonicalize(Encoding.UTF8.GetBytes(text.ToString()), JsonLimits.Evidence).ToString());
            }

            Assert.True(Jcs.IsCanonical(Encoding.UTF8.GetBytes(expected), JsonLimits.Evidence));
        }
    }

    [Fact]
    public void Random_bytes_are_read_or_refused_but_never_throw()
    {
        var random = new Random(4);
        var alphabet = "{}[]\",:\\u0123dDcC89eE+-.truefalsn \n\u00e9"u8.ToArray();
        for (var i = 0; i < 20000; i++)
        {
            var text = new byte[random.Next(24)];
            for (var j = 0; j < text.Length; j++)
            {
                text[j] = alphabet[random.Next(alphabet.Length)];
            }

            if (Jcs.TryCanonicalize(text, JsonLimits.Payload(64), out var canonical, out var fault))
            {
                Assert.True(Jcs.IsCanonical(canonical.Span, JsonLimits.Evidence));
            }
            else
            {
                Assert.InRange(fault.Position, 0, text.Length);
            }
        }
    }

    private static object Value(Random random, int depth) => random.Next(depth == 0 ? 3 : 5) switch
    {
        0 => random.Next(-1000, 1000),
        1 => String(random),
        2 => random.Next(2) == 0,
        3 => Enumerable.Range(0, random.Next(5)).Select(_ => Value(random, depth - 1)).ToArray(),
        _ => Enumerable.Range(0, random.Next(8)).Select(_ => String(random)).Distinct()
            .ToDictionary(n => n, _ => Value(random, depth - 1)),
    };

    private static string String(Random random) => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => _pieces[random.Next(_pieces.Length)]));

    private static string Expected(object value) => value switch
    {
        int number => number.ToString(CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        string text => Quote(text),
        object[] items => "[" + string.Join(',', items.Select(Expected)) + "]",
        Dictionary<string, object> members => "{" + string.Join(
            ',', members.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => Quote(m.Key) + ":" + Expected(m.Value))) + "}",
        _ => throw new InvalidOperationException(),
    };

    private static string Quote(string text) => "\"" + text
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\u0001", "\\u0001", StringComparison.Ordinal) + "\"";

    private static void Spell(object value, Random random, StringBuilder text)
    {
        Space();
        switch (value)
        {
            case int number:
                text.Append(CultureInfo.InvariantCulture, $"{number}").Append(random.Next(2) == 0 ? "" : ".0").Append(random.Next(2) == 0 ? "" : "E0");
                break;
            case bool flag:
                text.Append(flag ? "true" : "false");
                break;
            case string name:
                SpellString(name);
                break;
            case object[] items:
                text.Append('[');
                for (var i = 0; i < items.Length; i++)
                {
                    Spell(items[i], random, text.Append(i == 0 ? "" : ","));
                }

                text.Append(']');
                break;
            case Dictionary<string, object> members:
                var order = members.ToArray();
                random.Shuffle(order);
                text.Append('{');
                for (var i = 0; i < order.Length; i++)
                {
                    text.Append(i == 0 ? "" : ",");
                    Space();
                    SpellString(order[i].Key);
                    text.Append(':');
                    Spell(order[i].Value, random, text);
                }

                text.Append('}');
                break;
        }

        Space();

        void Space() => text.Append(random.Next(4) == 0 ? " \t\r\n" : "");

        void SpellString(string content)
        {
            text.Append('"');
            foreach (var unit in content)
            {
                // A pair is escaped as a whole or not at all: half of one cannot be written as UTF-8.
                var mustEscape = unit < ' ' || unit is '"' or '\\' || char.IsSurrogate(unit);
                _ = mustEscape || random.Next(3) == 0
                    ? text.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:X4}")
                    : text.Append(unit);
            }

            text.Append('"');
        }
    }
}
