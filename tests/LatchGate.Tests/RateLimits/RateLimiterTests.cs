using System.Buffers.Text;
using System.Globalization;
using System.Text;
using LatchGate.Config;
using LatchGate.RateLimits;
using LatchGate.Tests.Identity;

namespace LatchGate.Tests.RateLimits;

public sealed class RateLimiterTests
{
    private const uint Alice = 1000;
    private const uint Mallory = 1001;

    private readonly FixedClock _time = new(DateTimeOffset.UnixEpoch);

    [Fact]
    public void A_session_has_its_rate_at_once_and_then_continuously()
    {
        var limits = new RateLimiter(RateLimitsConfig.Default, _time);
        var header = Authorization("s1");
        Assert.Equal(20, Taken(100, () => limits.TakeExecute(Alice, header)));

        // Refill is continuous, not in whole seconds: 20 a second is one in 50 ms.
        _time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.False(limits.TakeExecute(Alice, header));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(limits.TakeExecute(Alice, header));
        Assert.False(limits.TakeExecute(Alice, header));

        // And never more than the capacity, however long nobody asks.
        _time.Advance(TimeSpan.FromMilliseconds(3_600_000));
        Assert.Equal(20, Taken(100, () => limits.TakeExecute(Alice, header)));
    }

    [Fact]
    public void D110_a_claimed_session_cannot_drain_the_bucket_of_another_user()
    {
        var limits = new RateLimiter(RateLimitsConfig.Default, _time);
        var header = Authorization("victim");
        Assert.Equal(20, Taken(100, () => limits.TakeExecute(Mallory, header)));
        Assert.Equal(20, Taken(100, () => limits.TakeExecute(Alice, header)));
    }

    [Fact]
    public void D110_new_session_ids_give_a_user_no_more_than_its_own_bound_and_no_more_buckets()
    {
        var limits = new RateLimiter(RateLimitsConfig.Default with { ExecuteRpsPerPeer = 40 }, _time);
        var id = 0;
        Assert.Equal(40, Taken(1000, () => limits.TakeExecute(Mallory, Authorization($"s{id++}"))));
        Assert.True(limits.TakeExecute(Alice, Authorization("own")));
    }

    [Fact]
    public void A_session_that_calls_too_often_leaves_the_other_sessions_of_its_user_their_calls()
    {
        var limits = new RateLimiter(RateLimitsConfig.Default with { ExecuteRpsPerPeer = 40 }, _time);
        var (busy, calm) = (Authorization("busy"), Authorization("calm"));
        Assert.Equal(20, Taken(10_000, () => limits.TakeExecute(Alice, busy)));
        Assert.Equal(20, Taken(100, () => limits.TakeExecute(Alice, calm)));
    }

