using LatchGate.Crypto;

namespace LatchGate.Tests.Crypto;

public sealed class LruCacheTests
{
    [Fact]
    public void The_least_recently_used_entry_makes_room()
    {
        var cache = new LruCache<string>(2);
        cache.Add(Key(1), "one");
        cache.Add(Key(2), "two");
        Assert.True(cache.TryGet(Key(1), out _));
        cache.Add(Key(3), "three");

        Assert.True(cache.TryGet(Key(1), out var one));
        Assert.Equal("one", one);
        Assert.False(cache.TryGet(Key(2), out _));
        Assert.True(cache.TryGet(Key(3), out _));
    }

    [Fact]
    public async Task It_stays_within_its_bound_and_consistent_under_concurrent_use()
    {
        var cache = new LruCache<string>(50);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 5000; i++)
            {
                var n = (byte)random.Next(200);
                if (cache.TryGet(Key(n), out var value))
                {
                    Assert.Equal($"{n}", value);
                }
                else
                {
                    cache.Add(Key(n), $"{n}");
                }
            }
        })));

        Assert.Equal(50, cache.Count);
    }

    private static Sha256Digest Key(byte n) => Sha256Digest.Of([n]);
}
