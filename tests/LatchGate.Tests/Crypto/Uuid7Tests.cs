using LatchGate.Crypto;

namespace LatchGate.Tests.Crypto;

public sealed class Uuid7Tests
{
    // RFC 9562, appendix A.6.
    [Fact]
    public void The_time_the_version_and_the_variant_are_where_RFC_9562_has_them()
    {
        var id = Uuid7.New(DateTimeOffset.FromUnixTimeMilliseconds(0x017F22E279B0));
        Assert.StartsWith("017f22e2-79b0-7", id);
        Assert.Contains(id[19], "89ab");
        Assert.Equal(36, id.Length);
        Assert.Equal(7, Guid.ParseExact(id, "D").Version);
    }

    [Fact]
    public void No_two_are_equal_on_any_thread()
    {
        var now = DateTimeOffset.UnixEpoch;
        var ids = Enumerable.Range(0, 4).AsParallel().WithDegreeOfParallelism(4)
            .SelectMany(_ => Enumerable.Range(0, 1000).Select(_ => Uuid7.New(now)).ToArray()).ToArray();
        Assert.Equal(4000, ids.Distinct().Count());
    }

    [Fact]
    public void A_later_one_sorts_behind_an_earlier_one() =>
        Assert.True(string.CompareOrdinal(Uuid7.New(DateTimeOffset.FromUnixTimeMilliseconds(1000)), Uuid7.New(DateTimeOffset.FromUnixTimeMilliseconds(1001))) < 0);
}
