using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>A replay store in bounded memory. No request pays for the expiry of others: whole generations are dropped.</summary>
/// <remarks>
/// <code>
/// monotonic time   |--18 s--|--18 s--|--18 s--|--18 s--|--18 s--|
///                   oldest                               newest: records go here; all five are searched
/// </code>
/// A record lives 72 to 90 seconds. It is needed for 71 at most: <c>iat</c> may be 5 seconds ahead, the proof is good for 60 seconds
/// after it, the comparison is in whole seconds (1), and the clock may be stepped back by 5 unnoticed (<see cref="WallClock"/>).
/// Generations follow monotonic time, which nobody can set.
/// </remarks>
public sealed class MemoryReplayStore : IReplayStore
{
    /// <summary>The most proofs remembered at once; about 60 bytes each.</summary>
    public const int DefaultCapacity = 1 << 20;

    /// <summary>The most proofs remembered of one key, so that one client cannot use up the memory of all.</summary>
    public const int DefaultQuotaPerKey = DefaultCapacity / 4;

    private const int Generations = 5;
    private const int GenerationSeconds = 18;

    private readonly TimeProvider _time;
    private readonly ReplayFloor _floor;
    private readonly int _capacity;
    private readonly int _quotaPerKey;
    private readonly long _start;
    private readonly Generation[] _generations = new Generation[Generations];
    private readonly Lock _lock = new();
    private long _current;

    /// <summary>Makes an empty store.</summary>
    public MemoryReplayStore(TimeProvider time, ReplayFloor floor, int capacity = DefaultCapacity, int quotaPerKey = DefaultQuotaPerKey)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(quotaPerKey);
        (_time, _floor, _capacity, _quotaPerKey) = (time, floor, capacity, quotaPerKey);
        _start = time.GetTimestamp();
        Array.Fill(_generations, Generation.Empty);
        _generations[0] = new Generation(0);
    }

    /// <summary>How many proofs are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                Advance();
                return CountRecords();
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<ReplayVerdict> RecordAsync(VerifiedProof proof, CancellationToken cancellation) =>
        ValueTask.FromResult(Record(proof.Key.Digest, proof.ReplayKey, proof.IssuedAt));

    internal ReplayVerdict Record(in Sha256Digest key, in Sha256Digest replayKey, long issuedAt)
    {
        lock (_lock)
        {
            if (issuedAt < _floor.NotBefore)
            {
                return ReplayVerdict.BeforeStart;
            }

            Advance();
            var ofKey = 0;
            foreach (var generation in _generations)
            {
                if (generation.Seen.Contains(replayKey))
                {
                    return ReplayVerdict.Replayed;
                }

                ofKey += generation.PerKey.GetValueOrDefault(key);
            }

            if (ofKey >= _quotaPerKey || CountRecords() >= _capacity)
            {
                return ReplayVerdict.Unavailable;
            }

            // Raised before the record counts: a crash in between refuses a proof too many, never one too few.
            _floor.RaiseTo(issuedAt);
            var newest = _generations[_current % Generations];
            newest.Seen.Add(replayKey);
            newest.PerKey[key] = newest.PerKey.GetValueOrDefault(key) + 1;
            return ReplayVerdict.Fresh;
        }
    }

    private void Advance()
    {
        var now = (long)_time.GetElapsedTime(_start).TotalSeconds / GenerationSeconds;
        if (now == _current)
        {
            return;
        }

        // The last full generation tells how much room the next will need, so that it seldom grows while requests wait.
        var expected = _generations[_current % Generations].Seen.Count;
        for (var generation = Math.Max(_current + 1, now - Generations + 1); generation < now; generation++)
        {
            _generations[generation % Generations] = Generation.Empty;
        }

        _generations[now % Generations] = new Generation(expected);
        _current = now;
    }

    private int CountRecords()
    {
        var count = 0;
        foreach (var generation in _generations)
        {
            count += generation.Seen.Count;
        }

        return count;
    }

    private sealed class Generation(int expected)
    {
        /// <summary>Stands where no generation is; never written to.</summary>
        internal static readonly Generation Empty = new(0);

        internal HashSet<Sha256Digest> Seen { get; } = new(expected, SeededDigestComparer.Instance);

        internal Dictionary<Sha256Digest, int> PerKey { get; } = new(SeededDigestComparer.Instance);
    }
}
