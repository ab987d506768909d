using LatchGate.Crypto;
using LatchGate.Egress.Caps;
using LatchGate.Json;
using LatchGate.Storage;

namespace LatchGate.Evidence;

/// <summary>What principals used today under rules with caps. The last day alone is kept: no cap looks further back.</summary>
internal sealed class EgressUsageTable(Database database)
{
    private const string Select = "SELECT day, bytes, tokens, usd_micros FROM egress_usage WHERE principal = ? AND action_id = ? AND rule = ?";

    // Reservations are given back; what was never reserved on this day is not.
    private readonly Statement _add = database.Prepare(
        """
        INSERT INTO egress_usage(principal, action_id, rule, day, bytes, tokens, usd_micros) VALUES(?1, ?2, ?3, ?4, max(0, ?5), max(0, ?6), max(0, ?7))
        ON CONFLICT DO UPDATE SET
            bytes = max(0, CASE WHEN ?4 > day THEN ?5 WHEN ?4 = day THEN bytes + ?5 ELSE bytes END),
            tokens = max(0, CASE WHEN ?4 > day THEN ?6 WHEN ?4 = day THEN tokens + ?6 ELSE tokens END),
            usd_micros = max(0, CASE WHEN ?4 > day THEN ?7 WHEN ?4 = day THEN usd_micros + ?7 ELSE usd_micros END),
            day = max(day, ?4)
        """);

    private readonly Statement _select = database.Prepare(Select);

    /// <summary>Adds to a day.</summary>
    /// <returns>What is used now.</returns>
    internal DayUsage Add(CapKey key, DayUsage change)
    {
        _add.Text(key.Principal).Text(key.Action).Text(key.Rule).Integer(change.Day).Integer(change.Bytes).Integer(change.Tokens).Integer(change.UsdMicros).Run();
        return Find(_select, key)!;
    }

    internal static DayUsage? Find(Database database, CapKey key)
    {
        using var select = database.PrepareOnce(Select);
        return Find(select, key);
    }

    /// <summary>What the event of a change says.</summary>
    internal static CanonicalBytes Describe(CanonicalWriter json, CapKey key, DayUsage used) => json.Reset().BeginObject()
        .Member("bytes"u8, used.Bytes)
        .Member("day"u8, used.Day)
        .Member("rule"u8, key.Rule)
        .Member("tokens"u8, used.Tokens)
        .Member("usd_micros"u8, used.UsdMicros)
        .End().Finish();

    /// <summary>Names a row. No part holds a line feed.</summary>
    internal static string KeyOf(string principal, string action, string rule) => $"{principal}\n{action}\n{rule}";

    /// <summary>Compares the table with what events said last; null when they agree, else what differs.</summary>
    /// <param name="database">The ledger.</param>
    /// <param name="expected">For each row of which an event speaks, the digest in the last one.</param>
    internal static string? Difference(Database database, Dictionary<string, Sha256Digest> expected)
    {
        using var writer = new CanonicalWriter();
        using var rows = database.PrepareOnce("SELECT principal, action_id, rule, day, bytes, tokens, usd_micros FROM egress_usage");
        var seen = 0;
        for (; rows.Step(); seen++)
        {
            var key = new CapKey(rows.String(0), rows.String(1), rows.String(2));
            if (!expected.TryGetValue(KeyOf(key.Principal, key.Action, key.Rule), out var digest) || !IsSafe(rows)
                || Describe(writer, key, new DayUsage(rows.Int64(3), rows.Int64(4), rows.Int64(5), rows.Int64(6))).Digest != digest)
            {
                return $"what {key.Principal} used under the rule {key.Rule} of {key.Action}";
            }
        }

        return seen == expected.Count ? null : "what was used under rules with caps is missing";
    }

    // A number that somebody else wrote may have no form in canonical JSON.
    private static bool IsSafe(Statement row)
    {
        var safe = true;
        for (var column = 3; column <= 6; column++)
        {
            safe &= row.Int64(column) is >= 0 and < 1L << 53;
        }

        return safe;
    }

    private static DayUsage? Find(Statement select, CapKey key)
    {
        try
        {
            return select.Text(key.Principal).Text(key.Action).Text(key.Rule).Step()
                ? new DayUsage(select.Int64(0), select.Int64(1), select.Int64(2), select.Int64(3))
                : null;
        }
        finally
        {
            select.Reset();
        }
    }
}
