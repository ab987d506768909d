using System.Globalization;
using System.Text;
using System.Text.Json;
using LatchGate.Cli.Client;
using LatchGate.Evidence;
using LatchGate.Evidence.Segments;
using LatchGate.Storage;

namespace LatchGate.Cli;

/// <summary>Where <c>latchgate audit</c> reads events: a running gate, or the file.</summary>
internal abstract class AuditSource : IDisposable
{
    /// <summary>Events up to this one are in segment files and not here; 0 when none are, or nothing was read yet.</summary>
    internal long SealedThrough { get; private protected set; }

    /// <summary>Up to <see cref="EventQuery.MaxLimit"/> events that match, newest first.</summary>
    internal abstract Task<List<AuditRow>> PageAsync(EventQuery query, CancellationToken cancellation);

    /// <summary>Up to <paramref name="limit"/> events that match, newest first, page by page.</summary>
    internal async IAsyncEnumerable<List<AuditRow>> PagesAsync(
        EventQuery query, int limit, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        while (limit > 0)
        {
            var wanted = Math.Min(limit, EventQuery.MaxLimit);
            var page = await PageAsync(query with { Limit = wanted }, cancellation).ConfigureAwait(false);
            if (page.Count > 0)
            {
                yield return page;
            }

            if (page.Count < wanted)
            {
                yield break;
            }

            limit -= page.Count;
            query = query with { BeforeSeq = page[^1].Seq };
        }
    }

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>Events from the gate, as an operator.</summary>
internal sealed class GateAuditSource(OperatorClient client) : AuditSource
{
    internal override async Task<List<AuditRow>> PageAsync(EventQuery query, CancellationToken cancellation)
    {
        var response = await client.EventsAsync(Text(query), cancellation).ConfigureAwait(false);
        if (!response.IsSuccess)
        {
            throw new CliException(ExitCode.Error, response.ErrorCode, $"The gate refused: {response.ErrorText}.");
        }

        SealedThrough = response.Body.TryGetProperty("sealed_through"u8, out var sealedThrough) && sealedThrough.TryGetInt64(out var seq)
            ? seq
            : 0;
        var events = response.Body.GetProperty("events"u8);
        var rows = new List<AuditRow>(events.GetArrayLength());
        foreach (var e in events.EnumerateArray())
        {
            rows.Add(AuditRow.Of(e));
        }

        return rows;
    }

    /// <inheritdoc/>
    public override void Dispose() => client.Dispose();

    private static string Text(EventQuery query)
    {
        var text = new StringBuilder();
        Add(text, "trace_id", query.TraceId);
        Add(text, "event_type", query.EventType);
        Add(text, "action_id", query.ActionId);
        Add(text, "principal", query.Principal);
        Add(text, "session_id", query.SessionId);
        Add(text, "decision", query.Decision);
        Add(text, "after", query.After is { } after ? WireTime.Format(after) : null);
        Add(text, "before", query.Before is { } before ? WireTime.Format(before) : null);
        Add(text, "before_seq", query.BeforeSeq?.ToString(CultureInfo.InvariantCulture));
        Add(text, "after_seq", query.AfterSeq?.ToString(CultureInfo.InvariantCulture));
        Add(text, "limit", query.Limit.ToString(CultureInfo.InvariantCulture));
        return text.ToString();
    }

    private static void Add(StringBuilder text, string name, string? value)
    {
        if (value is not null)
        {
            text.Append(text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
    }
}

/// <summary>Events from the file; a gate may run on it.</summary>
internal sealed class LedgerAuditSource : AuditSource
{
    private readonly string _path;
    private readonly Database _database;

    /// <exception cref="CliException">It cannot be read.</exception>
    internal LedgerAuditSource(string path)
    {
        _path = path;
        try
        {
            _database = Database.OpenForReading(path);
            SealedThrough = LedgerSchema.TryRead(_database, out _) ? SegmentTable.Last(_database)?.Record?.LastSeq ?? 0 : 0;
        }
        catch (DatabaseException e)
        {
            throw OfflineLedger.Unreadable(path, e);
        }
    }

    internal override Task<List<AuditRow>> PageAsync(EventQuery query, CancellationToken cancellation)
    {
        try
        {
            var rows = new List<AuditRow>();
            foreach (var stored in EventRows.Query(_database, query))
            {
                rows.Add(AuditRow.Of(stored));
            }

            return Task.FromResult(rows);
        }
        catch (DatabaseException e)
        {
            throw OfflineLedger.Unreadable(_path, e);
        }
        catch (JsonException e)
        {
            throw new CliException(ExitCode.Error, "ledger_damaged", $"{_path} holds an event that is not JSON.", $"Run: latchgate verify --ledger {_path}", e);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _database.Dispose();
}
