using System.Globalization;
using LatchGate.Evidence;

namespace LatchGate.Tests.Evidence;

public sealed class WireTimeTests
{
    [Theory]
    [InlineData("0001-01-01T00:00:00.0000000+00:00", "0001-01-01T00:00:00.000Z")]
    [InlineData("1970-01-01T00:00:00.0079999+00:00", "1970-01-01T00:00:00.007Z")]
    [InlineData("2028-02-29T09:08:07.0650000+00:00", "2028-02-29T09:08:07.065Z")]
    [InlineData("2026-11-22T01:30:00.1000000+02:00", "2026-11-21T23:30:00.100Z")]
    [InlineData("9999-12-31T23:59:59.9999999+00:00", "9999-12-31T23:59:59.999Z")]
    public void A_time_is_written_in_UTC_and_cut_to_milliseconds(string time, string text)
    {
        Assert.Equal(text, WireTime.Format(DateTimeOffset.ParseExact(time, "o", CultureInfo.InvariantCulture)));
        Assert.True(WireTime.TryParse(text, out var read));
        Assert.Equal(text, WireTime.Format(read));
    }
}
