using System.Text;

using LatchGate.Http;

namespace LatchGate.Tests.Http;

/// <summary>Path segments and queries.</summary>
public sealed class PercentDecodingTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("abc-._~", "abc-._~")]
    [InlineData("a+b", "a+b")]
    [InlineData("a%20b", "a b")]
    [InlineData("%41%7a", "Az")]
    [InlineData("%c3%A9", "é")]
    [InlineData("%F0%9F%98%80", "😀")]
    [InlineData("%25%32%46", "%2F")]
    public void A_segment_decodes(string encoded, string decoded)
    {
        Assert.True(PercentDecoding.TryDecode(Encoding.ASCII.GetBytes(encoded), out var value));
        Assert.Equal(decoded, value);
    }

    [Theory]
    [InlineData("%")]
    [InlineData("%2")]
    [InlineData("a%2")]
    [InlineData("%2g")]
    [InlineData("%g2")]
    [InlineData("% 2")]
    [InlineData("%+2")]
    [InlineData("%00")]
    [InlineData("%0a")]
    [InlineData("%1F")]
    [InlineData("%7f")]
    [InlineData("%C2%85")] // U+0085, a control character beyond ASCII
    [InlineData("%2F")]
    [InlineData("%2f")]
    [InlineData("a/b")]
    [InlineData("%80")]
    [InlineData("%C3")]
    [InlineData("%C0%AF")] // an overlong slash
    [InlineData("%ED%A0%80")] // a surrogate
    [InlineData("%F4%90%80%80")] // beyond U+10FFFF
    public void A_segment_that_hides_something_is_refused(string encoded)
    {
        Assert.False(PercentDecoding.TryDecode(Encoding.ASCII.GetBytes(encoded), out var value));
        Assert.Null(value);
    }

    [Fact]
    public void A_long_segment_decodes()
    {
        Assert.True(PercentDecoding.TryDecode(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("%41b", 2000))), out var value));
        Assert.Equal(string.Concat(Enumerable.Repeat("Ab", 2000)), value);
    }

    [Fact]
    public void A_query_is_read_in_order()
    {
        var reader = new QueryReader("a=1&&learn_path=%2Fx+y/z&flag&a=2=3&=v"u8);
        var read = new List<(string, string)>();
        while (reader.Read(out var name, out var value) == QueryToken.Parameter)
        {
            read.Add((name, value));
        }

        Assert.Equal([("a", "1"), ("learn_path", "/x y/z"), ("flag", ""), ("a", "2=3"), ("", "v")], read);
        Assert.Equal(QueryToken.End, reader.Read(out _, out _));
    }

    [Theory]
    [InlineData("a=%0d")]
    [InlineData("%zz=a")]
    [InlineData("a=%ff")]
    public void A_query_that_does_not_decode_says_so(string query)
        => Assert.Equal(QueryToken.Malformed, new QueryReader(Encoding.ASCII.GetBytes(query)).Read(out _, out _));
}
