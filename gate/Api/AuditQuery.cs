using System.Globalization;
using LatchGate.Evidence;
using LatchGate.Http;
using LatchGate.Pipeline;

namespace LatchGate.Api;

/// <summary>
/// The query of the audit routes: exact filters, times that are read as times, and <c>before_seq</c>, the <c>seq</c> of a page's last
/// event, which continues without loss. <c>after_seq</c> asks for what is newer. Other parameters are not looked at (reference/wire.md §7.8).
/// </summary>
internal static class AuditQuery
{
    // RFC 3339 with or without a fraction; without an offset it is UTC.
    private static readonly string[] _forms = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mm:ssK"];

    /// <summary>Reads a query; null when it is one, else the refusal.</summary>
    /// <param name="text">As sent.</param>
    /// <param name="usual">What applies where it says nothing.</param>
    /// <param name="query">The query.</param>
    internal static Denial? Read(ReadOnlySpan<byte> text, EventQuery usual, out EventQuery query)
    {
        query = usual;
        var reader = new QueryReader(text);
        QueryToken token;
        while ((token = reader.Read(out var name, out var value)) == QueryToken.Parameter)
        {
            switch (name)
            {
                case "trace_id":
                    query = query with { TraceId = value };
                    break;
                case "event_type":
                    query = query with { EventType = value };
                    break;
                case "action_id":
                    query = query with { ActionId = value };
                    break;
                case "principal":
                    query = query with { Principal = value };
                    break;
                case "session_id":
                    query = query with { SessionId = value };
                    break;
                case "decision":
                    query = query with { Decision = value };
                    break;
                case "after" when TryReadTime(value, out var after):
                    query = query with { After = after };
                    break;
                case "before" when TryReadTime(value, out var before):
                    query = query with { Before = ToNextMillisecond(before) };
                    break;
                case "before_seq" when TryReadNumber(value, out var seq):
                    query = query with { BeforeSeq = seq };
                    break;
                case "after_seq" when TryReadNumber(value, out var seen):
                    query = query with { AfterSeq = seen };
                    break;
                case "limit" when TryReadNumber(value, out var limit):
                    query = query with { Limit = (int)Math.Clamp(limit, 1, EventQuery.MaxLimit) };
                    break;
                case "after" or "before":
                    return new Denial(GateFailure.BadRequest, $"{name} is not a time such as 2026-01-02T03:04:05Z");
                case "before_seq" or "after_seq" or "limit":
                    return new Denial(GateFailure.BadRequest, $"{name} is not a number");
            }
        }

        return token == QueryToken.End ? null : new Denial(GateFailure.BadRequest, "the query is malformed");
    }

    // A plus sign that was not percent-encoded arrives as a blank.
    internal static bool TryReadTime(string value, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        value.Replace(' ', '+'), _forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    // Events have whole milliseconds: one that lies before a finer time lies before the next millisecond. The last one has no next.
    internal static DateTimeOffset ToNextMillisecond(DateTimeOffset time)
    {
        var beyond = time.Ticks % TimeSpan.TicksPerMillisecond;
        return beyond == 0 || time.Ticks > DateTimeOffset.MaxValue.Ticks - TimeSpan.TicksPerMillisecond
            ? time
            : time.AddTicks(TimeSpan.TicksPerMillisecond - beyond);
    }

    private static bool TryReadNumber(string value, out long number) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
