using System.Text.Json;
using LatchGate.Cli;
using LatchGate.Evidence;
using LatchGate.Tests.Api;
using LatchGate.Tests.Evidence;

namespace LatchGate.Tests.Cli;

/// <summary><c>latchgate audit</c>, from the file and from a gate.</summary>
public sealed class AuditCommandTests
{
    [Fact]
    public async Task Every_form_has_every_event_newest_first()
    {
        using var files = await new LedgerFiles().FilledAsync();
        Assert.Equal(0, await AuditAsync(files, "--format", "jsonl"));
        var lines = files.Cli.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using var reader = new LedgerReader(files.Temp.Path);
        var stored = reader.EventsFrom(1, 100).Reverse().Select(e => System.Text.Encoding.UTF8.GetString(e.Json.Span)).ToArray();
        Assert.Equal(stored, lines);

        Assert.Equal(0, await AuditAsync(files, "--format", "json"));
        Assert.Equal(stored, files.Cli.Json.EnumerateArray().Select(e => e.GetRawText()));
        Assert.Equal(0, await AuditAsync(files, "--json"));
        Assert.True(files.Cli.Json.GetProperty("ok").GetBoolean());
        Assert.Equal(stored, files.Cli.Json.GetProperty("events").EnumerateArray().Select(e => e.GetRawText()));

        Assert.Equal(0, await AuditAsync(files));
        var rows = files.Cli.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(9, rows.Length);
        Assert.StartsWith("SEQ  TIME", rows[0], StringComparison.Ordinal);
        Assert.Contains("=1+1", rows[1], StringComparison.Ordinal);

        Assert.Equal(0, await AuditAsync(files, "--format", "csv", "--limit", "1"));
        Assert.Equal(
            "trace_id,timestamp,event_type,action_id,principal,decision,reason,session_id,dev_mode\r\n"
            + "t-deny,2026-01-02T03:04:05.000Z,action_call,demo_get,agent:demo,deny,\"'=1+1,\"\"quoted\"\"\",s1,true\r\n",
            files.Cli.Output);
    }

    [Theory]
    [InlineData("=1", "'=1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@a", "'@a")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("\n=1", "\"'\n=1\"")]
    [InlineData("＝1", "'＝1")]
    [InlineData("a=1", "a=1")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("", "")]
    public void D78_a_cell_is_no_formula_and_one_cell(string text, string cell) => Assert.Equal($"x,{cell}\r\n", AuditFormat.Csv(["x", text]));

    [Fact]
    public async Task No_events_are_an_empty_answer_in_each_form()
    {
        using var files = await new LedgerFiles().FilledAsync();
        foreach (var (form, expected) in new[]
        {
            ("jsonl", ""), ("json", "[]\n"), ("table", "No events.\n"),
            ("csv", "trace_id,timestamp,event_type,action_id,principal,decision,reason,session_id,dev_mode\r\n"),
        })
        {
            Assert.Equal(0, await AuditAsync(files, "--format", form, "--principal", "nobody"));
            Assert.Equal(expected, files.Cli.Output);
        }

        Assert.Equal(0, await AuditAsync(files, "--json", "--principal", "nobody"));
        Assert.Equal("""{"ok":true,"events":[]}""" + "\n", files.Cli.Output);
    }

    [Fact]
    public async Task Each_filter_holds()
    {
        using var files = new LedgerFiles();
        var at = TempLedger.Start;
        foreach (var e in new[]
        {
            TempLedger.Event("t1"), TempLedger.Event("t2", "lease_issued"), TempLedger.Event("t3", principal: "agent:two"),
            TempLedger.Event("t4") with { SessionId = "s2" }, TempLedger.Event("t5") with { ActionId = "other" }, TempLedger.Event("t6") with { Decision = AuditDecision.Deny },
        })
        {
            await files.Temp.Ledger.AppendEventAsync(e);
            files.Temp.Time.Advance(TimeSpan.FromHours(1));
        }

        files.Temp.Close();
        foreach (var (option, value, expected) in new[]
        {
            ("--trace-id", "t1", "t1"), ("--event-type", "lease_issued", "t2"), ("--principal", "agent:two", "t3"), ("--session-id", "s2", "t4"),
            ("--action", "other", "t5"), ("--decision", "deny", "t6"),
            ("--after", $"{at.AddHours(4):yyyy-MM-dd'T'HH:mm:ss}Z", "t6"), ("--before", $"{at.AddHours(1):yyyy-MM-dd'T'HH:mm:ss}Z", "t1"), ("--limit", "1", "t6"),
        })
        {
            Assert.Equal(0, await AuditAsync(files, option, value, "--json"));
            Assert.Equal(expected, Assert.Single(files.Cli.Json.GetProperty("events").EnumerateArray()).GetProperty("trace_id").GetString());
        }

        foreach (var bad in new[] { ("--after", "yesterday"), ("--limit", "0"), ("--format", "xml") })
        {
            Assert.Equal(64, await AuditAsync(files, bad.Item1, bad.Item2));
        }

        Assert.Equal(64, await AuditAsync(files, "--json", "--format", "csv"));
        Assert.Equal(64, await AuditAsync(files, "--json", "--follow"));
    }

