using System.Text;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Pipeline;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\r\nb\0c\u001bd\u007fe\u0085f", "a  b c d e f")]
    public void Control_characters_become_spaces(string text, string expected) => Assert.Equal(expected, PlainText.Clean(text));

    [Theory]
    [InlineData("abcdef", 3, "abc")]
    [InlineData("aé", 2, "a")]
    [InlineData("a😀b", 4, "a")]
    [InlineData("a😀b", 5, "a😀")]
    public void Text_is_cut_between_two_characters(string text, int bytes, string expected) => Assert.Equal(expected, PlainText.Clean(text, bytes));

    [Fact]
    public void No_reason_is_longer_than_500_bytes() =>
        Assert.Equal(PlainText.ReasonBytes, Encoding.UTF8.GetByteCount(PlainText.Clean(new string('x', 10_000))));
}
