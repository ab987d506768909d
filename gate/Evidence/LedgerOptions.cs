namespace LatchGate.Evidence;

/// <summary>How a ledger is opened.</summary>
public sealed record LedgerOptions
{
    /// <summary>Opens also where a commit does not survive loss of power (memory or network file system); the ledger then says it is not durable.</summary>
    public bool AllowVolatile { get; init; }

    /// <summary>Whether a relaxed posture is in force: every event then says so.</summary>
    public bool DevMode { get; init; }

    /// <summary>Writes that may wait for the disk before more are refused as busy.</summary>
    public int QueueCapacity { get; init; } = 4096;

    /// <summary>Public keys of earlier receipt keys, so that a checkpoint signed before a change of key is still checked.</summary>
    public VerificationKeys? EarlierKeys { get; init; }

    /// <summary>Who is told of events; null tells nobody.</summary>
    internal Webhooks.WebhookSubscriptions? Webhooks { get; init; }

    /// <summary>Stands for the disk's confirmation of a commit, in tests; throws <see cref="Storage.DatabaseException"/> in place of one.</summary>
    internal Action? Sync { get; init; }
}
