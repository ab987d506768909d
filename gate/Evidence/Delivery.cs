namespace LatchGate.Evidence;

/// <summary>How far an event has come on its way to an endpoint.</summary>
internal enum DeliveryState
{
    /// <summary>To be sent, for the first time or again.</summary>
    Pending,

    /// <summary>The endpoint took it.</summary>
    Delivered,

    /// <summary>Given up: it waits for an operator.</summary>
    Dead,
}

/// <summary>The words of <see cref="DeliveryState"/>.</summary>
internal static class DeliveryStates
{
    internal static string ToWire(this DeliveryState state) => state switch
    {
        DeliveryState.Pending => "pending",
        DeliveryState.Delivered => "delivered",
        DeliveryState.Dead => "dead",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Not a state."),
    };

    internal static bool TryParse(string? word, out DeliveryState state)
    {
        for (state = DeliveryState.Pending; state <= DeliveryState.Dead; state++)
        {
            if (state.ToWire() == word)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>One event for one endpoint. Holds no secret, and nothing of a request but what the ledger's events say.</summary>
internal sealed class Delivery
{
    /// <summary>Names it to operators.</summary>
    internal required long Id { get; init; }

    /// <summary><c>evt_UUIDv7</c>: the same in every attempt and for every endpoint.</summary>
    internal required string EventId { get; init; }

    /// <summary>The endpoint's name.</summary>
    internal required string Endpoint { get; init; }

    /// <summary>The event's name, such as <c>approval.pending</c>.</summary>
    internal required string Type { get; init; }

    /// <summary>How far it has come.</summary>
    internal DeliveryState State { get; init; }

    /// <summary>When it happened.</summary>
    internal DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it is to be sent, at the earliest.</summary>
    internal DateTimeOffset DueAt { get; init; }

    /// <summary>Attempts made.</summary>
    internal int Attempts { get; init; }

    /// <summary>When it was taken or given up; null while it is pending.</summary>
    internal DateTimeOffset? EndedAt { get; init; }

    /// <summary>The HTTP status of the last attempt; null when none came.</summary>
    internal int? Status { get; init; }

    /// <summary>Why the last attempt failed: a word, never text of the receiver's; null when none did.</summary>
    internal string? Error { get; init; }

    /// <summary>The envelope, a JSON object; empty in lists.</summary>
    internal ReadOnlyMemory<byte> Envelope { get; init; }
}

/// <summary>What one attempt changes in a delivery.</summary>
/// <param name="id">Of which.</param>
/// <param name="state">How far it is now.</param>
/// <param name="attempts">Attempts made, this one among them.</param>
/// <param name="at">When it is due again, or when it ended.</param>
/// <param name="status">The HTTP status, if one came.</param>
/// <param name="error">Why it failed; null when it did not.</param>
internal sealed class DeliveryChange(long id, DeliveryState state, int attempts, DateTimeOffset at, int? status, string? error)
{
    internal long Id => id;

    internal DeliveryState State => state;

    internal int Attempts => attempts;

    internal DateTimeOffset At => at;

    internal int? Status => status;

    internal string? Error => error;
}

/// <summary>How many deliveries there are.</summary>
/// <param name="endpoint">To which endpoint.</param>
/// <param name="pending">To be sent.</param>
/// <param name="dead">Given up.</param>
internal sealed class DeliveryCount(string endpoint, long pending, long dead)
{
    internal string Endpoint => endpoint;

    internal long Pending => pending;

    internal long Dead => dead;

    /// <summary>To be sent, to all endpoints.</summary>
    internal static long PendingOf(IReadOnlyList<DeliveryCount> counts)
    {
        var pending = 0L;
        for (var i = 0; i < counts.Count; i++)
        {
            pending += counts[i].Pending;
        }

        return pending;
    }

    /// <summary>Given up, of all endpoints.</summary>
    internal static long DeadOf(IReadOnlyList<DeliveryCount> counts)
    {
        var dead = 0L;
        for (var i = 0; i < counts.Count; i++)
        {
            dead += counts[i].Dead;
        }

        return dead;
    }
}

/// <summary>Which deliveries an operator means. Null means any.</summary>
/// <param name="state">In which state.</param>
/// <param name="endpoint">To which endpoint.</param>
/// <param name="before">Only those with a lower id: the next page.</param>
/// <param name="limit">At most so many.</param>
internal sealed class DeliveryQuery(DeliveryState? state, string? endpoint, long? before, int limit)
{
    internal DeliveryState? State => state;

    internal string? Endpoint => endpoint;

    internal long? Before => before;

    internal int Limit => limit;
}
