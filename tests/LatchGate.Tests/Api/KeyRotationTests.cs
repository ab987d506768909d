using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Pipeline;
using LatchGate.Tests.Cli;

namespace LatchGate.Tests.Api;

/// <summary>Signing keys replaced beside a running gate and without one.</summary>
public sealed class KeyRotationTests : IAsyncLifetime
{
    private readonly LiveGate _gate = new();

    public ValueTask InitializeAsync() => _gate.InitializeAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    private CliRun Cli => new(_gate.Environment, _gate.Configuration.Source.File);

    [Fact]
    public async Task Old_receipts_verify_after_a_rotation_beside_a_running_gate()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        var old = await CallAsync(agent);
        var cli = Cli;
        Assert.Equal(0, await cli.RunAsync("keys", "rotate", "--json"));
        var (kid, previous) = (cli.Json.GetProperty("kid").GetString()!, cli.Json.GetProperty("previous_kid").GetString()!);
        Assert.False(cli.Json.GetProperty("offline").GetBoolean());
        Assert.NotEqual(kid, previous);
        var @new = await CallAsync(agent);
        foreach (var (receipt, signedBy) in new[] { (old, previous), (@new, kid) })
        {
            var shown = await agent.AuthorizedAsync("GET", $"/v1/receipts/{receipt}");
            Assert.Equal(("valid", signedBy), (shown.Text("signature_status"), shown.Text("signing_key_id")));
        }

        // The gate's own history, its file, its verification, and what is in the chain.
        using var @operator = _gate.WireOperator();
        var keys = (await @operator.AuthorizedAsync("GET", "/v1/receipt-keys")).Json.GetProperty("keys").EnumerateArray().Select(k => k.GetProperty("kid").GetString());
        Assert.Equal([previous, kid], keys);
        Assert.True((await @operator.AuthorizedAsync("GET", "/v1/audit/verify")).Json.GetProperty("intact").GetBoolean());
        var rotation = Assert.Single((await @operator.AuthorizedAsync("GET", "/v1/audit/events", query: "?event_type=receipt_key_rotated")).Json.GetProperty("events").EnumerateArray());
        Assert.Equal("default", rotation.GetProperty("principal").GetString());
        Assert.Equal($$"""{"kid":"{{kid}}","previous_kid":"{{previous}}"}""", rotation.GetProperty("detail").GetRawText());

        // The checkpoint over that event is the old key's.
        using (var database = LatchGate.Storage.Database.Open(_gate.LedgerPath, LatchGate.Storage.DatabaseAccess.ReadOnly))
        using (var row = database.PrepareOnce("SELECT kid FROM checkpoints WHERE seq = ?"))
        {
            Assert.True(row.Integer(rotation.GetProperty("seq").GetInt64()).Step());
            Assert.Equal(previous, row.String(0));
        }

        Assert.Equal(0, await cli.RunAsync("keys", "list", "--json"));
        Assert.Equal([false, true], cli.Json.GetProperty("receipt_keys").EnumerateArray().Select(k => k.GetProperty("current").GetBoolean()));
        Assert.Equal(0, await cli.RunAsync("verify"));

        // Without the old key's public half the old receipts prove nothing, and the first of them is named.
        Assert.Equal(0, await cli.RunAsync("keys", "export", "--kid", kid, "-o", Path.Combine(_gate.Root, "only-new.jwks")));
        Assert.Equal(2, await cli.RunAsync("verify", "--keys", Path.Combine(_gate.Root, "only-new.jwks"), "--json"));
        Assert.Contains($"unknown_key_id {previous}", cli.Json.GetProperty("problem").GetString(), StringComparison.Ordinal);

