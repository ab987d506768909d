using System.Globalization;
using System.Text;
using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Pipeline;
using LatchGate.Storage;
using LatchGate.Tests.Api;
using LatchGate.Tests.Cli;
using LatchGate.Tests.HostIo;
using LatchGate.Tests.Secrets;

namespace LatchGate.Tests.Webhooks;

/// <summary>Webhooks of a whole gate: from a call to its receiver, the operators' routes, and the command line.</summary>
public sealed class WebhookWireTests : IAsyncLifetime
{
    // Of the fixture.
    private const string Secret = "ghp_0123456789abcdefghij";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private readonly SecretFiles _secrets = new();
    private readonly Receiver _receiver;
    private readonly LiveGate _gate;
    private volatile string _answer = Ok;

    public WebhookWireTests()
    {
        _receiver = new Receiver((_, stream, stop) => Receiver.Say(stream, _answer, stop), TestCertificates.SelfSigned("127.0.0.1"));
        var ca = _secrets.Root.Write("ca.pem", _receiver.Certificate.ExportCertificatePem());
        _gate = new LiveGate
        {
            MoreConfiguration = string.Create(CultureInfo.InvariantCulture, $"""

                [secrets]
                sops_secrets_file = '{_secrets.Path}'
                sops_key_file = '{_secrets.Key}'

                [[webhooks]]
                name = "hook"
                url = "https://127.0.0.1:{_receiver.Port}/in"
                secret = "GITHUB_TOKEN"
                ca_file = '{ca}'
                events = ["approval.pending", "approval.granted", "approval.denied", "action.executed", "action.denied", "revocation", "key.rotated"]
                retry_backoff_seconds = [1]
                max_retries = 20

                [[webhooks]]
                name = "off"
                url = "https://192.0.2.1/in"
                secret = "NOT_THERE"
                events = ["revocation"]
                disable = true

                """),
        };
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _gate.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _gate.DisposeAsync();
        await _receiver.DisposeAsync();
        _secrets.Dispose();
    }

    private async Task<JsonElement> UntilAsync(string type, Func<JsonElement, bool>? isIt = null)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            foreach (var request in _receiver.Requests)
            {
                using var document = JsonDocument.Parse(request.Body);
                if (document.RootElement.GetProperty("type").GetString() == type && isIt?.Invoke(document.RootElement) != false)
                {
                    return document.RootElement.Clone();
                }
            }

