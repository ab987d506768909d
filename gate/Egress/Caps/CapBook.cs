using LatchGate.Storage;

namespace LatchGate.Egress.Caps;

/// <summary>
/// Holds usage against the caps of rules (reference/egress.md C7), one for the process. Bytes and spending of a day outlive it, in the
/// store; those of an execution live as long as that does. Safe for concurrent use.
/// </summary>
/// <remarks>
/// <code>
/// var caps = book.ForExecution(traceId);                                  // once for each execution
/// var (verdict, lease) = await caps.AdmitAsync(route, request.Body);      // step 12, for each hop
/// await lease.PassAsync(bytes, cancellation);                             // for each piece sent or received: counts and shapes
/// await lease.SettleAsync(response.Body);                                 // at the end, however it ended
/// </code>
/// </remarks>
/// <param name="store">Where usage of a day is kept.</param>
/// <param name="prices">The operator's price table: by model; <c>*</c> stands for every other model.</param>
/// <param name="time">The clock of days and rates.</param>
public sealed class CapBook(ICapStore store, IReadOnlyDictionary<string, TokenPrice> prices, TimeProvider time)
{
    // Those that nobody uses are read again from the store when they are asked for.
    private const int MostCounters = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<CapKey, CapCounter> _counters = [];

    internal ICapStore Store => store;

    internal TimeProvider Time => time;

    /// <summary>The caps of one execution.</summary>
    /// <param name="traceId">Stands in the events of what it uses.</param>
    public ExecutionCaps ForExecution(string traceId) => new(this, traceId);

    /// <summary>The price of a model; null when the operator set none.</summary>
    internal TokenPrice? PriceOf(string model) => prices.GetValueOrDefault(model) ?? prices.GetValueOrDefault("*");

    /// <summary>Takes the counter of a route's rule; give it back with <see cref="Return"/>.</summary>
    /// <exception cref="DatabaseException">The store cannot be read.</exception>
    internal CapCounter Rent(JudgedRoute route)
    {
        var key = new CapKey(route.Principal, route.Action, route.Rule);
        lock (_lock)
        {
            if (!_counters.TryGetValue(key, out var counter))
            {
                var bandwidth = route.AllowRule.Bandwidth;
                var bucket = bandwidth?.BytesPerSecond is { } rate ? new TokenBucket(rate, bandwidth.Burst ?? rate, time) : null;
                counter = new CapCounter(key, route.AllowRule, bucket);
                if (HasDay(route.AllowRule) && store.Find(key) is { } used)
                {
                    counter.Load(used);
                }

                Trim();
                _counters.Add(key, counter);
            }

            counter.Users++;
            return counter;
        }
    }

    /// <summary>Gives a counter back.</summary>
    internal void Return(CapCounter counter)
    {
        lock (_lock)
        {
            counter.Users--;
        }
    }

    /// <summary>
    /// What is left of each rule's day, to the principal that has least of it: of those that used any since the start, since nobody else is
    /// known here.
    /// </summary>
    internal List<CapRemainder> Remaining()
    {
        var left = new Dictionary<string, CapRemainder>(StringComparer.Ordinal);
        var day = DayUsage.DayOf(time.GetUtcNow());
        lock (_lock)
        {
            foreach (var counter in _counters.Values)
            {
                var (used, rule) = (counter.On(day), counter.Rule);
                Note(left, counter.Key, "bytes_per_day", rule.Bandwidth?.BytesPerDay, used.Bytes);
                Note(left, counter.Key, "tokens_per_day", rule.Spend?.TokensPerDay, used.Tokens);
                Note(left, counter.Key, "usd_micros_per_day", rule.Spend?.UsdMicrosPerDay, used.UsdMicros);
            }
        }

        return [.. left.Values];
    }

    private static void Note(Dictionary<string, CapRemainder> left, CapKey key, string cap, long? bound, long used)
    {
        if (bound is not { } most)
        {
            return;
        }

        var id = $"{key.Action}\n{key.Rule}\n{cap}";
        var remaining = Math.Max(0, most - used);
        if (!left.TryGetValue(id, out var least) || remaining < least.Remaining)
        {
            left[id] = new CapRemainder(key.Action, key.Rule, cap, remaining);
        }
    }

    /// <summary>Whether the rule bounds what is used in a day.</summary>
    internal static bool HasDay(EgressAllowRule rule) =>
        rule.Bandwidth?.BytesPerDay is not null || rule.Spend is { TokensPerDay: not null } or { UsdMicrosPerDay: not null };

    private void Trim()
    {
        if (_counters.Count < MostCounters)
        {
            return;
        }

        var idle = new List<CapKey>();
        foreach (var (key, counter) in _counters)
        {
            if (counter.Users == 0)
            {
                idle.Add(key);
            }
        }

        foreach (var key in idle)
        {
            _counters.Remove(key);
        }
    }
}

/// <summary>What is left of one cap.</summary>
/// <param name="Action">The action's id.</param>
/// <param name="Rule">The rule's name.</param>
/// <param name="Cap">The cap's name, as manifests have it.</param>
/// <param name="Remaining">Bytes, tokens, or millionths of a US dollar.</param>
internal sealed record CapRemainder(string Action, string Rule, string Cap, long Remaining);
