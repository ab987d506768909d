using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using LatchGate.Json;

namespace LatchGate.Budgets;

/// <summary>
/// The calls that a principal has made, as the ledger keeps them: one canonical text, whose digest the event of each call holds.
/// The hour is counted by minutes, the day by quarters of an hour.
/// </summary>
internal sealed class PrincipalUsage
{
    private readonly UsageWindow _hour = new(60, 60);
    private readonly UsageWindow _day = new(900, 96);

    /// <summary>Calls ever, since the principal has had a bound.</summary>
    internal long Total { get; private set; }

    /// <summary>Calls in the last hour; after <see cref="Settle"/>.</summary>
    internal long Hour => _hour.Used;

    /// <summary>Calls in the last day; after <see cref="Settle"/>.</summary>
    internal long Day => _day.Used;

    /// <summary>Brings the windows to the present.</summary>
    internal PrincipalUsage Settle(DateTimeOffset now)
    {
        _hour.Settle(now);
        _day.Settle(now);
        return this;
    }

    /// <summary>Calls left under the tightest of the bounds, 0 or more; null when there is none. After <see cref="Settle"/>.</summary>
    internal long? Remaining(CallBounds bounds)
    {
        var remaining = Tightest(null, bounds.PerHour, Hour);
        remaining = Tightest(remaining, bounds.PerDay, Day);
        return Tightest(remaining, bounds.Total, Total);
    }

    /// <summary>The bound that lets no further call through and opens last; null when one is possible. After <see cref="Settle"/>.</summary>
    internal BudgetRefusal? Refusal(CallBounds bounds)
    {
        if (bounds.Total is { } total && Total >= total)
        {
            return new BudgetRefusal(BudgetBound.Total, total);
        }

        if (bounds.PerDay is { } day && Day >= day)
        {
            return new BudgetRefusal(BudgetBound.Day, day, _day.OpensAt(day));
        }

        return bounds.PerHour is { } hour && Hour >= hour ? new BudgetRefusal(BudgetBound.Hour, hour, _hour.OpensAt(hour)) : null;
    }

    /// <summary>When the hour, or the day, has room again; null when it has room, or never.</summary>
    internal DateTimeOffset? OpensAt(BudgetBound bound, long? limit) => (bound, limit) switch
    {
        (BudgetBound.Hour, { } hour) when Hour >= hour => _hour.OpensAt(hour),
        (BudgetBound.Day, { } day) when Day >= day => _day.OpensAt(day),
        _ => null,
    };

    /// <summary>Counts one call; after <see cref="Settle"/> with the same time.</summary>
    internal void Add(DateTimeOffset now)
    {
        _hour.Add(now);
        _day.Add(now);
        Total++;
    }

    /// <summary>The stored text.</summary>
    internal CanonicalBytes ToCanonical(CanonicalWriter json)
    {
        json.Reset().BeginObject().Name("day"u8);
        _day.WriteTo(json);
        _hour.WriteTo(json.Name("hour"u8));
        return json.Member("total"u8, Total).End().Finish();
    }

    /// <summary>Reads a stored text; false when it is not one.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out PrincipalUsage? usage)
    {
        usage = new PrincipalUsage();
        try
        {
            if (usage.TryRead(new Utf8JsonReader(text)))
            {
                return true;
            }
        }
        catch (JsonException)
        {
            // Somebody else wrote it: the caller refuses to count with it.
        }

        usage = null;
        return false;
    }

    private bool TryRead(Utf8JsonReader reader)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (day, hour) = (reader.ValueTextEquals("day"u8), reader.ValueTextEquals("hour"u8));
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray && (day || hour))
            {
                if (!(day ? _day : _hour).TryRead(ref reader))
                {
                    return false;
                }
            }
            else if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var total) && total >= 0)
            {
                Total = total;
            }
            else
            {
                return false;
            }
        }

        return reader.TokenType == JsonTokenType.EndObject && !reader.Read();
    }

    private static long? Tightest(long? remaining, long? limit, long used) =>
        limit is not { } bound ? remaining : Math.Min(remaining ?? long.MaxValue, Math.Max(0, bound - used));
}
