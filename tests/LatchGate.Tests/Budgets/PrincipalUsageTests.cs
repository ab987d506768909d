using LatchGate.Budgets;
using LatchGate.Json;

namespace LatchGate.Tests.Budgets;

public sealed class PrincipalUsageTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 59, 59, TimeSpan.Zero);
    private static readonly CallBounds TenAnHour = new(10, null, null);

    // A text that only somebody else can have written is refused: to count with it could open a budget, or break the count.
    [Theory]
    [InlineData("""{"day":[],"hour":[29456879,-5],"total":0}""")]
    [InlineData("""{"day":[],"hour":[29456879,1,29456878,1],"total":2}""")]
    [InlineData("""{"day":[],"hour":[29456879,1,29456879,1],"total":2}""")]
    [InlineData("""{"day":[],"hour":[9223372036854775807,9223372036854775807],"total":2}""")]
    [InlineData("""{"day":[],"hour":[-1,1],"total":1}""")]
    [InlineData("""{"day":[],"hour":[],"total":-1}""")]
    [InlineData("""{"day":[],"hour":[29456879],"total":1}""")]
    public void A_count_that_no_gate_writes_is_refused(string text) =>
        Assert.False(PrincipalUsage.TryRead(System.Text.Encoding.UTF8.GetBytes(text), out _));

    // A fixed hour would let ten through at 03:59:59 and ten more at 04:00:00.
    [Fact]
    public void A_window_cannot_be_doubled_at_its_boundary()
    {
        var usage = Spent(10, Start);
        for (var minutes = 0; minutes < 60; minutes++)
        {
            Assert.NotNull(usage.Settle(Start.AddMinutes(minutes)).Refusal(TenAnHour));
        }
    }

    // Whatever is done when: in no 60 minutes more than the limit. Calls are asked for at random over some days.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_window_of_any_place_holds_more_calls_than_the_limit(int seed)
    {
        var random = new Random(seed);
        var (now, usage) = (Start, new PrincipalUsage());
        var made = new List<DateTimeOffset>();
        var bounds = new CallBounds(10, 60, null);
        for (var i = 0; i < 20_000; i++)
        {
            now += TimeSpan.FromSeconds(random.Next(0, 60));
            if (usage.Settle(now).Refusal(bounds) is null)
            {
                usage.Add(now);
                made.Add(now);
            }
        }

        Assert.True(made.Count > 300);
        Assert.All(made.Skip(10).Zip(made), pair => Assert.True(pair.First - pair.Second >= TimeSpan.FromHours(1)));
        Assert.All(made.Skip(60).Zip(made), pair => Assert.True(pair.First - pair.Second >= TimeSpan.FromDays(1)));
    }

    [Fact]
    public void A_refusal_says_when_a_call_is_possible_and_then_one_is()
    {
        var usage = Spent(10, Start);
        var refusal = usage.Settle(Start.AddMinutes(30)).Refusal(TenAnHour);
        Assert.Equal((BudgetBound.Hour, 10), (refusal!.Bound, refusal.Limit));

        // The calls lie in the minute 03:59, which has left the hour whole at 05:00.
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 5, 0, 0, TimeSpan.Zero), refusal.OpensAt);
        Assert.NotNull(usage.Settle(refusal.OpensAt!.Value.AddSeconds(-1)).Refusal(TenAnHour));
        Assert.Null(usage.Settle(refusal.OpensAt.Value).Refusal(TenAnHour));
        Assert.Equal(10, usage.Remaining(TenAnHour));
    }

    [Fact]
    public void A_bound_that_was_lowered_opens_when_enough_calls_have_left()
    {
        var usage = new PrincipalUsage();
        for (var i = 0; i < 6; i++)
        {
            usage.Settle(Start.AddMinutes(i)).Add(Start.AddMinutes(i));
        }

        // Six calls, one a minute from 03:59 on; under a limit of two, five must leave: the fifth was at 04:03.
        var refusal = usage.Settle(Start.AddMinutes(6)).Refusal(new CallBounds(2, null, null));
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 5, 4, 0, TimeSpan.Zero), refusal!.OpensAt);
    }

    [Fact]
    public void A_clock_set_back_gives_nothing_back_and_locks_for_no_longer_than_the_window()
    {
        var ahead = Start.AddDays(400);
        var usage = Spent(10, ahead);
        Assert.NotNull(usage.Settle(ahead.AddMinutes(-90)).Refusal(TenAnHour));

        usage = Spent(10, ahead);
        var refusal = usage.Settle(Start).Refusal(TenAnHour);
        Assert.NotNull(refusal);
        Assert.InRange(refusal.OpensAt!.Value - Start, TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(61));
        Assert.Null(usage.Settle(refusal.OpensAt.Value).Refusal(TenAnHour));
        Assert.Equal(10, usage.Total);
    }

    [Fact]
    public void The_tightest_bound_is_what_remains()
    {
        var usage = Spent(3, Start).Settle(Start);
        Assert.Equal(7, usage.Remaining(new CallBounds(10, 20, 30)));
        Assert.Equal(2, usage.Remaining(new CallBounds(10, 5, 30)));
        Assert.Equal(1, usage.Remaining(new CallBounds(10, 5, 4)));
        Assert.Equal(0, usage.Remaining(new CallBounds(10, 1, null)));
        Assert.Null(usage.Remaining(CallBounds.None));
        Assert.Equal(BudgetBound.Total, usage.Refusal(new CallBounds(0, 0, 3))!.Bound);
        Assert.Null(usage.Refusal(new CallBounds(0, null, null))!.OpensAt);
    }

    [Fact]
    public void What_is_stored_is_read_again()
    {
        var usage = new PrincipalUsage();
        for (var i = 0; i < 3000; i++)
        {
            var at = Start.AddMinutes(i);
            usage.Settle(at).Add(at);
        }

        using var json = new CanonicalWriter();
        var text = usage.ToCanonical(json);
        Assert.True(PrincipalUsage.TryRead(text.Span, out var read));
        Assert.Equal((usage.Hour, usage.Day, usage.Total), (read.Hour, read.Day, read.Total));
        Assert.Equal(text.Digest, read.ToCanonical(json).Digest);

        // One call a minute for more than a day: the minutes of the last hour and the present one; quarters of the last day likewise.
        Assert.Equal(61, read.Hour);
        Assert.InRange(read.Day, 1440, 1455);
        Assert.True(text.Length < 4096);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"day":[1],"hour":[],"total":0}""")]
    [InlineData("""{"day":[1.5,1],"hour":[],"total":0}""")]
    [InlineData("""{"day":["x"],"hour":[],"total":0}""")]
    [InlineData("""{"day":[],"hour":[],"total":0}x""")]
    [InlineData("""{"day":[],"hour":[],"total":"0"}""")]
    public void A_text_that_no_gate_wrote_is_no_budget(string text) =>
        Assert.False(PrincipalUsage.TryRead(System.Text.Encoding.UTF8.GetBytes(text), out _));

    private static PrincipalUsage Spent(int calls, DateTimeOffset at)
    {
        var usage = new PrincipalUsage();
        for (var i = 0; i < calls; i++)
        {
            usage.Settle(at).Add(at);
        }

        return usage;
    }
}
