namespace LatchGate.Identity;

/// <summary>What a replay store says of a proof (reference/wire.md §4.2 row 19).</summary>
public enum ReplayVerdict
{
    /// <summary>Seen for the first time, and recorded.</summary>
    Fresh,

    /// <summary>Seen before.</summary>
    Replayed,

    /// <summary>The proof is so old that the store cannot know whether it was seen before this process started.</summary>
    BeforeStart,

    /// <summary>The store is full, the key has used up its share, or the store does not answer: nothing was recorded.</summary>
    Unavailable,
}

/// <summary>Remembers proofs for as long as they could be presented again.</summary>
public interface IReplayStore
{
    /// <summary>
    /// Records a proof, atomically: of any number of concurrent calls with the same <see cref="VerifiedProof.ReplayKey"/>, one is told
    /// <see cref="ReplayVerdict.Fresh"/>. Called last, when nothing else is wrong with the request's authentication.
    /// </summary>
    ValueTask<ReplayVerdict> RecordAsync(VerifiedProof proof, CancellationToken cancellation);
}
