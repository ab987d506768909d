namespace LatchGate.Evidence;

/// <summary>What the status and the metrics tell of the ledger; nothing but <see cref="Problem"/> where it cannot be read.</summary>
internal sealed record LedgerCounts
{
    /// <summary>Intents without an outcome; null when unknown.</summary>
    internal long? UnresolvedIntents { get; init; }

    /// <summary>Since when the approval waits that waits longest; null when none waits, and when unknown.</summary>
    internal DateTimeOffset? OldestPending { get; init; }

    /// <summary>Events on their way to webhooks; null when unknown.</summary>
    internal IReadOnlyList<DeliveryCount>? Deliveries { get; init; }

    /// <summary>Why the ledger cannot be read; null when it can.</summary>
    internal string? Problem { get; init; }
}
