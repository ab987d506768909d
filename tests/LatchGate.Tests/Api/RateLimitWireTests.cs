using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Evidence;

namespace LatchGate.Tests.Api;

/// <summary>The four forms of 429 (reference/wire.md §1.4), each from a gate whose limit is one.</summary>
public sealed class RateLimitWireTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_that_calls_too_often_is_told_so_before_it_is_authenticated()
    {
        await using var gate = await StartAsync("execute_rps_per_session = 1");
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", Encoding.UTF8.GetString(gate.Fetch()))).Status);
        var (head, body) = await RawAsync(gate.ClientSocket, "POST", "/v1/actions/http_fetch/execute", $"authorization: DPoP {agent.Lease}\r\n");
        Assert.StartsWith("HTTP/1.1 429 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nretry-after: 1\r\n", head, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("\r\ncontent-type: application/json\r\n", head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("""{"error":"rate_limited"}""", body);
        Assert.Single(gate.Upstream.Requests);

        using var @operator = gate.Operator();
        var metrics = await MetricsAsync(gate);
        Assert.Contains("latchgate_calls_total{action=\"http_fetch\",decision=\"rate_limited\"} 1", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_without_a_session_share_the_bucket_of_their_user_and_leave_sessions_alone()
    {
        await using var gate = await StartAsync("execute_rps_anonymous = 1");
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        (await agent.SendAsync("POST", "/v1/actions/http_fetch/execute", "{}")).Refused(401, "missing_auth_header");
        Assert.Equal("""{"error":"rate_limited"}""", (await agent.SendAsync("POST", "/v1/actions/http_fetch/execute", "{}")).Content);
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", Encoding.UTF8.GetString(gate.Fetch()))).Status);
    }

    [Fact]
    public async Task The_OpenAPI_document_asks_no_more_of_a_refusal_than_a_429_has()
    {
        await using var gate = await StartAsync("execute_rps_anonymous = 1");
        using var agent = gate.Wire();
        await agent.SendAsync("POST", "/v1/actions/http_fetch/execute", "{}");
        var refusal = await agent.SendAsync("POST", "/v1/actions/http_fetch/execute", "{}");
        Assert.Equal(429, refusal.Status);
        using var members = JsonDocument.Parse(refusal.Content);
        using var document = JsonDocument.Parse((await agent.SendAsync("GET", "/v1/openapi.json")).Content);
        var schema = document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty("Refused");
        Assert.All(schema.GetProperty("required").EnumerateArray(), name => Assert.True(members.RootElement.TryGetProperty(name.GetString()!, out _), name.GetString()));
    }

    [Fact]
    public async Task Leases_asked_for_too_often_are_refused_without_retry_after()
    {
        await using var gate = await StartAsync("lease_rps = 1");
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        var (head, body) = await RawAsync(gate.ClientSocket, "POST", "/v1/leases", "");
        Assert.StartsWith("HTTP/1.1 429 ", head, StringComparison.Ordinal);
        Assert.DoesNotContain("retry-after", head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("""{"error":"rate_limit_exceeded"}""", body);
    }

    [Fact]
    public async Task An_operator_who_decides_too_often_is_throttled_and_another_route_says_it_its_own_way()
    {
        await using var gate = await StartAsync("operator_write_rps = 1\noperator_read_rps = 1");
        using var @operator = gate.Operator();
        Assert.Equal(404, (await @operator.DenyAsync("a1", null, Cancellation)).Status);
        var denied = await @operator.DenyAsync("a1", null, Cancellation);
        Assert.Equal((429, """{"error":"operator_throttled"}"""), (denied.Status, denied.Body.GetRawText()));
        var revoked = await @operator.RevokeAllAsync(Cancellation);
        Assert.Equal((429, """{"error":"rate_limit_exceeded"}"""), (revoked.Status, revoked.Body.GetRawText()));

        Assert.Equal(200, (await @operator.StatusAsync(Cancellation)).Status);
        var status = await @operator.StatusAsync(Cancellation);
        Assert.Equal((429, """{"error":"rate_limit_exceeded"}"""), (status.Status, status.Body.GetRawText()));
    }

    [Fact]
    public async Task The_detail_of_an_approval_is_throttled_with_an_empty_answer_and_a_decision_with_retry_after()
    {
        await using var gate = await StartAsync("operator_write_rps = 1\noperator_read_rps = 1");
        using var @operator = new RawOperator(gate);
        await @operator.SendAsync("GET", "/v1/approvals/a1");
        var (head, body) = await @operator.SendAsync("GET", "/v1/approvals/a1");
        Assert.StartsWith("HTTP/1.1 429 ", head, StringComparison.Ordinal);
        Assert.Equal("", body);
        Assert.DoesNotContain("content-type", head, StringComparison.OrdinalIgnoreCase);

        await @operator.SendAsync("POST", "/v1/approvals/a1/approve");
        (head, body) = await @operator.SendAsync("POST", "/v1/approvals/a1/approve");
        Assert.StartsWith("HTTP/1.1 429 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nretry-after: 2\r\n", head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("""{"error":"operator_throttled"}""", body);
    }

    [Fact]
    public async Task Guessed_operator_keys_are_throttled_and_an_operator_of_the_same_user_is_not_locked_out()
    {
        await using var gate = await StartAsync("operator_failure_rps = 1");
        using var guesser = gate.Wire(gate.AdminSocket);
        guesser.Lease = "key-guess-0123456789abcdef";
        for (var i = 0; i < 10; i++)
        {
            (await guesser.AuthorizedAsync("GET", "/v1/admin/status")).Refused(401, "invalid_operator_token");
        }

        var throttled = await guesser.AuthorizedAsync("GET", "/v1/admin/status");
        Assert.Equal((429, """{"error":"rate_limit_exceeded"}"""), (throttled.Status, throttled.Content));
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(429, (await guesser.AuthorizedAsync("POST", "/v1/approvals/a/approve")).Status);
        }

        using var @operator = gate.Operator();
        Assert.Equal(200, (await @operator.StatusAsync(Cancellation)).Status);

        // Ten failures are events, and of the throttled ones no more than one a second.
        await gate.RestartAsync();
        using var reader = new LedgerReader(gate.LedgerPath);
        var refused = reader.EventsFrom(1, 1000).Select(e => JsonDocument.Parse(e.Json).RootElement)
            .Where(e => e.GetProperty("event_type").GetString() == EventTypes.AuthDenied).Select(e => e.GetProperty("deny_reason").GetString()!).ToList();
        Assert.Equal(10, refused.Count(reason => reason == "auth: invalid_operator_token"));
        Assert.InRange(refused.Count(reason => reason.Contains("one such event a second", StringComparison.Ordinal)), 1, 30);
    }

    [Fact]
    public async Task A_flood_of_failed_authentications_does_not_fill_the_ledger_and_each_is_refused_all_the_same()
    {
        const int Rounds = 200;
        await using var gate = await StartAsync("operator_failure_rps = 1");
        using var stranger = gate.Wire();
        using var thief = gate.Wire(gate.AdminSocket);
        var apiKey = File.ReadAllText(Assert.Single(gate.Configuration.OperatorCredentials).ApiKeyFile!).Trim();
        var told = new List<string>();
        for (var i = 0; i < Rounds; i++)
        {
            var session = Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"session_id":"{{i:d4}}"}""")).TrimEnd('=');
            WireAnswer[] answers =
            [
                (await stranger.SendAsync("GET", "/v1/approvals/none/poll")).Refused(401, "missing_auth_header"),
                (await stranger.SendAsync("GET", "/v1/receipts/none")).Refused(401, "missing_auth_header"),
                (await stranger.SendAsync("POST", "/v1/actions/http_fetch/execute", "{}", authorization: $"DPoP e30.{session}.eA")).Refused(401, "missing_auth_header"),
                (await thief.SendAsync("GET", "/v1/admin/whoami", authorization: $"DPoP {apiKey}")).Refused(401, "missing_dpop_header"),
            ];
            told.AddRange(answers.Select(answer => answer.Text("trace_id")).OfType<string>());
        }

        // The first ten, then one a second, are events. An answer names a request only where the ledger has it.
        await gate.RestartAsync();
        using var reader = new LedgerReader(gate.LedgerPath);
        var recorded = reader.EventsFrom(1, 10_000).Select(e => JsonDocument.Parse(e.Json).RootElement)
            .Where(e => e.GetProperty("deny_reason").GetString()?.StartsWith("auth: ", StringComparison.Ordinal) == true)
            .Select(e => e.GetProperty("trace_id").GetString()!).ToList();
        Assert.InRange(recorded.Count, 10, Rounds);
        Assert.Equal(told.Order(), recorded.Order());
    }

    [Fact]
    public async Task Where_an_api_key_alone_lets_in_a_good_guess_is_throttled_like_a_bad_one()
    {
        await using var gate = await StartAsync("operator_failure_rps = 1", "[posture]\noperator_auth_insecure = true\n");
        using var admin = gate.Wire(gate.AdminSocket);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(401, (await admin.SendAsync("GET", "/v1/admin/whoami", authorization: "DPoP key-guess-0123456789abcdef")).Status);
        }

        // A token comes back each second; an unthrottled gate would let every one of these in.
        var apiKey = File.ReadAllText(Assert.Single(gate.Configuration.OperatorCredentials).ApiKeyFile!).Trim();
        Assert.Equal(429, (await admin.SendAsync("GET", "/v1/admin/whoami", authorization: $"DPoP {apiKey}")).Status);
    }

    private static async Task<LiveGate> StartAsync(string limits, string more = "")
    {
        var keys = limits.Split('\n').Select(line => line.Split(' ')[0]).ToHashSet();
        string[] all = ["execute_rps_per_session", "execute_rps_anonymous", "execute_rps_per_peer", "lease_rps", "operator_read_rps", "operator_write_rps", "operator_failure_rps"];
        var rest = string.Join('\n', all.Where(key => !keys.Contains(key)).Select(key => $"{key} = 100000"));
        var gate = new LiveGate { RateLimits = $"[rate_limits]\n{limits}\n{rest}\n", MoreConfiguration = more };
        await gate.InitializeAsync();
        return gate;
    }

    private static async Task<string> MetricsAsync(LiveGate gate)
    {
        using var @operator = new RawOperator(gate);
        return (await @operator.SendAsync("GET", "/metrics")).Body;
    }

    /// <summary>One request as bytes, and the answer as text.</summary>
    private static async Task<(string Head, string Body)> RawAsync(string socket, string method, string path, string headers)
    {
        using var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), Cancellation);
        await using var stream = new NetworkStream(connection);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}content-length: 2\r\n\r\n{{}}"), Cancellation);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(Cancellation);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return (text[..(end + 2)], text[(end + 4)..]);
    }

    /// <summary>The gate's operator, whose answers are seen with their headers.</summary>
    private sealed class RawOperator(LiveGate gate) : IDisposable
    {
        private readonly LatchGate.Identity.DpopProofFactory _proofs = new(LatchGate.Cli.Client.OperatorDiscovery.ReadKey(
            Path.Combine(Path.GetDirectoryName(gate.Configuration.Source.File)!, "operators", "default.pem")));

        public void Dispose() => _proofs.Dispose();

        internal Task<(string Head, string Body)> SendAsync(string method, string path)
        {
            using SecureMemory key = gate.Configuration.OperatorCredentials[0].ReadApiKey();
            var proof = _proofs.Create(method, gate.Configuration.PublicBaseUrl + path, key.Span);
            return RawAsync(gate.AdminSocket, method, path, $"authorization: DPoP {Encoding.ASCII.GetString(key.Span)}\r\ndpop: {proof}\r\n");
        }
    }
}