    [Fact]
    public async Task More_than_a_page_comes_without_loss()
    {
        using var files = new LedgerFiles();
        await files.Temp.Ledger.AppendEventsAsync([.. Enumerable.Range(0, 2345).Select(_ => TempLedger.Event())]);
        Assert.Equal(0, await AuditAsync(files, "--format", "jsonl", "--limit", "2300"));
        var seqs = files.Cli.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(SeqOf).ToArray();
        Assert.Equal(Enumerable.Range(46, 2300).Reverse().Select(i => (long)i), seqs);
    }

    [Fact]
    public async Task Following_shows_what_comes_oldest_first_until_it_is_ended()
    {
        using var files = new LedgerFiles();
        await files.Temp.Ledger.AppendEventAsync(TempLedger.Event("t1"));
        await files.Temp.Ledger.AppendEventAsync(TempLedger.Event("t2"));
        using var stop = new CancellationTokenSource();
        var following = files.Cli.RunAsync(stop.Token, "audit", "--ledger", "ledger.db", "--follow", "--format", "jsonl", "--event-type", "action_call");
        await Eventually.HoldsAsync(() => Count(files) == 2);
        await files.Temp.Ledger.AppendEventAsync(TempLedger.Event("other", "lease_issued"));
        await files.Temp.Ledger.AppendEventAsync(TempLedger.Event("t3"));
        await Eventually.HoldsAsync(() => Count(files) == 3);
        await stop.CancelAsync();
        Assert.Equal(0, await following);
        Assert.Equal([1L, 2L, 4L], files.Cli.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(SeqOf));
    }

    [Fact]
    public async Task Following_goes_on_from_where_it_looked_last_though_nothing_matched()
    {
        using var temp = new TempLedger();
        await temp.Ledger.AppendEventsAsync([TempLedger.Event("t1"), TempLedger.Event("t2")]);
        using var source = new WatchedSource(temp.Path);
        using var stop = new CancellationTokenSource();
        using var output = new StringWriter();
        var following = LatchGate.Cli.Commands.AuditCommand.FollowAsync(
            source, new EventQuery { EventType = "lease_issued" }, 20, new AuditFormat(output, "jsonl", true), TimeProvider.System, static () => false, stop.Token);
        await Eventually.HoldsAsync(() => source.Searches.Count == 1);
        await temp.Ledger.AppendEventAsync(TempLedger.Event("t3"));
        await Eventually.HoldsAsync(() => source.Searches.Count == 2);
        await temp.Ledger.AppendEventAsync(TempLedger.Event("t4", "lease_issued"));
        await Eventually.HoldsAsync(() => source.Searches.Count == 3);
        await stop.CancelAsync();
        await following;
        Assert.Equal([null, 2L, 3L], source.Searches.Select(query => query.AfterSeq));
        Assert.Equal(4, SeqOf(Assert.Single(output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))));
    }

    [Fact]
    public async Task An_operator_gets_the_same_lines_from_the_gate()
    {
        await using var gate = new LiveGate();
        await gate.InitializeAsync();
        using (var agent = gate.Wire())
        {
            await agent.LeaseAsync();
            Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{gate.Url()}}"}""")).Status);
            Assert.NotEqual(200, (await agent.ExecuteAsync("http_fetch", "{}")).Status);
        }

        var cli = new CliRun(gate.Environment, gate.Configuration.Source.File);
        string fromGate;
        do
        {
            Assert.Equal(0, await cli.RunAsync("audit", "--format", "jsonl", "--event-type", "action_call", "--after", "1h"));
            fromGate = cli.Output;
        }
        while (!fromGate.Contains("\"deny\"", StringComparison.Ordinal));

        Assert.Equal(0, await cli.RunAsync("audit", "--format", "jsonl", "--event-type", "action_call", "--ledger", gate.LedgerPath));
        Assert.Equal(cli.Output, fromGate);
        Assert.Equal(2, fromGate.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(1, await cli.RunAsync("audit", "--ledger", "nowhere.db", "--json"));
        Assert.Equal("ledger_not_found", cli.Json.GetProperty("error").GetString());
    }

    /// <summary>The file, and what was looked for in it.</summary>
    private sealed class WatchedSource(string path) : AuditSource
    {
        private readonly LedgerAuditSource _file = new(path);

        internal System.Collections.Concurrent.ConcurrentQueue<EventQuery> Searches { get; } = [];

        internal override Task<List<AuditRow>> PageAsync(EventQuery query, CancellationToken cancellation)
        {
            if (query.EventType is not null)
            {
                Searches.Enqueue(query);
            }

            return _file.PageAsync(query, cancellation);
        }

        public override void Dispose() => _file.Dispose();
    }

    private static Task<int> AuditAsync(LedgerFiles files, params string[] options) => files.Cli.RunAsync(["audit", "--ledger", "ledger.db", .. options]);

    private static int Count(LedgerFiles files) => files.Cli.Output.Count(c => c == '\n');

    private static long SeqOf(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("seq").GetInt64();
    }
}