    [Fact]
    public void D110_a_lease_of_any_size_is_counted_by_its_session_and_not_as_anonymous()
    {
        var limits = new RateLimiter(RateLimitsConfig.Default, _time);
        var header = Authorization("s1", padding: 8000);
        Assert.Equal(20, Taken(100, () => limits.TakeExecute(Alice, header)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer x")]
    [InlineData("DPoP x")]
    [InlineData("DPoP a.b.c")]
    [InlineData("DPoP a.e30.c")]
    public void Without_a_session_the_requests_of_a_user_share_one_bucket(string header)
    {
        var limits = new RateLimiter(RateLimitsConfig.Default, _time);
        Assert.Equal(5, Taken(100, () => limits.TakeExecute(Alice, Encoding.UTF8.GetBytes(header))));
        Assert.Equal(5, Taken(100, () => limits.TakeExecute(Mallory, Encoding.UTF8.GetBytes(header))));
    }

    [Theory]
    [InlineData("""{"owner":"\"session_id\":\"victim\"","session_id":"own"}""", "own")]
    [InlineData("""{"session_id":""}""", "")]
    [InlineData("""{"session_id":"a\u0041"}""", "")]
    [InlineData("""{"session_id":7}""", "")]
    [InlineData("""{"session_id":"cut""", "")]
    [InlineData("""{"session_id":"ä"}""", "")]
    public void The_hint_is_the_member_and_nothing_that_looks_like_it(string payload, string expected)
    {
        Span<char> hint = stackalloc char[SessionHint.MaxChars];
        var header = Encoding.UTF8.GetBytes($"DPoP aa.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}.aa");
        Assert.Equal(expected, new string(hint[..SessionHint.Read(header, hint)]));
    }

    [Fact]
    public void A_hint_longer_than_a_session_id_is_none()
    {
        Span<char> hint = stackalloc char[SessionHint.MaxChars];
        Assert.Equal(256, SessionHint.Read(Authorization(new string('s', 256)), hint));
        Assert.Equal(0, SessionHint.Read(Authorization(new string('s', 257)), hint));
    }

    [Fact]
    public void A_hint_that_lied_is_taken_from_the_verified_session_too()
    {
        var limits = new RateLimiter(RateLimitsConfig.Default, _time);
        Assert.True(limits.TakeVerified(Alice, Authorization("s1"), "s1"));
        var lying = 0;
        Assert.Equal(20, Taken(100, () => limits.TakeVerified(Alice, Authorization($"x{lying++}"), "s1")));
        Assert.False(limits.TakeExecute(Alice, Authorization("s1")));
    }

    [Fact]
    public void A_full_table_gives_unknown_keys_one_bucket_together_and_forgets_only_full_ones()
    {
        var table = new BucketTable(new BucketRate(2, 2, _time), _time, capacity: 3);
        foreach (var key in new[] { "a", "b", "c" })
        {
            Assert.True(table.TryTake(key));
        }

        var next = 0;
        Assert.Equal(2, Taken(100, () => table.TryTake($"d{next++}")));
        Assert.Equal(3, table.Count);

        // "a" waits for its token: it is kept, and has no more than it had. "b" and "c" are full again and make room.
        _time.Advance(TimeSpan.FromMilliseconds(400));
        Assert.True(table.TryTake("a"));
        Assert.False(table.TryTake("a"));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.True(table.TryTake("e"));
        Assert.Equal(2, table.Count);
        Assert.True(table.TryTake("a"));
        Assert.False(table.TryTake("a"));
    }

    [Fact]
    public void A_clock_set_back_or_forward_gives_and_takes_nothing()
    {
        var limits = new RateLimiter(RateLimitsConfig.Default, _time);
        var header = Authorization("s1");
        Assert.Equal(20, Taken(100, () => limits.TakeExecute(Alice, header)));
        _time.Step(TimeSpan.FromDays(-1));
        Assert.False(limits.TakeExecute(Alice, header));
        _time.Step(TimeSpan.FromDays(2));
        Assert.False(limits.TakeExecute(Alice, header));
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.True(limits.TakeExecute(Alice, header));
    }

    [Fact]
    public void Leases_are_counted_by_user_and_by_principal()
    {
        var limits = new RateLimiter(RateLimitsConfig.Default, _time);
        Assert.Equal(50, Taken(100, () => limits.TakeLease(Alice)));
        Assert.Equal(50, Taken(100, () => limits.TakeLease(Mallory)));
        Assert.Equal(50, Taken(100, () => limits.TakeLease("agent:builder")));
    }

    [Fact]
    public void Operators_have_buckets_of_their_own_for_reads_and_for_changes()
    {
        var limits = new RateLimiter(RateLimitsConfig.Default, _time);
        Assert.Equal(100, Taken(1000, () => limits.TakeRead("alice")));
        Assert.Equal(20, Taken(1000, () => limits.TakeWrite("alice")));
        Assert.Equal(20, Taken(1000, () => limits.TakeWrite("bob")));
    }

    [Fact]
    public void Threads_together_take_no_more_than_there_is()
    {
        var limits = new RateLimiter(RateLimitsConfig.Default with { ExecuteRpsPerSession = 1000, ExecuteRpsPerPeer = 1000 }, _time);
        var header = Authorization("s1");
        var taken = 0;
        Parallel.For(0, 8, _ => Interlocked.Add(ref taken, Taken(5000, () => limits.TakeExecute(Alice, header))));
        Assert.Equal(1000, taken);
    }

    [Fact]
    public void A_call_of_a_known_session_allocates_nothing_in_the_limiter()
    {
        var limits = new RateLimiter(RateLimitsConfig.Default with { ExecuteRpsPerSession = 100_000, ExecuteRpsPerPeer = 100_000 }, TimeProvider.System);
        var header = Authorization("0190a000-0000-7000-8000-000000000000", padding: 400);
        for (var i = 0; i < 2000; i++)
        {
            Assert.True(limits.TakeExecute(Alice, header) && limits.TakeVerified(Alice, header, "0190a000-0000-7000-8000-000000000000"));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var all = true;
        for (var i = 0; i < 1000; i++)
        {
            all &= limits.TakeExecute(Alice, header) && limits.TakeVerified(Alice, header, "0190a000-0000-7000-8000-000000000000");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(all);
    }

    private static int Taken(int times, Func<bool> take)
    {
        var taken = 0;
        for (var i = 0; i < times; i++)
        {
            taken += take() ? 1 : 0;
        }

        return taken;
    }

    /// <summary>A header as clients send it: only the payload counts, since nothing is verified.</summary>
    private static byte[] Authorization(string session, int padding = 0)
    {
        var payload = string.Create(CultureInfo.InvariantCulture, $$"""{"iss":"latchgate","owner":"{{new string('o', padding)}}","session_id":"{{session}}","scope":["tools:call"]}""");
        return Encoding.UTF8.GetBytes($"DPoP eyJh.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}.c2ln");
    }
}
