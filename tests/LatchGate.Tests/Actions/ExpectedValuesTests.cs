using System.Text;
using System.Text.Json;
using LatchGate.Actions;

namespace LatchGate.Tests.Actions;

public sealed class ExpectedValuesTests
{
    [Theory]
    [InlineData("""{"a":1,"b":[true,null]}""", """{ "b" : [ true , null ], "a" : 1.0 }""", true)]
    [InlineData("""{"a":1,"b":[true,null]}""", """{"a":1,"b":[null,true]}""", false)]
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""", false)]
    [InlineData("""{"a":1,"b":2}""", """{"a":1}""", false)]
    [InlineData("""{"a":1}""", """{"a":"1"}""", false)]
    [InlineData("""{"a":1}""", """[1]""", false)]
    [InlineData("""["\u00e9"]""", "[\"é\"]", true)]
    [InlineData("[]", "[]", true)]
    [InlineData("[]", "{}", false)]
    [InlineData("[1]", "[12345678901234567890]", false)]
    [InlineData("[1]", "[1e99999999999999]", false)]
    [InlineData("\"\\u00e9\"", "\"é\"", true)]
    [InlineData("\"e\\u0301\"", "\"é\"", false)]
    [InlineData("1", "1.000", true)]
    [InlineData("1", "\"1\"", false)]
    [InlineData("0", "0e99999999999999", true)]
    [InlineData("0.1", "0.1000000000000000055", false)]
    [InlineData("true", "true", true)]
    [InlineData("true", "false", false)]
    [InlineData("null", "null", true)]
    [InlineData("null", "false", false)]
    public void A_value_is_repeated_when_type_and_value_are_the_same(string asked, string value, bool same)
    {
        using var expected = ExpectedValues.Read(Encoding.UTF8.GetBytes($"{{\"x\":{asked}}}"));
        using var document = JsonDocument.Parse(value);
        Assert.Equal(same, expected.AreRepeated("x", document.RootElement));
        Assert.False(expected.AreRepeated("y", document.RootElement));
    }

    [Fact]
    public void Without_a_request_nothing_is_repeated()
    {
        using var expected = ExpectedValues.Read(default);
        using var document = JsonDocument.Parse("null");
        Assert.False(expected.AreRepeated("x", document.RootElement));
    }
}
