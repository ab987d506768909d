using System.Text;
using LatchGate.Telemetry.Tracing;

namespace LatchGate.Tests.Telemetry;

/// <summary><c>traceparent</c> and <c>tracestate</c>, with the examples and the rules of W3C Trace Context.</summary>
public sealed class TraceContextTests
{
    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", false)]

    // Flags that are not known are not the flag that is.
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-fe", false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff", true)]

    // A higher version: the first four fields, and whatever follows a hyphen.
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings", true)]
    public void A_valid_traceparent_gives_its_ids_and_its_flag(string text, bool sampled)
    {
        Assert.True(TraceContext.TryParse(text, out var context));
        Assert.Equal(("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", sampled), (context.TraceIdText, context.SpanIdText, context.IsSampled));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01")]
    [InlineData("0A-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0X")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 ")]
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more")]
    [InlineData("00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01")]
    [InlineData("00-0af7651916cd43dd8448eb211c8031-b7ad6b7169203331-01aa")]
    [InlineData("+0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    public void What_the_standard_calls_invalid_is_none(string text) => Assert.False(TraceContext.TryParse(text, out _));

    [Fact]
    public void What_is_written_is_read_again()
    {
        Assert.True(TraceContext.TryParse("00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01", out var context));
        Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01", context.ToTraceParent());
    }

    [Theory]
    [InlineData("congo=t61rcWkgMzE", true)]
    [InlineData("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", true)]
    [InlineData("fw529a3039@dt=FfAAAA , \tvendor_x-y/z*=a b", true)]
    [InlineData(",,congo=1,", true)]
    [InlineData("", false)]
    [InlineData(",", false)]
    [InlineData("congo", false)]
    [InlineData("=x", false)]
    [InlineData("congo=", false)]
    [InlineData("Congo=1", false)]
    [InlineData("con go=1", false)]
    [InlineData("congo=a=b", false)]
    [InlineData("congo=\u0007", false)]
    public void A_tracestate_is_members_with_commas_between(string text, bool valid) => Assert.Equal(valid, TraceContext.IsState(Encoding.Latin1.GetBytes(text)));

    [Fact]
    public void A_tracestate_has_at_most_32_members_and_512_characters()
    {
        Assert.True(TraceContext.IsState(Encoding.ASCII.GetBytes(string.Join(',', Enumerable.Range(0, 32).Select(i => $"k{i}=1")))));
        Assert.False(TraceContext.IsState(Encoding.ASCII.GetBytes(string.Join(',', Enumerable.Range(0, 33).Select(i => $"k{i}=1")))));
        Assert.True(TraceContext.IsState(Encoding.ASCII.GetBytes($"a={new string('x', 250)},b={new string('x', 257 - 2)}")));
        Assert.False(TraceContext.IsState(Encoding.ASCII.GetBytes($"a={new string('x', 256)},b={new string('x', 252)}")));
    }
}