        await _gate.RestartAsync();
        await YoungerAsync();
        using var after = _gate.Wire();
        await after.LeaseAsync();
        Assert.Equal(kid, (await after.AuthorizedAsync("GET", $"/v1/receipts/{await CallAsync(after)}")).Text("signing_key_id"));
    }

    [Fact]
    public async Task A_grant_key_is_replaced_and_calls_go_on()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        await CallAsync(agent);
        var cli = Cli;
        Assert.Equal(0, await cli.RunAsync("keys", "rotate", "grant", "--json"));
        var kid = cli.Json.GetProperty("kid").GetString();
        await CallAsync(agent);
        Assert.Equal(0, await cli.RunAsync("keys", "list", "--json"));
        Assert.Equal(kid, cli.Json.GetProperty("grant_kid").GetString());
        Assert.Single(cli.Json.GetProperty("receipt_keys").EnumerateArray());
        Assert.Equal(0, await cli.RunAsync("verify"));
        Assert.Equal(64, await cli.RunAsync("keys", "rotate", "lease"));
    }

    [Fact]
    public async Task One_key_for_grants_and_receipts_is_refused()
    {
        await _gate.StopAsync();
        var own = await File.ReadAllBytesAsync(_gate.Configuration.GrantSigningKeyPath, TestContext.Current.CancellationToken);
        File.Copy(_gate.Configuration.ReceiptSigningKeyPath, _gate.Configuration.GrantSigningKeyPath, overwrite: true);
        var refused = await Assert.ThrowsAsync<StartupException>(_gate.StartAgainAsync);
        Assert.Equal(StartupError.SigningKeyFailed, refused.Error);
        await File.WriteAllBytesAsync(_gate.Configuration.GrantSigningKeyPath, own, TestContext.Current.CancellationToken);
        await _gate.StartAgainAsync();
    }

    [Fact]
    public async Task A_rotation_without_a_gate_is_in_the_chain_too()
    {
        using (var agent = _gate.Wire())
        {
            await agent.LeaseAsync();
            await CallAsync(agent);
        }

        await _gate.StopAsync();
        var cli = Cli;
        Assert.Equal(0, await cli.RunAsync("keys", "rotate", "receipt", "--json"));
        Assert.True(cli.Json.GetProperty("offline").GetBoolean());
        var kid = cli.Json.GetProperty("kid").GetString();
        Assert.Equal(0, await cli.RunAsync("verify", "--json"));
        Assert.Equal(cli.Json.GetProperty("total_events").GetInt64(), cli.Json.GetProperty("signed_through").GetInt64());
        Assert.Equal(0, await cli.RunAsync("audit", "--ledger", _gate.LedgerPath, "--event-type", "receipt_key_rotated", "--json"));
        var rotation = Assert.Single(cli.Json.GetProperty("events").EnumerateArray());
        Assert.StartsWith("local:uid:", rotation.GetProperty("principal").GetString(), StringComparison.Ordinal);
        await _gate.StartAgainAsync();
        await YoungerAsync();
        using var again = _gate.Wire();
        await again.LeaseAsync();
        Assert.Equal(kid, (await again.AuthorizedAsync("GET", $"/v1/receipts/{await CallAsync(again)}")).Text("signing_key_id"));
    }

    [Fact]
    public async Task A_rotation_without_a_gate_is_told_to_webhooks_by_the_next_run()
    {
        await using var gate = new LiveGate
        {
            MoreConfiguration = """

                [[webhooks]]
                name = "hook"
                format = "slack"
                url = "https://hooks.example.com/in"
                events = ["key.rotated"]

                """,
        };
        await gate.InitializeAsync();
        await gate.StopAsync();
        Assert.Equal(0, await new CliRun(gate.Environment, gate.Configuration.Source.File).RunAsync("keys", "rotate", "grant"));
        using var database = LatchGate.Storage.Database.Open(gate.LedgerPath, LatchGate.Storage.DatabaseAccess.ReadOnly);
        Assert.Equal(1, database.Scalar("SELECT count(*) FROM webhook_outbox WHERE type = 'key.rotated' AND endpoint = 'hook' AND state = 'pending'"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rotation_that_a_crash_cut_short_is_completed_if_the_chain_has_it_and_else_forgotten(bool recorded)
    {
        var config = _gate.Configuration;
        await _gate.StopAsync();
        string before, next;
        using (var key = KeyFile.LoadOrCreateEd25519(config.ReceiptSigningKeyPath, "receipt signing"))
        using (var left = KeyFile.LoadOrCreateEd25519(config.ReceiptSigningKeyPath + ".next", "receipt signing"))
        using (var ledger = Ledger.Open(config.LedgerDbPath, key, TimeProvider.System, new LedgerOptions { AllowVolatile = true }))
        {
            (before, next) = (key.KeyId, left.KeyId);
            using var json = new LatchGate.Json.CanonicalWriter();
            await ledger.AppendEventAsync(new AuditEvent
            {
                TraceId = "t",
                EventType = EventTypes.ReceiptKeyRotated,
                Decision = AuditDecision.Allow,
                Principal = "default",
                Detail = json.BeginObject().Member("kid"u8, recorded ? next : "0000000000000000").Member("previous_kid"u8, before).End().Finish(),
            });
        }

        await _gate.StartAgainAsync();
        await YoungerAsync();
        Assert.False(File.Exists(config.ReceiptSigningKeyPath + ".next"));
        using var agent = _gate.Wire();
        await agent.LeaseAsync();
        Assert.Equal(recorded ? next : before, (await agent.AuthorizedAsync("GET", $"/v1/receipts/{await CallAsync(agent)}")).Text("signing_key_id"));
        Assert.Equal(0, await Cli.RunAsync("verify"));
    }

    [Fact]
    public async Task What_is_no_key_is_refused_and_changes_nothing()
    {
        using var @operator = _gate.WireOperator();
        foreach (var bad in new[] { "", "{}", "[]", """{"key":"lease"}""", """{"key":"receipt","force":true}""", """{"key":1}""" })
        {
            (await @operator.AuthorizedAsync("POST", "/v1/admin/keys/rotate", bad)).Refused(400, "bad_request");
        }

        Assert.Single((await @operator.AuthorizedAsync("GET", "/v1/receipt-keys")).Json.GetProperty("keys").EnumerateArray());
    }

    // A proof must be younger than the restart, and iat has whole seconds.
    private static Task YoungerAsync() => Task.Delay(1100, TestContext.Current.CancellationToken);

    private async Task<string> CallAsync(WireAgent agent)
    {
        var done = await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""");
        Assert.Equal(200, done.Status);
        return done.Text("receipt_id")!;
    }
}
