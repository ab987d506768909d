using System.Globalization;
using LatchGate.Actions;
using LatchGate.Approvals;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Pipeline;
using LatchGate.Storage;
using LatchGate.Tests.Api;
using LatchGate.Tests.Cli;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.Telemetry;

/// <summary>Each metric of docs/telemetry.md, driven through a whole gate and scraped from it.</summary>
public sealed class MetricsWireTests : IAsyncLifetime
{
    private static readonly TimeSpan Waited = TimeSpan.FromSeconds(100);

    private readonly LiveGate _gate = new()
    {
        Settings = root => $"listen_metrics_uds_path = \"{root}/run/metrics.sock\"",
        Actions = Offered(),
        PolicyData = principal => $$$$"""
            {"policy_version":"v1","acl":{"{{{{principal}}}}":{
              "allowed_actions":["http_fetch","http_delete","quick_fetch","strict_fetch"],"allowed_sinks":["http_read","http_write","http_delete"]}}}
            """,
        Before = WriteEarlierAsync,
    };

    public ValueTask InitializeAsync() => _gate.InitializeAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    public async Task Calls_and_their_time_are_counted_by_action_and_decision()
    {
        using var agent = await AgentAsync();
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", Fetch("/"))).Status);
        (await agent.ExecuteAsync("no_such_action", "{}")).Refused(404, "action_not_found");
        (await agent.ExecuteAsync("http_fetch", "{}")).Refused(422, "schema_violation");
        Assert.Equal(202, (await agent.ExecuteAsync("http_delete", Fetch("/counted"))).Status);
        var metrics = await ScrapeAsync();
        Assert.Equal(1, metrics["""latchgate_calls_total{action="http_fetch",decision="allow"}"""]);
        Assert.Equal(1, metrics["""latchgate_calls_total{action="http_fetch",decision="deny"}"""]);
        Assert.Equal(1, metrics["""latchgate_calls_total{action="unknown",decision="deny"}"""]);
        Assert.Equal(1, metrics["""latchgate_calls_total{action="http_delete",decision="pending_approval"}"""]);
        Assert.Equal(2, metrics["""latchgate_action_duration_seconds_count{action="http_fetch"}"""]);
        Assert.Equal(2, metrics["""latchgate_action_duration_seconds_bucket{action="http_fetch",le="+Inf"}"""]);
        Assert.DoesNotContain(metrics.Keys, key => key.Contains("no_such_action", StringComparison.Ordinal) || key.Contains("_total_total", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_operators_decision_is_counted_as_the_calls_ending()
    {
        using var agent = await AgentAsync();
        using var @operator = _gate.Operator();
        foreach (var (path, decide) in new[] { ("/yes", true), ("/no", false) })
        {
            var id = (await agent.ExecuteAsync("http_delete", Fetch(path))).Text("approval_id")!;
            var answer = decide ? await @operator.ApproveAsync(id, Cancel) : await @operator.DenyAsync(id, "no", Cancel);
            Assert.Equal(200, answer.Status);
        }

        // What decides nothing is no call.
        Assert.Equal(404, (await @operator.ApproveAsync(AuthorizedCall.NewId(), Cancel)).Status);
        var metrics = await ScrapeAsync();
        Assert.DoesNotContain("""latchgate_calls_total{action="unknown",decision="deny"}""", metrics.Keys);
        Assert.Equal(1, metrics["""latchgate_calls_total{action="http_delete",decision="allow"}"""]);
        Assert.Equal(1, metrics["""latchgate_calls_total{action="http_delete",decision="deny"}"""]);

        // Asked at each request, and again when the first was approved.
        Assert.Equal(3, metrics["""latchgate_policy_decisions_total{decision="pending_approval"}"""]);
    }

    [Fact]
    public async Task Refused_proofs_are_counted_by_reason()
    {
        using var agent = await AgentAsync();
        var proof = agent.Proof("POST", "/v1/actions/http_fetch/execute");
        for (var i = 0; i < 2; i++)
        {
            await agent.SendAsync("POST", "/v1/actions/http_fetch/execute", Fetch("/"), authorization: $"DPoP {agent.Lease}", proof: proof);
        }

        await agent.SendAsync("POST", "/v1/actions/http_fetch/execute", Fetch("/"), authorization: $"DPoP {agent.Lease}", proof: agent.Proof("GET", "/v1/actions/http_fetch/execute"));
        var metrics = await ScrapeAsync();
        Assert.Equal((1, 1), (metrics["""latchgate_dpop_rejects_total{reason="replay"}"""], metrics["""latchgate_dpop_rejects_total{reason="bad_htm"}"""]));
    }

    [Fact]
    public async Task The_policys_answers_and_their_time_are_counted()
    {
        using var agent = await AgentAsync();
        await agent.ExecuteAsync("http_fetch", Fetch("/"));
        await agent.ExecuteAsync("http_delete", Fetch("/asked"));
        var metrics = await ScrapeAsync();
        Assert.Equal(1, metrics["""latchgate_policy_decisions_total{decision="allow"}"""]);
        Assert.Equal(1, metrics["""latchgate_policy_decisions_total{decision="pending_approval"}"""]);
        Assert.Equal(2, metrics["""latchgate_opa_request_duration_seconds_count{operation="evaluate"}"""]);
    }

    [Fact]
    public async Task A_spent_budget_is_counted_by_its_bound()
    {
        using var agent = _gate.Wire();
        await agent.LeaseAsync("""{"max_calls":1}""");
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", Fetch("/"))).Status);
        (await agent.ExecuteAsync("http_fetch", Fetch("/"))).Refused(403, "budget_exhausted");
        Assert.Equal(1, (await ScrapeAsync())["""latchgate_budget_exhausted_total{bound="session"}"""]);
    }

    [Fact]
    public async Task What_goes_wrong_in_executions_is_counted_by_kind()
    {
        using var agent = await AgentAsync();
        (await agent.ExecuteAsync("http_fetch", Fetch("/broken"))).Refused(502, "upstream_error");
        (await agent.ExecuteAsync("strict_fetch", Fetch("/"))).Refused(502, "response_schema_violation");
        using (var held = new ManualResetEventSlim())
        {
            _gate.OnUpstreamRequest = () => held.Wait(TimeSpan.FromSeconds(5), Cancel);
            Assert.NotEqual(200, (await agent.ExecuteAsync("quick_fetch", Fetch("/"))).Status);
            held.Set();
        }

        var metrics = await ScrapeAsync();
        Assert.Equal(1, metrics["""latchgate_provider_errors_total{action="http_fetch",error_type="upstream_failed"}"""]);
        Assert.Equal(1, metrics["""latchgate_response_schema_violations_total{action="strict_fetch"}"""]);
        Assert.Equal(1, metrics["""latchgate_provider_timeouts_total{action="quick_fetch"}"""]);
        Assert.Equal(1, Assert.Single(metrics, m => m.Key.StartsWith("latchgate_provider_errors_total{action=\"quick_fetch\",error_type=", StringComparison.Ordinal)).Value);
    }

    [Fact]
    public async Task Commits_are_timed_and_writes_that_the_ledger_does_not_take_are_counted()
    {
        using var agent = await AgentAsync();
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", Fetch("/"))).Status);
        var metrics = await ScrapeAsync();
        var commits = metrics["latchgate_ledger_write_duration_seconds_count"];
        Assert.True(commits >= 2, "an execution has two commits");
        Assert.Equal(0, metrics["latchgate_audit_write_errors_total"]);
        using (var other = Database.Open(_gate.LedgerPath, DatabaseAccess.ReadWrite))
        {
            other.Execute("CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'refused by the test'); END");
            (await agent.ExecuteAsync("http_fetch", Fetch("/"))).Refused(503, "store_unavailable");
            other.Execute("DROP TRIGGER refuse");
        }

        metrics = await ScrapeAsync();
        Assert.True(metrics["latchgate_audit_write_errors_total"] >= 1);
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", Fetch("/"))).Status);
    }

    [Fact]
    public async Task What_is_left_from_before_is_in_the_gauges()
    {
        var metrics = await ScrapeAsync();
        Assert.Equal(1, metrics["latchgate_unresolved_intents"]);
        Assert.InRange(metrics["latchgate_oldest_pending_approval_seconds"], Waited.TotalSeconds, Waited.TotalSeconds + 600);
        Assert.InRange(metrics["latchgate_coarse_clock_unix_seconds"], DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 600, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
    }

    [Fact]
    public async Task A_probe_of_a_gate_that_is_not_ready_is_counted_by_reason()
    {
        using var @operator = _gate.Operator();
        using var nobody = _gate.Wire();
        Assert.Equal(200, (await nobody.SendAsync("GET", "/readyz")).Status);
        Assert.DoesNotContain("latchgate_readyz_degraded_total", string.Join('\n', (await ScrapeAsync()).Keys), StringComparison.Ordinal);
        Assert.Equal(200, (await @operator.DrainAsync(Cancel)).Status);
        Assert.Equal(503, (await nobody.SendAsync("GET", "/readyz")).Status);
        Assert.Equal(1, (await ScrapeAsync())["""latchgate_readyz_degraded_total{reason="draining"}"""]);
    }

    [Fact]
    public async Task A_ledger_that_cannot_be_read_is_told_and_takes_neither_the_status_nor_the_metrics_along()
    {
        using var ledger = Database.Open(_gate.LedgerPath, DatabaseAccess.ReadWrite);
        ledger.Execute("ALTER TABLE webhook_outbox RENAME TO away");
        try
        {
            using var @operator = _gate.WireOperator();
            var status = await @operator.AuthorizedAsync("GET", "/v1/admin/status");
            Assert.Equal(200, status.Status);
            Assert.StartsWith("ledger_unreadable: ", status.Text("ledger_problem"), StringComparison.Ordinal);
            Assert.Null(status.Text("unresolved_intents"));
            var metrics = await ScrapeAsync();
            Assert.Equal(1, metrics["latchgate_ledger_unreadable"]);
            Assert.Contains("latchgate_in_flight_calls", metrics.Keys);
            Assert.DoesNotContain("latchgate_unresolved_intents", metrics.Keys);
            Assert.DoesNotContain("latchgate_webhook_dead_letters", metrics.Keys);
        }
        finally
        {
            ledger.Execute("ALTER TABLE away RENAME TO webhook_outbox");
        }

        Assert.Equal(0, (await ScrapeAsync())["latchgate_ledger_unreadable"]);
    }

    [Fact]
    public async Task The_socket_for_collectors_serves_metrics_without_a_proof_and_nothing_else()
    {
        var path = _gate.Configuration.ListenMetricsUdsPath!;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        using var collector = _gate.Wire(path);
        var answer = await collector.SendAsync("GET", "/metrics");
        Assert.Equal((200, "application/openmetrics-text; version=1.0.0; charset=utf-8"), (answer.Status, answer.ContentType));
        Assert.EndsWith("\n# EOF\n", answer.Content, StringComparison.Ordinal);
        foreach (var (method, target) in new[]
        {
            ("GET", "/healthz"), ("GET", "/v1/actions"), ("POST", "/v1/leases"), ("GET", "/v1/admin/status"), ("POST", "/v1/actions/http_fetch/execute"),
        })
        {
            Assert.Equal(404, (await collector.SendAsync(method, target)).Status);
        }

        Assert.Equal(405, (await collector.SendAsync("POST", "/metrics")).Status);

        // Elsewhere it takes an operator.
        using var nobody = _gate.Wire(_gate.AdminSocket);
        (await nobody.SendAsync("GET", "/metrics")).Refused(401, "missing_auth_header");
        Assert.Equal(404, (await _gate.Wire().SendAsync("GET", "/metrics")).Status);
    }

    [Fact]
    public async Task The_command_line_prints_them_with_the_operators_credential()
    {
        using var agent = await AgentAsync();
        await agent.ExecuteAsync("http_fetch", Fetch("/"));
        var cli = new CliRun(_gate.Environment, _gate.Configuration.Source.File);
        Assert.Equal(0, await cli.RunAsync("metrics"));
        Assert.Contains("# TYPE latchgate_calls counter\n", cli.Output, StringComparison.Ordinal);
        Assert.EndsWith("\n# EOF\n", cli.Output, StringComparison.Ordinal);
        Assert.Equal(0, await cli.RunAsync("metrics", "--prometheus"));
        Assert.Contains("# TYPE latchgate_calls_total counter\n", cli.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("# EOF", cli.Output, StringComparison.Ordinal);
        Assert.Equal(0, await cli.RunAsync("metrics", "--json"));
        Assert.Contains("latchgate_calls_total", cli.Json.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_document_names_each_metric_and_no_other()
    {
        var page = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "docs", "telemetry.md"));
        var start = Array.IndexOf(page, "## Metrics");
        Assert.True(start >= 0);
        var named = page.Skip(start + 1).TakeWhile(line => !line.StartsWith("### ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| `latchgate_", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1]).Select(name => name.EndsWith("_total", StringComparison.Ordinal) ? name[..^6] : name).Order(StringComparer.Ordinal);
        var source = string.Concat(Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "gate"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)).Select(File.ReadAllText));
        var made = System.Text.RegularExpressions.Regex.Matches(source, """(?:"|# TYPE )(latchgate_[a-z_]+)(?:"| (?:counter|gauge|histogram))""")
            .Select(match => match.Groups[1].Value).Where(name => name != "latchgate_native").Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(made, named);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Fetch(string path) => $$"""{"url":"{{_gate.Url(path)}}"}""";

    private async Task<WireAgent> AgentAsync()
    {
        var agent = _gate.Wire();
        Assert.Equal(200, (await agent.LeaseAsync()).Status);
        return agent;
    }

    private async Task<Dictionary<string, double>> ScrapeAsync()
    {
        using var @operator = _gate.WireOperator();
        var answer = await @operator.AuthorizedAsync("GET", "/metrics");
        Assert.Equal(200, answer.Status);
        return answer.Content.Split('\n').Where(line => line.Length > 0 && line[0] != '#')
            .ToDictionary(line => line[..line.LastIndexOf(' ')], line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    // The actions of the build, one of which gives up soon, and one of which expects another output.
    private static ActionRegistry Offered()
    {
        var all = CompiledActions.All;
        var fetch = all.Single(a => a.Id == "http_fetch");
        SchemaValidator never = static (System.Text.Json.JsonElement _, ref SchemaErrors errors) => errors.Add("/data", "is not what the test wants");
        return ActionRegistry.Create(
            [
                fetch, all.Single(a => a.Id == "http_delete"),
                fetch with { Id = "quick_fetch", Limits = fetch.Limits with { TimeoutSeconds = 1 } },
                fetch with { Id = "strict_fetch", ValidateResponse = never },
            ],
            CompiledActions.ManifestSetDigest,
            null);
    }

    private static async Task WriteEarlierAsync(LiveGate gate, Ledger ledger)
    {
        var some = Sha256Digest.Of("{}"u8);
        await ledger.RecordIntentAsync(new IntentRecord
        {
            GrantId = AuthorizedCall.NewId(),
            TraceId = AuthorizedCall.NewId(),
            ActionId = "http_fetch",
            ActionVersion = "1.0.0",
            ActionDigest = some,
            Principal = "agent:other",
            SessionId = "s",
            RequestHash = some,
            TaskDigest = some,
            ModuleDigest = some,
            StartedAt = DateTimeOffset.UtcNow,
        });
        var approval = new StoredApproval
        {
            ApprovalId = AuthorizedCall.NewId(),
            TraceId = "t",
            Principal = "agent:other",
            SessionId = "s",
            ActionId = "http_delete",
            RequestHash = some,
            PlanHash = some,
            SealedPlan = new byte[64],
            CreatedAt = DateTimeOffset.UtcNow - Waited,
            ExpiresAt = DateTimeOffset.UtcNow + TimeSpan.FromHours(1),
        };
        var asked = new AuditEvent { TraceId = "t", EventType = EventTypes.ActionCall, Decision = AuditDecision.PendingApproval, Principal = "agent:other" };
        Assert.True((await ledger.HoldApprovalAsync(approval, asked, new ApprovalBounds(10, 10))).IsDurable);
    }
}
