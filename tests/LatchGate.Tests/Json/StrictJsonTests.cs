using System.Text;
using LatchGate.Json;

namespace LatchGate.Tests.Json;

public sealed class StrictJsonTests
{
    private static readonly JsonLimits _limits = JsonLimits.Payload(4096);

    [Theory]
    [InlineData("""{"a":1,"a":2}""", JsonFaultKind.DuplicateName, 7)]
    [InlineData("""{"a":1,"b":0,"\u0061":2}""", JsonFaultKind.DuplicateName, 13)]
    [InlineData("""{"b":1,"a":{"x":[{"k":1,"j":2,"k":3}]}}""", JsonFaultKind.DuplicateName, -1)]
    [InlineData("""{"a":"\ud800"}""", JsonFaultKind.LoneSurrogate, 5)]
    [InlineData("""{"a":"\udc00\ud800"}""", JsonFaultKind.LoneSurrogate, 5)]
    [InlineData("""{"a":"\ud800\u0041"}""", JsonFaultKind.LoneSurrogate, 5)]
    [InlineData("""{"\udfff":0}""", JsonFaultKind.LoneSurrogate, 1)]
    [InlineData("9007199254740992", JsonFaultKind.UnsafeInteger, 0)]
    [InlineData("[-9007199254740992]", JsonFaultKind.UnsafeInteger, 1)]
    [InlineData("123456789012345678901234567890", JsonFaultKind.UnsafeInteger, 0)]
    [InlineData("[1e17]", JsonFaultKind.UnsafeInteger, 1)]
    [InlineData("-9007199254740992.0", JsonFaultKind.UnsafeInteger, 0)]
    [InlineData("999999999999999900000e0", JsonFaultKind.UnsafeInteger, 0)]
    [InlineData("[0,1e400]", JsonFaultKind.NumberOverflow, 3)]
    [InlineData("-1.8e308", JsonFaultKind.NumberOverflow, 0)]
    [InlineData("""{"a":1} x""", JsonFaultKind.Malformed, -1)]
    [InlineData("{}{}", JsonFaultKind.Malformed, -1)]
    [InlineData("/* note */ {}", JsonFaultKind.Malformed, 0)]
    [InlineData("[1,]", JsonFaultKind.Malformed, -1)]
    [InlineData("[01]", JsonFaultKind.Malformed, -1)]
    [InlineData("NaN", JsonFaultKind.Malformed, 0)]
    [InlineData("\uFEFF{}", JsonFaultKind.Malformed, 0)]
    [InlineData("", JsonFaultKind.Malformed, 0)]
    [InlineData("{", JsonFaultKind.Malformed, -1)]
    [InlineData("\"a\nb\"", JsonFaultKind.Malformed, -1)]
    public void What_is_not_I_JSON_is_refused_where_it_stands(string text, JsonFaultKind kind, int position)
    {
        Assert.False(StrictJson.TryParse(Encoding.UTF8.GetBytes(text), _limits, out var document, out var fault));
        Assert.Null(document);
        Assert.Equal(kind, fault.Kind);
        if (position >= 0)
        {
            Assert.Equal(position, fault.Position);
        }
    }

    [Theory]
    [InlineData(new byte[] { 0x22, 0xC0, 0xAF, 0x22 }, 1)] // overlong slash
    [InlineData(new byte[] { 0x22, 0x61, 0xED, 0xA0, 0x80, 0x22 }, 2)] // encoded surrogate
    [InlineData(new byte[] { 0x22, 0xF4, 0x90, 0x80, 0x80, 0x22 }, 1)] // above U+10FFFF
    [InlineData(new byte[] { 0x22, 0xE6, 0x97 }, 1)] // cut off
    public void Bytes_that_are_not_UTF8_are_refused_where_they_begin(byte[] text, int position)
    {
        Assert.False(StrictJson.TryParse(text, _limits, out _, out var fault));
        Assert.Equal(new JsonFault(JsonFaultKind.InvalidUtf8, position), fault);
    }

    [Theory]
    [InlineData("9007199254740991")]
    [InlineData("-9007199254740991")]
    [InlineData("1.7976931348623157e308")]
    [InlineData("1E30")]
    [InlineData("\"\\ud83c\\udf89\"")]
    [InlineData(" \t\r\n{ \"a\" : [ ] } \n")]
    public void What_is_I_JSON_is_read(string text)
    {
        Assert.True(StrictJson.TryParse(Encoding.UTF8.GetBytes(text), _limits, out var document, out var fault));
        document.Dispose();
        Assert.True(fault.None);
    }

    [Fact]
    public void Depth_counts_containers_and_the_limit_is_inclusive()
    {
        Assert.True(StrictJson.TryParse(Nested(10), _limits, out var document, out _));
        document.Dispose();
        Assert.False(StrictJson.TryParse(Nested(11), _limits, out _, out var fault));
        Assert.Equal("request exceeds nesting depth limit (11 > 10)", fault.Describe("request"));

        static byte[] Nested(int depth) => Encoding.UTF8.GetBytes(new string('[', depth) + "0" + new string(']', depth));
    }

    [Fact]
    public void An_array_of_100_items_is_the_longest()
    {
        Assert.True(StrictJson.TryParse(Items(100), _limits, out var document, out _));
        document.Dispose();
        Assert.False(StrictJson.TryParse(Items(101), _limits, out _, out var fault));
        Assert.Equal("response exceeds array size limit (101 items > 100)", fault.Describe("response"));

        static byte[] Items(int count) => Encoding.UTF8.GetBytes($"{{\"a\":[{string.Join(',', Enumerable.Repeat("[1]", count))}]}}");
    }

    [Fact]
    public void Size_is_counted_in_bytes()
    {
        var text = Encoding.UTF8.GetBytes("\"é\"");
        Assert.True(StrictJson.TryParse(text, JsonLimits.Payload(4), out var document, out _));
        document.Dispose();
        Assert.False(StrictJson.TryParse(text, JsonLimits.Payload(3), out _, out var fault));
        Assert.Equal("request exceeds size limit (4 > 3 bytes)", fault.Describe("request"));
    }

    [Fact]
    public void Nesting_a_thousand_deep_ends_at_the_limit()
    {
        Assert.False(StrictJson.TryParse(Encoding.UTF8.GetBytes(new string('[', 1000)), _limits, out _, out var fault));
        Assert.Equal(JsonFaultKind.TooDeep, fault.Kind);
    }

    [Fact]
    public void One_pass_gives_the_document_and_its_canonical_form()
    {
        Assert.True(StrictJson.TryParse("""{"b":1.0,"a":"x"}"""u8.ToArray(), _limits, out var document, out var canonical, out _));
        using (document)
        {
            Assert.Equal("x", document.RootElement.GetProperty("a").GetString());
            Assert.Equal("""{"a":"x","b":1}""", canonical.ToString());
        }
    }

    [Fact]
    public void The_same_name_in_different_objects_is_no_duplicate()
    {
        var text = """{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":0}}"""u8.ToArray();
        Assert.True(StrictJson.TryParse(text, _limits, out var document, out _));
        document.Dispose();
    }
}
