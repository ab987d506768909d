using System.Globalization;
using System.Text;
using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Json;

namespace LatchGate.Tests.Json;

public sealed class JcsTests
{
    // RFC 8785 appendix B: IEEE-754 bits and the text that ECMAScript gives them.
    [Theory]
    [InlineData("0000000000000000", "0")]
    [InlineData("8000000000000000", "0")]
    [InlineData("0000000000000001", "5e-324")]
    [InlineData("8000000000000001", "-5e-324")]
    [InlineData("7fefffffffffffff", "1.7976931348623157e+308")]
    [InlineData("ffefffffffffffff", "-1.7976931348623157e+308")]
    [InlineData("4340000000000000", "9007199254740992")]
    [InlineData("c340000000000000", "-9007199254740992")]
    [InlineData("4430000000000000", "295147905179352830000")]
    [InlineData("44b52d02c7e14af5", "9.999999999999997e+22")]
    [InlineData("44b52d02c7e14af6", "1e+23")]
    [InlineData("44b52d02c7e14af7", "1.0000000000000001e+23")]
    [InlineData("444b1ae4d6e2ef4e", "999999999999999700000")]
    [InlineData("444b1ae4d6e2ef4f", "999999999999999900000")]
    [InlineData("444b1ae4d6e2ef50", "1e+21")]
    [InlineData("3eb0c6f7a0b5ed8c", "9.999999999999997e-7")]
    [InlineData("3eb0c6f7a0b5ed8d", "0.000001")]
    [InlineData("41b3de4355555553", "333333333.3333332")]
    [InlineData("41b3de4355555554", "333333333.33333325")]
    [InlineData("41b3de4355555555", "333333333.3333333")]
    [InlineData("41b3de4355555556", "333333333.3333334")]
    [InlineData("41b3de4355555557", "333333333.33333343")]
    [InlineData("becbf647612f3696", "-0.0000033333333333333333")]
    [InlineData("43143ff3c1cb0959", "1424953923781206.2")]
    public void Numbers_are_written_as_RFC_8785_appendix_B_says(string bits, string expected)
    {
        var value = BitConverter.UInt64BitsToDouble(ulong.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        using var output = new PooledBuffer(32);
        Es6Number.Write(output, value);
        Assert.Equal(expected, Encoding.UTF8.GetString(output.Written));
    }

    [Theory]
    [InlineData("[-0,0.0,-0.0,1.0,1e3,1e-7,1e-6,1e21]", "[0,0,0,1,1000,1e-7,0.000001,1e+21]")]
    [InlineData("[1E30,4.50,2e-3,0.000000000000000000000000001]", "[1e+30,4.5,0.002,1e-27]")] // RFC 8785 §3.2.2
    [InlineData("""["\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"]""", """["€$\u000f\nA'B\"\\\\\"/"]""")] // RFC 8785 §3.2.2
    [InlineData("\"\\b\\t\\n\\f\\r\\u0001\\u007f\"", "\"\\b\\t\\n\\f\\r\\u0001\u007f\"")]
    public void Values_take_their_one_form(string text, string expected) => Assert.Equal(expected, Canonical(text));

    [Fact]
    public void Names_are_ordered_by_UTF16_code_units_as_in_RFC_8785_section_3_2_3()
    {
        const string Text = """
            {"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
             "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}
            """;
        using var document = JsonDocument.Parse(Canonical(Text));
        Assert.Equal(
            ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh"],
            document.RootElement.EnumerateObject().Select(p => p.Value.GetString()));
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData("", "a")]
    [InlineData("a", "aa")]
    [InlineData("\uD800\uDC00", "\uE000")] // a supplementary character before the private use area
    [InlineData("\uD7FF", "\uD800\uDC00")]
    [InlineData("x\uDBFF\uDFFF", "x\uFFFF")]
    [InlineData("\uD83D\uDE00a", "\uD83D\uDE00b")]
    [InlineData("\uE000", "\uFFFD")]
    public void Name_order_agrees_with_ordinal_comparison_of_UTF16(string low, string high)
    {
        Assert.True(string.CompareOrdinal(low, high) < 0);
        Assert.True(JsonText.CompareNames(Encoding.UTF8.GetBytes(low), Encoding.UTF8.GetBytes(high)) < 0);
        Assert.True(JsonText.CompareNames(Encoding.UTF8.GetBytes(high), Encoding.UTF8.GetBytes(low)) > 0);
    }

    [Fact]
    public void Unsorted_objects_inside_unsorted_objects_are_all_put_in_order() => Assert.Equal(
        """{"a":[{"x":1,"y":{"m":[],"n":{}}},2],"b":{"c":3,"d":4}}""",
        Canonical("""{ "b":{"d":4,"c":3}, "a":[{"y":{"n":{},"m":[]},"x":1},2] }"""));

    [Fact]
    public void A_thousand_members_in_reverse_come_out_in_order()
    {
        var names = Enumerable.Range(0, 1000).Select(i => i.ToString("d4", CultureInfo.InvariantCulture)).ToArray();
        var canonical = Canonical("{" + string.Join(',', names.Reverse().Select(n => $"\"{n}\":{{\"v\":\"{n}\"}}")) + "}");
        Assert.Equal("{" + string.Join(',', names.Select(n => $"\"{n}\":{{\"v\":\"{n}\"}}")) + "}", canonical);
    }

    [Fact]
    public void The_digest_is_of_the_canonical_text()
    {
        // The well-known SHA-256 of the two bytes "{}".
        var canonical = Jcs.Canonicalize(" { } "u8, JsonLimits.Evidence);
        Assert.Equal("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", canonical.Digest.ToString());
    }

    [Theory]
    [InlineData("""{"a":1,"b":[true,null]}""", true)]
    [InlineData("""{"a": 1}""", false)]
    [InlineData("""{"b":1,"a":1}""", false)]
    [InlineData("""{"a":1.0}""", false)]
    [InlineData("""{"a":1,"a":1}""", false)]
    public void Canonical_text_is_told_from_other_text(string text, bool expected) =>
        Assert.Equal(expected, Jcs.IsCanonical(Encoding.UTF8.GetBytes(text), JsonLimits.Evidence));

    [Fact]
    public void What_the_writer_wrote_is_canonical()
    {
        using var writer = new CanonicalWriter();
        writer.BeginObject().Name("a"u8).BeginArray().Value(-1).Value("\"\u0007é").Value(true).Null().BeginObject().End().End()
            .Name("b"u8).BeginObject().Name("a"u8).Value((string?)null).Name("z"u8).Value(0).End()
            .Name("c"u8).Value(Sha256Digest.Of("{}"u8)).End();
        var written = writer.Finish();
        Assert.Equal(
            """{"a":[-1,"\"\u0007é",true,null,{}],"b":{"a":null,"z":0},"c":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}""",
            written.ToString());
        Assert.True(Jcs.IsCanonical(written.Span, JsonLimits.Evidence));
    }

    [Fact]
    public void The_writer_refuses_what_would_not_be_canonical()
    {
        using var unsorted = new CanonicalWriter();
        Assert.Throws<InvalidOperationException>(() => unsorted.BeginObject().Name("b"u8).Value(1).Name("a"u8));
        using var twice = new CanonicalWriter();
        Assert.Throws<InvalidOperationException>(() => twice.BeginObject().Name("b"u8).Value(1).Name("b"u8));
        using var open = new CanonicalWriter();
        Assert.Throws<InvalidOperationException>(() => open.BeginObject().Finish());
        using var nameless = new CanonicalWriter();
        Assert.Throws<InvalidOperationException>(() => nameless.BeginObject().Value(1));
        using var two = new CanonicalWriter();
        Assert.Throws<InvalidOperationException>(() => two.Value(1).Value(2));
        using var unsafeInteger = new CanonicalWriter();
        Assert.Throws<ArgumentOutOfRangeException>(() => unsafeInteger.Value(1L << 53));
    }

    private static string Canonical(string text) => Jcs.Canonicalize(Encoding.UTF8.GetBytes(text), JsonLimits.Evidence).ToString();
}