            Assert.False(patience.IsCancellationRequested, $"no {type}");
            await Task.Delay(20, Cancel);
        }
    }

    private async Task<JsonElement> DeliveriesAsync(WireAgent @operator, string query, Func<JsonElement[], bool> areThey)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var answer = await @operator.AuthorizedAsync("GET", "/v1/admin/webhooks/deliveries", query: query);
            Assert.Equal(200, answer.Status);
            var all = answer.Json.GetProperty("deliveries");
            if (areThey([.. all.EnumerateArray()]))
            {
                return all;
            }

            Assert.False(patience.IsCancellationRequested, answer.Content);
            await Task.Delay(50, Cancel);
        }
    }

    [Fact]
    public async Task A_waiting_call_is_told_of_with_its_request_and_without_its_secrets()
    {
        using var agent = await _gate.AgentAsync();
        var body = $$"""{"url":"{{_gate.Url("/items/7?token=abcdefgh12345678&page=2")}}"}""";
        var held = await agent.ExecuteAsync("http_delete", Encoding.UTF8.GetBytes(body), Cancel);
        Assert.Equal(202, held.Status);
        var data = (await UntilAsync("approval.pending")).GetProperty("data");
        Assert.Equal(
            (held.Text("approval_id"), "http_delete", _gate.Principal, "high", held.Text("request_hash")),
            (Text(data, "approval_id"), Text(data, "action_id"), Text(data, "principal"), Text(data, "risk_level"), Text(data, "request_hash")));
        var summary = data.GetProperty("request_summary");
        Assert.Equal("DELETE", Text(summary, "method"));
        Assert.Contains("/items/7?", Text(summary, "url"), StringComparison.Ordinal);
        Assert.DoesNotContain("abcdefgh12345678", summary.GetRawText(), StringComparison.Ordinal);
        Assert.Empty(data.GetProperty("unresolved_domains").EnumerateArray());

        // Asked again, it is the same waiting call: nobody is told twice.
        Assert.Equal(held.Text("approval_id"), (await agent.ExecuteAsync("http_delete", Encoding.UTF8.GetBytes(body), Cancel)).Text("approval_id"));
        using var @operator = _gate.Operator();
        Assert.Equal(200, (await @operator.ApproveAsync(held.Text("approval_id")!, Cancel)).Status);
        var granted = (await UntilAsync("approval.granted")).GetProperty("data");
        var executed = (await UntilAsync("action.executed")).GetProperty("data");
        Assert.Equal(("default", Text(executed, "receipt_id")), (Text(granted, "approved_by"), Text(granted, "receipt_id")));
        Assert.Single(_receiver.Requests, r => Receiver.Header(r, "x-latchgate-event-type") == "approval.pending");

        // At rest, what was asked for is not among what waits for receivers.
        using (var database = Database.Open(_gate.LedgerPath, DatabaseAccess.ReadOnly))
        {
            Assert.Equal(1, database.Scalar("SELECT count(*) FROM webhook_outbox WHERE type = 'approval.pending' AND instr(CAST(envelope AS TEXT), 'http_delete') > 0"));
            Assert.Equal(0, database.Scalar("SELECT count(*) FROM webhook_outbox WHERE instr(CAST(envelope AS TEXT), '/items/7') > 0"));
        }

        Assert.Null(_gate.Verify().Defect);
    }

    [Fact]
    public async Task What_operators_do_is_told_too()
    {
        using var @operator = _gate.WireOperator();
        Assert.Equal(200, (await @operator.AuthorizedAsync("POST", "/v1/admin/keys/rotate", """{"key":"grant"}""")).Status);
        var rotated = (await UntilAsync("key.rotated")).GetProperty("data");
        Assert.Equal(("default", "grant"), (Text(rotated, "operator_id"), Text(rotated, "key")));
        Assert.Matches("^[0-9a-f]{16}$", Text(rotated, "kid"));
        Assert.Equal(200, (await @operator.AuthorizedAsync("POST", "/v1/admin/revoke-all")).Status);
        var revoked = (await UntilAsync("revocation")).GetProperty("data");
        Assert.Equal(("default", 1), (Text(revoked, "operator_id"), revoked.GetProperty("new_epoch").GetInt64() - revoked.GetProperty("old_epoch").GetInt64()));
    }

    [Fact]
    public async Task An_event_that_was_not_delivered_before_a_restart_is_delivered_after_it()
    {
        _answer = Receiver.Status(503);
        using (var agent = await _gate.AgentAsync())
        {
            Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", _gate.Fetch(), Cancel)).Status);
        }

        var first = await UntilAsync("action.executed");
        await _gate.StopAsync();
        var before = _receiver.Requests.Count;
        _answer = Ok;
        await _gate.StartAsync();
        using var reader = new LedgerReader(_gate.LedgerPath);
        await Eventually.HoldsAsync(() => reader.ListDeliveries(new DeliveryQuery(DeliveryState.Delivered, null, null, 10)).Count > 0);

        Assert.Equal(Text(first, "id"), Receiver.Header(_receiver.Requests.Skip(before).First(), "x-latchgate-event-id"));
    }

    [Fact]
    public async Task Operators_list_test_replay_and_purge_and_each_change_is_in_the_chain()
    {
        using var @operator = _gate.WireOperator();
        var listed = (await @operator.AuthorizedAsync("GET", "/v1/admin/webhooks")).Json.GetProperty("webhooks").EnumerateArray().ToArray();
        Assert.Equal(["hook", "off"], listed.Select(w => Text(w, "name")));
        Assert.Equal((false, true, "generic"), (listed[0].GetProperty("disabled").GetBoolean(), listed[0].GetProperty("signed").GetBoolean(), Text(listed[0], "format")));
        Assert.DoesNotContain("/in", listed[0].GetRawText(), StringComparison.Ordinal);

        var test = await @operator.AuthorizedAsync("POST", "/v1/admin/webhooks/hook/test");
        Assert.Equal((200, true, 200), (test.Status, test.Json.GetProperty("ok").GetBoolean(), test.Json.GetProperty("status_code").GetInt32()));
        Assert.Equal("default", Text((await UntilAsync("test")).GetProperty("data"), "operator_id"));
        var off = await @operator.AuthorizedAsync("POST", "/v1/admin/webhooks/off/test");
        Assert.Equal((false, "secret_missing"), (off.Json.GetProperty("ok").GetBoolean(), off.Text("error")));
        (await @operator.AuthorizedAsync("POST", "/v1/admin/webhooks/none/test")).Refused(404, "not_found");

        _answer = Receiver.Status(410);
        Assert.Equal(200, (await @operator.AuthorizedAsync("POST", "/v1/admin/revoke-all")).Status);
        Assert.Equal(200, (await @operator.AuthorizedAsync("POST", "/v1/admin/revoke-all")).Status);
        var dead = await DeliveriesAsync(@operator, "?state=dead&endpoint=hook", all => all.Length == 2);
        Assert.Equal(("http_410", 410, 1), (Text(dead[0], "error"), dead[0].GetProperty("status_code").GetInt32(), dead[0].GetProperty("attempts").GetInt32()));
        var status = (await @operator.AuthorizedAsync("GET", "/v1/admin/status")).Json.GetProperty("webhooks");
        Assert.Equal((true, 0, 2), (status.GetProperty("active").GetBoolean(), status.GetProperty("pending_deliveries").GetInt64(), status.GetProperty("dead_letters").GetInt64()));
        var metrics = (await @operator.AuthorizedAsync("GET", "/metrics")).Content;
        Assert.Contains("latchgate_webhook_dead_letters 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("latchgate_webhook_outbox_pending 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("latchgate_webhook_deliveries_total{endpoint=\"hook\",outcome=\"dead\"} 2\n", metrics, StringComparison.Ordinal);

        foreach (var bad in (string[])["", "{}", """{"all":false}""", """{"delivery":1,"all":true}""", """{"delivery":1,"endpoint":"hook"}""", """{"delivery":"1"}""", """{"all":true,"more":1}"""])
        {
            (await @operator.AuthorizedAsync("POST", "/v1/admin/webhooks/replay", bad)).Refused(400, "bad_request");
            (await @operator.AuthorizedAsync("POST", "/v1/admin/webhooks/purge", bad)).Refused(400, "bad_request");
        }

        foreach (var bad in (string[])["?state=lost", "?limit=0", "?limit=1001", "?before=x", "?endpoint=a%20b", "?more=1"])
        {
            (await @operator.AuthorizedAsync("GET", "/v1/admin/webhooks/deliveries", query: bad)).Refused(400, "bad_request");
        }

        (await @operator.AuthorizedAsync("POST", "/v1/admin/webhooks/replay", """{"delivery":999}""")).Refused(404, "not_found");
        _answer = Ok;
        var id = dead[1].GetProperty("id").GetInt64();
        Assert.Equal(1, (await @operator.AuthorizedAsync("POST", "/v1/admin/webhooks/replay", $$"""{"delivery":{{id}}}""")).Json.GetProperty("replayed").GetInt32());
        await DeliveriesAsync(@operator, "?state=delivered", all => all.Length == 1);
        Assert.Equal(0, (await @operator.AuthorizedAsync("POST", "/v1/admin/webhooks/purge", """{"all":true,"endpoint":"off"}""")).Json.GetProperty("purged").GetInt32());
        Assert.Equal(1, (await @operator.AuthorizedAsync("POST", "/v1/admin/webhooks/purge", """{"all":true}""")).Json.GetProperty("purged").GetInt32());
        await DeliveriesAsync(@operator, "?state=dead", all => all.Length == 0);

        foreach (var (type, count) in ((string, int)[])[("webhook_tested", 2), ("webhook_replayed", 1), ("webhook_purged", 1)])
        {
            var events = (await @operator.AuthorizedAsync("GET", "/v1/audit/events", query: "?event_type=" + type)).Json.GetProperty("events").EnumerateArray().ToArray();
            Assert.Equal(count, events.Length);
            Assert.All(events, e => Assert.Equal(("default", "operator_dpop"), (Text(e, "principal"), Text(e, "operator_authn_method"))));
        }

        Assert.Null(_gate.Verify().Defect);
    }

    [Fact]
    public async Task The_command_line_lists_tests_and_looks_after_dead_letters()
    {
        var cli = new CliRun(_gate.Environment, _gate.Configuration.Source.File);
        Assert.Equal(0, await cli.RunAsync("webhooks", "list"));
        Assert.Contains("hook", cli.Output, StringComparison.Ordinal);
        Assert.Contains("disabled", cli.Output, StringComparison.Ordinal);
        Assert.Equal(0, await cli.RunAsync("webhooks", "test", "hook", "--json"));
        Assert.Equal(("hook", true, 200), (cli.Json.GetProperty("name").GetString(), cli.Json.GetProperty("ok").GetBoolean(), cli.Json.GetProperty("status_code").GetInt32()));
        _answer = Receiver.Status(403);
        Assert.Equal(1, await cli.RunAsync("webhooks", "test", "hook"));
        Assert.Contains("http_403", cli.Error, StringComparison.Ordinal);

        using var @operator = _gate.WireOperator();
        Assert.Equal(200, (await @operator.AuthorizedAsync("POST", "/v1/admin/revoke-all")).Status);
        await DeliveriesAsync(@operator, "?state=dead", all => all.Length == 1);
        Assert.Equal(0, await cli.RunAsync("webhooks", "dead-letters", "list"));
        Assert.Contains("http_403", cli.Output, StringComparison.Ordinal);
        Assert.Equal(0, await cli.RunAsync("webhooks", "deliveries", "--state", "dead", "--endpoint", "hook", "--json"));
        var id = cli.Json.GetProperty("deliveries")[0].GetProperty("id").GetInt64().ToString(CultureInfo.InvariantCulture);
        Assert.Equal(64, await cli.RunAsync("webhooks", "deliveries", "--state", "lost"));
        Assert.Equal(64, await cli.RunAsync("webhooks", "dead-letters", "replay"));
        Assert.Equal(64, await cli.RunAsync("webhooks", "dead-letters", "replay", id, "--all"));
        Assert.Equal(1, await cli.RunAsync("webhooks", "dead-letters", "replay", "999"));
        _answer = Ok;
        Assert.Equal(0, await cli.RunAsync("webhooks", "dead-letters", "replay", id, "--json"));
        Assert.Equal(1, cli.Json.GetProperty("replayed").GetInt32());
        await DeliveriesAsync(@operator, "?state=delivered", all => all.Length == 1);
        Assert.Equal(0, await cli.RunAsync("webhooks", "dead-letters", "purge", "--all"));
        Assert.Equal(0, await cli.RunAsync("webhooks", "dead-letters", "list"));
        Assert.Contains("There are none.", cli.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_judges_the_webhooks_as_the_start_does()
    {
        var cli = new CliRun(_gate.Environment, _gate.Configuration.Source.File);
        await cli.RunAsync("doctor", "--json");
        var checks = cli.Json.GetProperty("checks").EnumerateArray().Where(c => Text(c, "section") == "Webhooks").ToDictionary(c => Text(c, "check")!, c => Text(c, "severity"));
        Assert.Equal(new Dictionary<string, string?> { ["webhook_hook"] = "ok", ["webhook_off"] = "skip" }, checks);

        // Enabled, it can never be reached, so the gate does not start, and doctor says why.
        var file = _gate.Configuration.Source.File!;
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, Cancel)).Replace("disable = true", "", StringComparison.Ordinal), Cancel);
        await cli.RunAsync("doctor", "--json");
        var check = cli.Json.GetProperty("checks").EnumerateArray().Single(c => Text(c, "check") == "webhook_off");
        Assert.Equal("error", Text(check, "severity"));
        Assert.Contains("192.0.2.1:443: private_target", Text(check, "message"), StringComparison.Ordinal);
        var e = await Assert.ThrowsAsync<StartupException>(_gate.ReconfigureAsync);
        Assert.Equal(StartupError.WebhookConfigInvalid, e.Error);
        Assert.Contains("private_target", e.Detail, StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            file, (await File.ReadAllTextAsync(file, Cancel)).Replace("https://192.0.2.1/in", "https://hooks.example.com/in", StringComparison.Ordinal), Cancel);
        await cli.RunAsync("doctor", "--json");
        check = cli.Json.GetProperty("checks").EnumerateArray().Single(c => Text(c, "check") == "webhook_off");
        Assert.Contains("'NOT_THERE'", Text(check, "message"), StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, Cancel)).Replace("NOT_THERE", "GITHUB_TOKEN", StringComparison.Ordinal), Cancel);
        await _gate.StartReconfiguredAsync();
    }

    [Fact]
    public async Task The_configurations_secret_is_what_signs()
    {
        using var agent = await _gate.AgentAsync();
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", _gate.Fetch(), Cancel)).Status);
        await UntilAsync("action.executed");
        var request = _receiver.Requests.First(r => Receiver.Header(r, "x-latchgate-event-type") == "action.executed");
        byte[] signed = [.. Encoding.ASCII.GetBytes(Receiver.Header(request, "x-latchgate-timestamp") + "."), .. request.Body];
        var expected = System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), signed);
        Assert.Equal("sha256=" + Convert.ToHexStringLower(expected), Receiver.Header(request, "x-latchgate-signature"));
    }

    private static string? Text(JsonElement e, string member) => e.GetProperty(member).GetString();
}
