using LatchGate.Identity;

namespace LatchGate.Tests.Identity;

public sealed class WallClockTests
{
    private readonly FixedClock _time = new(DateTimeOffset.FromUnixTimeSeconds(1000));

    [Theory]
    [InlineData(0, true)]
    [InlineData(-5, true)]
    [InlineData(-6, false)]
    [InlineData(3600, true)]
    public void A_step_back_of_more_than_five_seconds_is_noticed(int step, bool expected)
    {
        var clock = new WallClock(_time);
        Assert.True(clock.TryGetUnixSeconds(out _));
        _time.Step(TimeSpan.FromSeconds(step));

        Assert.Equal(expected, clock.TryGetUnixSeconds(out var seconds));
        Assert.Equal(1000 + step, seconds);
    }

    [Fact]
    public void The_clock_is_trusted_again_once_it_has_caught_up()
    {
        var clock = new WallClock(_time);
        clock.TryGetUnixSeconds(out _);
        _time.Step(TimeSpan.FromSeconds(-60));
        Assert.False(clock.TryGetUnixSeconds(out _));
        _time.Advance(TimeSpan.FromSeconds(55));
        Assert.True(clock.TryGetUnixSeconds(out _));
    }
}
