using LatchGate.Evidence;
using LatchGate.Tests.Cli;
using LatchGate.Tests.Evidence;

namespace LatchGate.Tests.Api;

/// <summary>Old events leave the ledger of a running gate, and of one that is stopped.</summary>
public sealed class SealWireTests
{
    private static readonly DateTimeOffset _old = DateTimeOffset.UtcNow.AddDays(-3);

    [Fact]
    public async Task Old_events_move_to_the_configured_archive_beside_a_running_gate()
    {
        await using var gate = NewGate();
        await gate.InitializeAsync();
        using var @operator = gate.WireOperator();
        const string Path = "/v1/admin/ledger/seal";
        foreach (var bad in new[] { "", "{}", "[]", """{"before":"yesterday"}""", """{"keep_events":-1}""", """{"keep_events":1,"archive":"/tmp"}""", """{"keep_events":"1"}""" })
        {
            (await @operator.AuthorizedAsync("POST", Path, bad)).Refused(400, "bad_request");
        }

        Assert.False((await @operator.AuthorizedAsync("POST", Path, """{"before":"2020-01-01T00:00:00Z"}""")).Json.GetProperty("sealed").GetBoolean());
        var answer = (await @operator.AuthorizedAsync("POST", Path, """{"keep_events":0}""")).Json;
        Assert.True(answer.GetProperty("sealed").GetBoolean());
        Assert.Equal((1, 1, 6), (answer.GetProperty("segment").GetInt64(), answer.GetProperty("first_seq").GetInt64(),
            answer.GetProperty("last_seq").GetInt64()));
        Assert.False((await @operator.AuthorizedAsync("POST", Path, """{"keep_events":0}""")).Json.GetProperty("sealed").GetBoolean());
        Assert.Equal(["segment-000001-1-6.jsonl"],
            Directory.GetFiles(gate.Configuration.Retention.ArchiveDir).Select(f => System.IO.Path.GetFileName(f)!));

        // What is asked of the gate afterwards.
        var events = (await @operator.AuthorizedAsync("GET", "/v1/audit/events", query: "?event_type=ledger_sealed")).Json;
        var said = Assert.Single(events.GetProperty("events").EnumerateArray());
        Assert.Equal(("default", 6), (said.GetProperty("principal").GetString(), events.GetProperty("sealed_through").GetInt64()));
        Assert.Equal(answer.GetProperty("file_sha256").GetString(), said.GetProperty("detail").GetProperty("file_sha256").GetString());
        var verified = (await @operator.AuthorizedAsync("GET", "/v1/audit/verify")).Json;
        Assert.Equal((true, 6), (verified.GetProperty("intact").GetBoolean(), verified.GetProperty("sealed_through").GetInt64()));
        using (var agent = gate.Wire())
        {
            await agent.LeaseAsync();
            (await agent.AuthorizedAsync("GET", $"/v1/receipts/{Guid.CreateVersion7(_old)}")).Refused(410, "receipt_sealed");
            (await agent.AuthorizedAsync("GET", $"/v1/receipts/{Guid.CreateVersion7()}")).Refused(404, "not_found");
            var call = await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{gate.Url()}}"}""");
            Assert.Equal(200, call.Status);
        }

        await gate.RestartAsync();
        Assert.Null(gate.Verify().Defect);
    }

    [Fact]
    public async Task The_command_seals_lists_and_verifies_with_and_without_a_gate()
    {
        await using var gate = NewGate();
        await gate.InitializeAsync();
        var cli = new CliRun(gate.Environment, gate.Configuration.Source.File);
        Assert.Equal(64, await cli.RunAsync("ledger", "seal"));
        Assert.Equal(64, await cli.RunAsync("ledger", "seal", "--keep-events", "-1"));
        Assert.Equal(64, await cli.RunAsync("ledger", "seal", "--keep-events", "0", "--archive", gate.Root));
        Assert.Equal(0, await cli.RunAsync("ledger", "segments"));
        Assert.Contains("All events are in the ledger.", cli.Output, StringComparison.Ordinal);
        Assert.Equal(0, await cli.RunAsync("ledger", "seal", "--keep-days", "2", "--json"));
        Assert.Equal(6, Assert.Single(cli.Json.GetProperty("segments").EnumerateArray()).GetProperty("last_seq").GetInt64());

        Assert.Equal(0, await cli.RunAsync("verify", "--json"));
        Assert.Equal((1, 6), (cli.Json.GetProperty("segments").GetInt32(), cli.Json.GetProperty("sealed_through").GetInt64()));
        Assert.Equal(0, await cli.RunAsync("verify"));
        Assert.Contains("Events 1 to 6 are in segment files, which were not checked", cli.Error, StringComparison.Ordinal);
        var archive = gate.Configuration.Retention.ArchiveDir;
        Assert.Equal(0, await cli.RunAsync("verify", "--segments", archive, "--json"));
        Assert.Equal(0, cli.Json.GetProperty("sealed_through").GetInt64());
        Assert.Equal(cli.Json.GetProperty("total_events").GetInt64() - 1, cli.Json.GetProperty("verified_links").GetInt64());
        Assert.Equal(2, await cli.RunAsync("verify", "--segments", gate.Root, "--json"));
        Assert.Equal("event 1: SegmentMissing: segment 1 (segment-000001-1-6.jsonl) is not there",
            cli.Json.GetProperty("problem").GetString());
        Assert.Equal(64, await cli.RunAsync("verify", "--ledger", Path.Combine(archive, "segment-000001-1-6.jsonl"), "--segments",
            archive));
        Assert.Equal(0, await cli.RunAsync("verify", "--ledger", Path.Combine(archive, "segment-000001-1-6.jsonl")));
        foreach (var source in new[] { new[] { "audit" }, ["audit", "--ledger", gate.LedgerPath] })
        {
            Assert.Equal(0, await cli.RunAsync(source));
            Assert.Contains("Events 1 to 6 have moved to segment files", cli.Error, StringComparison.Ordinal);
        }

        Assert.Equal(1, await cli.RunAsync("receipts", "show", Guid.CreateVersion7(_old).ToString(), "--ledger", gate.LedgerPath,
            "--json"));
        Assert.Equal("receipt_sealed", cli.Json.GetProperty("error").GetString());

        // Without the gate: what is old enough has gone already.
        await gate.StopAsync();
        Assert.Equal(0, await cli.RunAsync("ledger", "seal", "--keep-events", "0", "--archive", Path.Combine(gate.Root, "other"),
            "--json"));
        Assert.Empty(cli.Json.GetProperty("segments").EnumerateArray());
        Assert.Equal(0, await cli.RunAsync("ledger", "segments", "--json"));
        Assert.Equal("segment-000001-1-6.jsonl",
            Assert.Single(cli.Json.GetProperty("segments").EnumerateArray()).GetProperty("file").GetString());
    }

    [Fact]
    public async Task The_command_without_a_gate_takes_the_lock_and_refuses_a_broken_ledger()
    {
        await using var gate = NewGate();
        await gate.InitializeAsync();
        await gate.StopAsync();
        var cli = new CliRun(gate.Environment, gate.Configuration.Source.File);
        string[] seal = ["ledger", "seal", "--keep-events", "0", "--archive", Path.Combine(gate.Root, "other"), "--json"];
        using (var database = LatchGate.Storage.Database.Open(gate.LedgerPath, LatchGate.Storage.DatabaseAccess.ReadWrite))
        {
            database.Execute("UPDATE events SET decision = 'deny' WHERE seq = 2");
            Assert.Equal(2, await cli.RunAsync(seal));
            Assert.Equal("seal_failed", cli.Json.GetProperty("error").GetString());
            database.Execute("UPDATE events SET decision = 'allow' WHERE seq = 2");
        }

        using (LatchGate.Storage.PrivateFile.TryLock(gate.LedgerPath + ".lock"))
        {
            Assert.Equal(1, await cli.RunAsync(seal));
            Assert.Equal("ledger_open_failed", cli.Json.GetProperty("error").GetString());
        }

        Assert.Equal(0, await cli.RunAsync(seal));
        Assert.StartsWith(Path.Combine(gate.Root, "other"),
            Assert.Single(cli.Json.GetProperty("segments").EnumerateArray()).GetProperty("file").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, await cli.RunAsync("audit", "--ledger", gate.LedgerPath, "--event-type", "ledger_sealed", "--json"));
        Assert.StartsWith("local:uid:", Assert.Single(cli.Json.GetProperty("events").EnumerateArray()).GetProperty("principal").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gate_that_keeps_days_seals_what_is_older_by_itself()
    {
        await using var gate = NewGate(more: "[retention]\nkeep_days = 2\narchive_dir = \"../../../archive\"\n");
        await gate.InitializeAsync();
        using var @operator = gate.WireOperator();
        System.Text.Json.JsonElement answer = default;
        await Eventually.HoldsAsync(async () =>
        {
            answer = (await @operator.AuthorizedAsync("GET", "/v1/audit/events", query: "?event_type=ledger_sealed")).Json;
            return answer.GetProperty("events").GetArrayLength() > 0;
        }, "the gate has sealed by itself");
        Assert.NotEqual(0, answer.GetProperty("sealed_through").GetInt64());
        Assert.Equal("gate:retention", Assert.Single(answer.GetProperty("events").EnumerateArray()).GetProperty("principal").GetString());
        Assert.Single(Directory.GetFiles(gate.Configuration.Retention.ArchiveDir));
        Assert.Null(gate.Verify().Defect);
    }

    [Fact]
    public async Task What_the_mirror_of_a_running_gate_lacks_stays()
    {
        await using var gate = NewGate(root => $"ledger_jsonl_path = \"{root}/events.jsonl\"");
        await gate.InitializeAsync();
        using var @operator = gate.WireOperator();
        await Eventually.HoldsAsync(async () =>
            (await @operator.AuthorizedAsync("POST", "/v1/admin/ledger/seal", """{"keep_events":0}""")).Json.GetProperty("sealed").GetBoolean(), "the mirror has followed");
        Assert.True(File.ReadLines(Path.Combine(gate.Root, "events.jsonl")).Count() >= 6);
        Assert.Null(gate.Verify().Defect);
    }

    // Six events of three days ago, the last of which an operator's restart has signed.
    private static LiveGate NewGate(Func<string, string>? settings = null, string more = "") => new()
    {
        Settings = settings,
        MoreConfiguration = more,
        BeforeTime = new ManualTime(_old),
        Before = async (_, ledger) =>
        {
            for (var i = 0; i < 6; i++)
            {
                await ledger.AppendEventAsync(TempLedger.Event($"t{i}"));
            }
        },
    };
}
