namespace LatchGate.Tests.Api;

/// <summary><c>ledger_jsonl_path</c> in a whole gate: the file, the status, the metrics.</summary>
public sealed class MirrorWireTests
{
    [Fact]
    public async Task The_mirror_follows_and_its_state_is_in_status_and_metrics()
    {
        await using var gate = new LiveGate { Settings = root => $"ledger_jsonl_path = \"{root}/events.jsonl\"" };
        await gate.InitializeAsync();
        var file = Path.Combine(gate.Root, "events.jsonl");
        using (var agent = gate.Wire())
        {
            await agent.LeaseAsync();
            Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{gate.Url()}}"}""")).Status);
        }

        using var @operator = gate.WireOperator();
        System.Text.Json.JsonElement mirror;
        do
        {
            mirror = (await @operator.AuthorizedAsync("GET", "/v1/admin/status")).Json.GetProperty("ledger_jsonl");
        }
        while (mirror.GetProperty("behind").GetInt64() > 0 || mirror.GetProperty("last_seq").GetInt64() < 3);

        Assert.True(mirror.GetProperty("ok").GetBoolean());
        Assert.Equal(file, mirror.GetProperty("path").GetString());
        var metrics = (await @operator.AuthorizedAsync("GET", "/metrics")).Content;
        Assert.Contains("latchgate_ledger_jsonl_failing 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("latchgate_ledger_jsonl_errors_total 0\n", metrics, StringComparison.Ordinal);

        // A directory in its place: the calls go on, and the operator sees it.
        File.Delete(file);
        Directory.CreateDirectory(file);
        using (var agent = gate.Wire())
        {
            await agent.LeaseAsync();
            Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{gate.Url()}}"}""")).Status);
        }

        do
        {
            metrics = (await @operator.AuthorizedAsync("GET", "/metrics")).Content;
        }
        while (!metrics.Contains("latchgate_ledger_jsonl_failing 1\n", StringComparison.Ordinal));

        Assert.Contains("latchgate_ledger_jsonl_errors_total 1\n", metrics, StringComparison.Ordinal);
        mirror = (await @operator.AuthorizedAsync("GET", "/v1/admin/status")).Json.GetProperty("ledger_jsonl");
        Assert.False(mirror.GetProperty("ok").GetBoolean());
        Assert.NotEmpty(mirror.GetProperty("error").GetString()!);
        Directory.Delete(file);
    }

    [Fact]
    public async Task Without_the_setting_there_is_no_mirror()
    {
        await using var gate = new LiveGate();
        await gate.InitializeAsync();
        using var @operator = gate.WireOperator();
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await @operator.AuthorizedAsync("GET", "/v1/admin/status")).Json.GetProperty("ledger_jsonl").ValueKind);
        Assert.DoesNotContain("ledger_jsonl", (await @operator.AuthorizedAsync("GET", "/metrics")).Content, StringComparison.Ordinal);
    }
}
