namespace LatchGate.Budgets;

/// <summary>How many calls a principal may make, whatever its leases say (D-33). Null is unlimited, 0 is none.</summary>
/// <param name="PerHour">Calls in any 60 minutes.</param>
/// <param name="PerDay">Calls in any 24 hours.</param>
/// <param name="Total">Calls ever.</param>
public sealed record CallBounds(long? PerHour, long? PerDay, long? Total)
{
    /// <summary>No bound at all.</summary>
    public static CallBounds None { get; } = new(null, null, null);
}

/// <summary>Which budget has no call left.</summary>
public enum BudgetBound
{
    /// <summary>The session's, which its lease set.</summary>
    Session,

    /// <summary>The principal's, in any 60 minutes.</summary>
    Hour,

    /// <summary>The principal's, in any 24 hours.</summary>
    Day,

    /// <summary>The principal's, for ever.</summary>
    Total,
}

/// <summary>Why no call can be made, and when one can.</summary>
/// <param name="Bound">Which budget.</param>
/// <param name="Limit">What it allows; null for a session's.</param>
/// <param name="OpensAt">From when on a call is possible; null when only an operator or another lease can help.</param>
public sealed record BudgetRefusal(BudgetBound Bound, long? Limit = null, DateTimeOffset? OpensAt = null)
{
    /// <summary>The bound's word on the wire.</summary>
    public string Word => Bound switch
    {
        BudgetBound.Session => "session",
        BudgetBound.Hour => "hour",
        BudgetBound.Day => "day",
        BudgetBound.Total => "total",
        _ => throw new ArgumentOutOfRangeException(nameof(Bound)),
    };
}
