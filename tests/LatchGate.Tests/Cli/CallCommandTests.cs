using System.Buffers.Text;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LatchGate.Tests.Cli;

public sealed class CallCommandTests : IDisposable
{
    private const string Approval = "01990f6e-aaaa-7000-8000-000000000000";

    private const string ExpectedAth = "JW0E205eSsMIdR7QiFtyK3WGMFZ8U6cSXtn70Gjlw_Y";

    private const string Executed = """
        {"decision":"executed","trace_id":"t","action_id":"http_fetch","grant_id":"g","receipt_id":"r-1","output":{"ok":true,"status":200},
         "verification_outcome":"verified","verification":{"outcome":"verified","is_fully_successful":true},"runtime":{"duration_ms":1,"exit_code":0,"fuel_consumed":9}}
        """;

    private readonly CliHarness _cli = new();

    public void Dispose() => _cli.Dispose();

    private FakeGate Gate(Func<FakeRequest, (int, string)> script) => new(_cli.ClientSocket, request =>
        request.Path == "/v1/leases" ? (200, """{"lease_jwt":"header.payload.signature","session_id":"s","lease_jti":"j","expires_at":"2030-01-01T00:00:00Z"}""") : script(request));

    [Fact]
    public async Task An_executed_call_prints_its_output_and_names_its_receipt()
    {
        await using var gate = Gate(_ => (200, Executed));
        Assert.Equal(0, await _cli.RunAsync("call", "http_fetch", "url=https://example.com/?a=b:=c", "count:=3", "on:=true"));
        Assert.Equal("{\n  \"ok\": true,\n  \"status\": 200\n}\n", _cli.Output);
        Assert.Contains("receipt r-1", _cli.Error);
        Assert.Equal(["/v1/leases", "/v1/actions/http_fetch/execute"], gate.Requests.Select(r => r.Target));
        Assert.Equal("""{"url":"https://example.com/?a=b:=c","count":3,"on":true}""", gate.Requests[1].Body);
    }

    [Fact]
    public async Task The_lease_is_asked_for_without_authentication_and_with_the_public_key_alone()
    {
        await using var gate = Gate(_ => (200, Executed));
        await _cli.RunAsync("call", "http_fetch");
        var lease = gate.Requests[0];
        Assert.Equal("POST", lease.Method);
        Assert.False(lease.Headers.ContainsKey("Authorization"));
        Assert.Equal(["scopes", "dpop_jwk"], lease.Json.EnumerateObject().Select(m => m.Name));
        Assert.Equal(["kty", "crv", "x", "y"], lease.Json.GetProperty("dpop_jwk").EnumerateObject().Select(m => m.Name));
    }

