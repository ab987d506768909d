using LatchGate.Crypto;
using LatchGate.Identity;

namespace LatchGate.Tests.Identity;

public sealed class MemoryReplayStoreTests
{
    private readonly FixedClock _clock = new(DateTimeOffset.FromUnixTimeMilliseconds(TestProofs.Now * 1000 + 400));

    [Fact]
    public void A_proof_is_fresh_once()
    {
        var store = NewStore();
        Assert.Equal(ReplayVerdict.Fresh, Record(store, "agent", "a"));
        Assert.Equal(ReplayVerdict.Replayed, Record(store, "agent", "a"));
        Assert.Equal(ReplayVerdict.Fresh, Record(store, "agent", "b"));
    }

    [Fact]
    public async Task Of_a_thousand_concurrent_presentations_one_is_fresh()
    {
        var store = NewStore();
        using var start = new ManualResetEventSlim();
        var tasks = Enumerable.Range(0, 1000).Select(_ => Task.Run(() =>
        {
            start.Wait();
            return Record(store, "agent", "same");
        })).ToArray();
        start.Set();
        var verdicts = await Task.WhenAll(tasks);

        Assert.Single(verdicts, ReplayVerdict.Fresh);
        Assert.Equal(999, verdicts.Count(v => v == ReplayVerdict.Replayed));
        Assert.Equal(1, store.Count);
    }

    [Fact]
    public void A_proof_is_remembered_for_as_long_as_it_could_be_presented_and_then_forgotten()
    {
        // Recorded at every offset within a generation: the shortest life must still reach 71 seconds, the longest must end.
        for (var offset = 0; offset < 20; offset++)
        {
            var clock = new FixedClock(DateTimeOffset.FromUnixTimeSeconds(TestProofs.Now));
            var store = new MemoryReplayStore(clock, ReplayFloor.InMemory(clock));
            clock.Advance(TimeSpan.FromSeconds(offset));
            var iat = TestProofs.Now + offset + 5;
            Assert.Equal(ReplayVerdict.Fresh, store.Record(Digest("agent"), Digest("a"), iat));

            clock.Advance(TimeSpan.FromSeconds(71));
            Assert.Equal(ReplayVerdict.Replayed, store.Record(Digest("agent"), Digest("a"), iat));

            clock.Advance(TimeSpan.FromSeconds(20));
            Assert.Equal(0, store.Count);
        }
    }

    [Fact]
    public void A_clock_that_is_set_forward_forgets_nothing()
    {
        var store = NewStore();
        Record(store, "agent", "a");
        _clock.Step(TimeSpan.FromHours(2));

        Assert.Equal(ReplayVerdict.Replayed, Record(store, "agent", "a"));
    }

    [Fact]
    public void A_long_pause_leaves_nothing_behind_and_the_store_goes_on()
    {
        var store = NewStore();
        Record(store, "agent", "a");
        _clock.Advance(TimeSpan.FromDays(3));

        Assert.Equal(0, store.Count);
        Assert.Equal(ReplayVerdict.Fresh, store.Record(Digest("agent"), Digest("b"), TestProofs.Now + 3 * 86400));
        Assert.Equal(1, store.Count);
    }

    [Fact]
    public void One_key_cannot_use_up_the_room_of_others()
    {
        var store = new MemoryReplayStore(_clock, ReplayFloor.InMemory(_clock), capacity: 10, quotaPerKey: 4);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(ReplayVerdict.Fresh, Record(store, "greedy", $"g{i}"));
            _clock.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(ReplayVerdict.Unavailable, Record(store, "greedy", "g5"));
        Assert.Equal(ReplayVerdict.Fresh, Record(store, "modest", "m"));
        Assert.Equal(ReplayVerdict.Replayed, Record(store, "greedy", "g0"));
    }

    [Fact]
    public void A_full_store_fails_closed_and_recovers()
    {
        var store = new MemoryReplayStore(_clock, ReplayFloor.InMemory(_clock), capacity: 3, quotaPerKey: 3);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(ReplayVerdict.Fresh, Record(store, $"agent{i}", "a" + i));
        }

        Assert.Equal(ReplayVerdict.Unavailable, Record(store, "agent9", "b"));
        Assert.Equal(3, store.Count);

        _clock.Advance(TimeSpan.FromSeconds(91));
        Assert.Equal(ReplayVerdict.Fresh, store.Record(Digest("agent9"), Digest("b"), TestProofs.Now + 91));
    }

    [Fact]
    public void A_proof_from_before_the_start_is_refused_and_one_of_the_starting_second_is_not()
    {
        // The process started at Now + 0.4 s. A proof made 0.1 s later says iat = Now.
        var store = NewStore();
        Assert.Equal(ReplayVerdict.BeforeStart, store.Record(Digest("agent"), Digest("old"), TestProofs.Now - 1));
        Assert.Equal(ReplayVerdict.Fresh, store.Record(Digest("agent"), Digest("new"), TestProofs.Now));
    }

    private MemoryReplayStore NewStore() => new(_clock, ReplayFloor.InMemory(_clock));

    private static ReplayVerdict Record(MemoryReplayStore store, string key, string jti) => store.Record(Digest(key), Digest(key + jti), TestProofs.Now);

    private static Sha256Digest Digest(string text) => Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(text));
}
