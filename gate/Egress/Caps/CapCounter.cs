namespace LatchGate.Egress.Caps;

/// <summary>What a principal used under a rule today, in this process's memory. Safe for concurrent use.</summary>
internal sealed class CapCounter(CapKey key, EgressAllowRule rule, TokenBucket? bucket)
{
    private readonly Lock _lock = new();
    private long _day;
    private long _bytes;
    private long _tokens;
    private long _usdMicros;

    internal CapKey Key => key;

    /// <summary>Shapes the rule's flow; null where its rate has no bound.</summary>
    internal TokenBucket? Bucket => bucket;

    /// <summary>The rule whose caps are counted.</summary>
    internal EgressAllowRule Rule => rule;

    /// <summary>What is used on a day; nothing, where that is later than the last day that anything was.</summary>
    internal DayUsage On(long day)
    {
        lock (_lock)
        {
            return day > _day ? new DayUsage(day, 0, 0, 0) : new DayUsage(_day, _bytes, _tokens, _usdMicros);
        }
    }

    /// <summary>Leases that are out; changed under the book's lock.</summary>
    internal int Users { get; set; }

    /// <summary>Takes over what the store has.</summary>
    internal void Load(DayUsage usage) => (_day, _bytes, _tokens, _usdMicros) = (usage.Day, usage.Bytes, usage.Tokens, usage.UsdMicros);

    /// <summary>Checks a request and reserves what it may spend, at once.</summary>
    /// <returns><see cref="EgressReason.Allowed"/>, or the cap that refuses.</returns>
    internal EgressReason Reserve(BandwidthCap? bandwidth, SpendCap? spend, long day, long tokens, long usdMicros)
    {
        lock (_lock)
        {
            Settle(day);
            if (_bytes >= bandwidth?.BytesPerDay)
            {
                return EgressReason.BandwidthCap;
            }

            if (IsOver(_tokens, tokens, spend?.TokensPerDay) || IsOver(_usdMicros, usdMicros, spend?.UsdMicrosPerDay))
            {
                return EgressReason.SpendCap;
            }

            _tokens += tokens;
            _usdMicros += usdMicros;
            return EgressReason.Allowed;
        }
    }

    /// <summary>Adds to the day; parts may be negative.</summary>
    internal void Add(long day, long bytes, long tokens, long usdMicros)
    {
        lock (_lock)
        {
            Settle(day);

            // What was reserved before midnight is not given back to the day after.
            if (day == _day)
            {
                _bytes += bytes;
                _tokens = Math.Max(0, _tokens + tokens);
                _usdMicros = Math.Max(0, _usdMicros + usdMicros);
            }
        }
    }

    /// <summary>Whether <paramref name="more"/> does not fit, or nothing is left. To reach the cap exactly is within it.</summary>
    internal static bool IsOver(long used, long more, long? cap) => cap is { } bound && (used >= bound || more > bound - used);

    // A clock that was set back gives nothing back: the later day stands.
    private void Settle(long day)
    {
        if (day > _day)
        {
            (_day, _bytes, _tokens, _usdMicros) = (day, 0, 0, 0);
        }
    }
}