    [Fact]
    public async Task The_proof_is_what_RFC_9449_asks_for()
    {
        _cli.Variables["LATCHGATE_PUBLIC_BASE_URL"] = "https://gate.example/";
        await using var gate = Gate(_ => (200, Executed));
        var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await _cli.RunAsync("call", "http_fetch");
        var execute = gate.Requests[1];
        Assert.Equal("DPoP header.payload.signature", execute.Headers["Authorization"]);
        var parts = execute.Headers["DPoP"].Split('.');
        var header = Decode(parts[0]);
        Assert.Equal("dpop+jwt", header.GetProperty("typ").GetString());
        Assert.Equal("ES256", header.GetProperty("alg").GetString());
        var jwk = header.GetProperty("jwk");
        Assert.Equal(gate.Requests[0].Json.GetProperty("dpop_jwk").GetRawText(), jwk.GetRawText());

        var payload = Decode(parts[1]);
        Assert.Equal("POST", payload.GetProperty("htm").GetString());
        Assert.Equal("https://gate.example/v1/actions/http_fetch/execute", payload.GetProperty("htu").GetString());
        Assert.InRange(payload.GetProperty("iat").GetInt64(), before, before + 60);
        Assert.True(Guid.TryParse(payload.GetProperty("jti").GetString(), out _));
        // printf 'header.payload.signature' | openssl dgst -sha256 -binary | basenc --base64url
        Assert.Equal(ExpectedAth, payload.GetProperty("ath").GetString());

        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Base64Url.DecodeFromChars(jwk.GetProperty("x").GetString()), Y = Base64Url.DecodeFromChars(jwk.GetProperty("y").GetString()) },
        });
        Assert.True(key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256));
    }

    [Fact]
    public async Task Json_output_is_the_gates_answer_with_ok_in_front()
    {
        await using var gate = Gate(_ => (200, Executed));
        Assert.Equal(0, await _cli.RunAsync("call", "http_fetch", "--json"));
        Assert.Equal("", _cli.Error);
        Assert.True(_cli.Json.GetProperty("ok").GetBoolean());
        Assert.Equal("r-1", _cli.Json.GetProperty("receipt_id").GetString());
        Assert.Equal(200, _cli.Json.GetProperty("output").GetProperty("status").GetInt32());
    }

    [Theory]
    [InlineData(403, """{"error":"policy_denied","deny_reason":"not for you","trace_id":"t"}""", 3, "policy_denied")]
    [InlineData(422, """{"error":"schema_violation"}""", 3, "schema_violation")]
    [InlineData(413, "too large", 3, "http_413")]
    [InlineData(502, """{"error":"action_execution_failed"}""", 1, "action_execution_failed")]
    [InlineData(503, """{"error":"draining"}""", 1, "draining")]
    public async Task A_refusal_is_not_a_failure(int status, string body, int exit, string code)
    {
        await using var gate = Gate(_ => (status, body));
        Assert.Equal(exit, await _cli.RunAsync("call", "http_fetch", "--json"));
        Assert.False(_cli.Json.GetProperty("ok").GetBoolean());
        Assert.Equal(code, _cli.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_denial_gives_its_reason_and_forged_escape_sequences_do_not_reach_the_terminal()
    {
        await using var gate = Gate(_ => (403, """{"error":"policy_denied","deny_reason":"no\u001b[2J\nfaked"}"""));
        Assert.Equal(3, await _cli.RunAsync("call", "http_fetch"));
        Assert.Equal("✗ Denied: policy_denied: no\uFFFD[2J\uFFFDfaked\n", _cli.Error);
    }

    [Fact]
    public async Task An_executed_call_that_failed_at_the_provider_has_its_own_exit_code()
    {
        await using var gate = Gate(_ => (200, Executed.Replace("\"is_fully_successful\":true", "\"is_fully_successful\":false", StringComparison.Ordinal)));
        Assert.Equal(5, await _cli.RunAsync("call", "http_fetch", "--json"));
        Assert.False(_cli.Json.GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task A_call_that_needs_approval_names_it_and_ends()
    {
        await using var gate = Gate(_ => (202, $$"""{"decision":"pending_approval","approval_id":"{{Approval}}","request_hash":"sha256:00","trace_id":"t"}"""));
        Assert.Equal(4, await _cli.RunAsync("call", "http_delete"));
        Assert.Contains($"latchgate approvals approve {Approval}", _cli.Error);
        Assert.Equal(4, await _cli.RunAsync("call", "http_delete", "--json"));
        Assert.Equal("pending_approval", _cli.Json.GetProperty("error").GetString());
        Assert.Equal(Approval, _cli.Json.GetProperty("approval_id").GetString());
    }

    [Fact]
    public async Task Waiting_ends_with_the_approved_output_from_the_receipt()
    {
        var polls = 0;
        await using var gate = Gate(request => request.Path switch
        {
            $"/v1/approvals/{Approval}/poll" => ++polls < 2 ? (200, """{"status":"pending","retry_after_seconds":1}""") : (200, """{"status":"approved","receipt_id":"r-2"}"""),
            "/v1/receipts/r-2" => (200, """{"receipt_id":"r-2","provider_receipt":{"ok":true,"deleted":1}}"""),
            _ => (202, $$"""{"decision":"pending_approval","approval_id":"{{Approval}}"}"""),
        });
        Assert.Equal(0, await _cli.RunAsync("call", "http_delete", "--wait", "60", "--json"));
        Assert.Equal(1, _cli.Json.GetProperty("output").GetProperty("deleted").GetInt32());
        Assert.Equal("r-2", _cli.Json.GetProperty("receipt_id").GetString());
        Assert.Equal(2, polls);
    }

    [Theory]
    [InlineData("""{"status":"failed","reason":"verification_failed","receipt_id":"r-3"}""", 5, "approval_failed")]
    [InlineData("""{"status":"denied","reason":"no"}""", 3, "approval_denied")]
    [InlineData("""{"status":"expired"}""", 3, "approval_expired")]
    [InlineData("""{"status":"failed","reason":"boom"}""", 1, "approval_failed")]
    public async Task Waiting_ends_with_the_decision(string poll, int exit, string code)
    {
        await using var gate = Gate(request => request.Method == "GET" ? (200, poll) : (202, $$"""{"decision":"pending_approval","approval_id":"{{Approval}}"}"""));
        Assert.Equal(exit, await _cli.RunAsync("call", "http_delete", "--wait", "60", "--json"));
        Assert.Equal(code, _cli.Json.GetProperty("error").GetString());
        Assert.Equal(exit == 5, _cli.Json.TryGetProperty("receipt_id", out var receipt) && receipt.GetString() == "r-3");
    }

    [Fact]
    public async Task Waiting_that_runs_out_leaves_the_call_pending()
    {
        await using var gate = Gate(request => request.Method == "GET" ? (200, """{"status":"pending","retry_after_seconds":1}""") : (202, $$"""{"decision":"pending_approval","approval_id":"{{Approval}}"}"""));
        Assert.Equal(4, await _cli.RunAsync("call", "http_delete", "--wait", "1"));
    }

    [Fact]
    public async Task A_refused_lease_ends_the_call_before_any_action()
    {
        await using var gate = new FakeGate(_cli.ClientSocket, _ => (401, """{"error":"identity_denied"}"""));
        Assert.Equal(3, await _cli.RunAsync("call", "http_fetch", "--json"));
        Assert.Equal("identity_denied", _cli.Json.GetProperty("error").GetString());
        Assert.Single(gate.Requests);
    }

    [Fact]
    public async Task A_gate_that_goes_away_before_it_answers_may_have_done_what_was_asked()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_cli.ClientSocket)!);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_cli.ClientSocket));
        listener.Listen();
        var goingAway = Task.Run(async () =>
        {
            using var connection = await listener.AcceptAsync(TestContext.Current.CancellationToken);
            _ = await connection.ReceiveAsync(new byte[64 * 1024], TestContext.Current.CancellationToken);
        });
        Assert.Equal(1, await _cli.RunAsync("call", "http_fetch", "--json"));
        await goingAway;
        Assert.Equal("gate_unreachable", _cli.Json.GetProperty("error").GetString());
        Assert.Contains("may have happened", _cli.Json.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_gate_the_socket_is_named()
    {
        Assert.Equal(1, await _cli.RunAsync("call", "http_fetch", "--json"));
        Assert.Equal("gate_unreachable", _cli.Json.GetProperty("error").GetString());
        Assert.Contains(_cli.ClientSocket, _cli.Json.GetProperty("message").GetString());
    }

    [Fact]
    public async Task The_request_can_come_from_a_file_or_standard_input()
    {
        await using var gate = Gate(_ => (200, Executed));
        _cli.Root.Write("work/request.json", """{"from":"file"}""");
        Assert.Equal(0, await _cli.RunAsync("call", "http_fetch", "--input", "request.json"));
        _cli.Input = """{"from":"stdin"}""";
        Assert.Equal(0, await _cli.RunAsync("call", "http_fetch", "--input", "-"));
        Assert.Equal(["""{"from":"file"}""", """{"from":"stdin"}"""], gate.Requests.Where(r => r.Path != "/v1/leases").Select(r => r.Body));
    }

    [Theory]
    [InlineData("novalue")]
    [InlineData("=x")]
    [InlineData(":=1")]
    [InlineData("n:=01")]
    [InlineData("a=1", "a=2")]
    [InlineData("a=1", "--input", "-")]
    [InlineData("--wait", "-1")]
    [InlineData("--wait", "soon")]
    [InlineData("--input", "missing.json")]
    public async Task A_bad_request_is_a_usage_error_and_reaches_no_gate(params string[] arguments) =>
        Assert.Equal(64, await _cli.RunAsync(["call", "http_fetch", .. arguments]));

    [Theory]
    [InlineData("../leases")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    public async Task An_action_id_cannot_change_the_path(string id) => Assert.Equal(64, await _cli.RunAsync("call", id));

    private static JsonElement Decode(string segment)
    {
        using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(segment));
        return document.RootElement.Clone();
    }
}
