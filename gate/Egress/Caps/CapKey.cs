namespace LatchGate.Egress.Caps;

/// <summary>Whose usage of what: caps count per principal, action and rule.</summary>
/// <param name="Principal">The principal's name.</param>
/// <param name="Action">The action's id.</param>
/// <param name="Rule">The allow rule's name.</param>
public sealed record CapKey(string Principal, string Action, string Rule);

/// <summary>What was used on one UTC day.</summary>
/// <param name="Day">Days since 1970-01-01.</param>
/// <param name="Bytes">Bytes in both directions.</param>
/// <param name="Tokens">Tokens of model calls, reserved ones included.</param>
/// <param name="UsdMicros">Millionths of a US dollar, reserved ones included.</param>
public sealed record DayUsage(long Day, long Bytes, long Tokens, long UsdMicros)
{
    /// <summary>The day of a time.</summary>
    public static long DayOf(DateTimeOffset time) => Math.DivRem(time.ToUnixTimeSeconds(), 86_400).Quotient;
}

/// <summary>Where usage of a day outlives the process.</summary>
public interface ICapStore
{
    /// <summary>What was used on the last day that anything was; null when nothing ever was.</summary>
    /// <exception cref="Storage.DatabaseException">The store cannot be read.</exception>
    DayUsage? Find(CapKey key);

    /// <summary>Adds to what was used on a day; a part may be negative, where a reservation is given back.</summary>
    /// <param name="key">Whose.</param>
    /// <param name="change">What comes in addition, and on which day; nothing is added to a day that is over.</param>
    /// <param name="traceId">The request that used it.</param>
    /// <returns>Whether it is durable.</returns>
    ValueTask<bool> AddAsync(CapKey key, DayUsage change, string traceId);
}
