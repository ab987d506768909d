using System.Buffers.Text;
using System.Text.Json;
using LatchGate.Cli.FirstRun;
using LatchGate.Cli.Presets;

namespace LatchGate.Tests.Cli;

public sealed class OperatorCommandTests : IDisposable
{
    private const string Id = "01990f6e-aaaa-7000-8000-000000000000";

    private readonly CliHarness _cli = new();

    public OperatorCommandTests() =>
        FirstRunSetup.Complete(
            FirstRunLayout.Choose(_cli.Environment, local: false), _cli.Environment, FirstRunPlan.ForUser(PresetSelection.Everything(_cli.Actions), _cli.Environment));

    public void Dispose() => _cli.Dispose();

    private string ApiKey => File.ReadAllText(_cli.Root["home/.config/latchgate/operators/default.key"]).TrimEnd('\n');

    private FakeGate Admin(Func<FakeRequest, (int, string)> script) => new(_cli.AdminSocket, script);

    [Fact]
    public async Task The_only_operator_is_found_and_authenticates_with_key_and_proof()
    {
        await using var gate = Admin(_ => (200, """{"approvals":[{"approval_id":"a-1","status":"pending","action_id":"http_delete","principal":"agent:ada","risk_level":"critical","expires_at":"2030"}],"count":1}"""));
        Assert.Equal(0, await _cli.RunAsync("approvals", "list"));
        Assert.Equal(
            """
            ID   STATUS   ACTION       PRINCIPAL  RISK      EXPIRES
            a-1  pending  http_delete  agent:ada  critical  2030

            """,
            _cli.Output);
        var request = Assert.Single(gate.Requests);
        Assert.Equal("/v1/approvals?status=pending&limit=50", request.Target);
        Assert.Equal($"DPoP {ApiKey}", request.Headers["Authorization"]);
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(request.Headers["DPoP"].Split('.')[1]));
        Assert.Equal("http://localhost:3000/v1/approvals", payload.RootElement.GetProperty("htu").GetString());
        Assert.Equal("GET", payload.RootElement.GetProperty("htm").GetString());
    }

    [Fact]
    public async Task Revoking_everything_is_asked_about_unless_it_was_said_already()
    {
        await using var gate = Admin(_ => (200, """{"previous_epoch":4,"current_epoch":5}"""));
        Assert.Equal(64, await _cli.RunAsync("revoke"));
        (_cli.IsTerminal, _cli.Input) = (true, "y\n");
        Assert.Equal(1, await _cli.RunAsync("revoke"));
        Assert.Empty(gate.Requests);
        _cli.Input = "yes\n";
        Assert.Equal(0, await _cli.RunAsync("revoke"));
        Assert.Equal("epoch 4 => 5\n", _cli.Output);
        Assert.Equal(0, await _cli.RunAsync("revoke", "--all", "-y", "--json"));
        Assert.Equal((4, 5), (_cli.Json.GetProperty("previous_epoch").GetInt32(), _cli.Json.GetProperty("current_epoch").GetInt32()));
        Assert.All(gate.Requests, request => Assert.Equal("POST /v1/admin/revoke-all", $"{request.Method} {request.Target}"));
    }

    [Fact]
    public async Task One_thing_is_revoked_by_its_kind_and_a_block_is_set_and_lifted()
    {
        await using var gate = Admin(_ => (200, """{"kind":"principal","id":"agent:ada","revoked":true,"already":false}"""));
        Assert.Equal(0, await _cli.RunAsync("revoke", "--principal", "agent:ada", "--block", "--reason", "why"));
        Assert.Equal("""{"kind":"principal","id":"agent:ada","block":true,"reason":"why"}""", gate.Requests[0].Body);
        Assert.Equal(0, await _cli.RunAsync("revoke", "--principal", "agent:ada", "--unblock"));
        Assert.Equal(("DELETE", """{"kind":"principal","id":"agent:ada"}"""), (gate.Requests[1].Method, gate.Requests[1].Body));
        Assert.Equal(0, await _cli.RunAsync("revoke", "--lease", "j-1"));
        Assert.Equal("""{"kind":"lease","id":"j-1"}""", gate.Requests[2].Body);

        Assert.Equal(64, await _cli.RunAsync("revoke", "--lease", "j-1", "--session", "s-1"));
        Assert.Equal(64, await _cli.RunAsync("revoke", "--lease", "j-1", "--block"));
        Assert.Equal(64, await _cli.RunAsync("revoke", "--all", "--grant", "g-1"));
        Assert.Equal(3, gate.Requests.Count);
    }

    [Fact]
    public async Task Keygen_makes_a_key_and_an_api_key_that_a_configuration_takes_and_overwrites_neither()
    {
        Assert.Equal(0, await _cli.RunAsync("operator", "keygen", "-o", "ops/ada.pem", "--role", "approver"));
        var table = _cli.Output;
        Assert.StartsWith("[operator_credentials.ada]\nrole = \"approver\"\n", table);
        var pem = Path.Combine(_cli.Environment.CurrentDirectory, "ops", "ada.pem");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(pem));
        Assert.StartsWith("-----BEGIN PRIVATE KEY-----\n", File.ReadAllText(pem));
        Assert.Matches("^key-ada-[0-9a-f]{32}\n$", File.ReadAllText(Path.ChangeExtension(pem, ".key")));
        using var key = LatchGate.Cli.Client.OperatorDiscovery.ReadKey(pem);
        Assert.Contains($"dpop_jkt = \"{key.PublicKey.Thumbprint}\"", table);
        var config = LatchGate.Config.GateConfigReader.Read(
            new LatchGate.Config.ConfigLocation(LatchGate.Config.ConfigLayer.Option, pem), System.Text.Encoding.UTF8.GetBytes(table), _cli.Environment);
        Assert.Equal(("ada", LatchGate.Identity.OperatorRole.Approver), (config.OperatorCredentials[0].Name, config.OperatorCredentials[0].Role));

        Assert.Equal(1, await _cli.RunAsync("operator", "keygen", "-o", "ops/ada.pem", "--json"));
        Assert.Equal("exists", _cli.Json.GetProperty("error").GetString());
        Assert.Equal(64, await _cli.RunAsync("operator", "keygen", "-o", "bob.pem", "--role", "king"));
        Assert.Equal(64, await _cli.RunAsync("operator", "keygen", "-o", "a b.pem"));
    }

    [Fact]
    public async Task The_configured_operators_are_listed_with_their_roles()
    {
        Assert.Equal(0, await _cli.RunAsync("operator", "list", "--json"));
        var entry = Assert.Single(_cli.Json.GetProperty("operators").EnumerateArray());
        Assert.Equal(("default", "admin"), (entry.GetProperty("name").GetString(), entry.GetProperty("role").GetString()));
        Assert.DoesNotContain(ApiKey, _cli.Output);
    }

    [Fact]
    public async Task Approving_without_a_terminal_needs_yes()
    {
        Assert.Equal(64, await _cli.RunAsync("approvals", "approve", Id));
        await using var gate = Admin(_ => (200, """{"decision":"executed","receipt_id":"r-1","output":{"ok":true},"approval":{"approved_by":"default"}}"""));
        Assert.Equal(0, await _cli.RunAsync("approvals", "approve", Id, "--yes"));
        Assert.Equal($"POST /v1/approvals/{Id}/approve", $"{gate.Requests[0].Method} {gate.Requests[0].Target}");
        Assert.Contains("receipt r-1", _cli.Error);
    }

    [Theory]
    [InlineData(502, """{"error":"verification_failed","receipt_id":"r-4"}""", 5)]
    [InlineData(200, """{"decision":"executed","receipt_id":"r-4","verification":{"is_fully_successful":false}}""", 5)]
    [InlineData(500, """{"error":"internal_error"}""", 1)]
    public async Task An_approved_call_that_ran_unconfirmed_ends_with_5(int status, string answer, int exit)
    {
        await using var gate = Admin(_ => (status, answer));
        Assert.Equal(exit, await _cli.RunAsync("approvals", "approve", Id, "--yes", "--json"));
        Assert.Equal(exit == 5, _cli.Json.TryGetProperty("receipt_id", out var receipt) && receipt.GetString() == "r-4");
    }

    [Theory]
    [InlineData("y\n", 0, 2)]
    [InlineData("n\n", 1, 1)]
    [InlineData("", 1, 1)]
    public async Task At_a_terminal_the_call_is_shown_and_only_yes_executes_it(string answer, int exit, int requests)
    {
        _cli.IsTerminal = true;
        _cli.Input = answer;
        await using var gate = Admin(request => request.Method == "GET"
            ? (200, $$"""{"approval_id":"{{Id}}","status":"pending","action_id":"http_delete","principal":"agent:ada","approved_targets":["https://x"]}""")
            : (200, """{"decision":"executed","receipt_id":"r-1"}"""));
        Assert.Equal(exit, await _cli.RunAsync("approvals", "approve", Id));
        Assert.Contains("http_delete", _cli.Error);
        Assert.Equal(requests, gate.Requests.Count);
    }

    [Fact]
    public async Task The_request_is_shown_line_by_line_and_nothing_in_it_moves_the_cursor_or_hides()
    {
        _cli.IsTerminal = true;
        _cli.Input = "n\n";
        await using var gate = Admin(_ => (200,
            """
            {"approval_id":"01990f6e-aaaa-7000-8000-000000000000","status":"pending","action_id":"http_post","principal":"agent:a\u001b[2Jb",
             "request_preview":{"method":"POST","url":"https://x.example/\u202eevil","headers":{"x-a":"1\r\n2"},
             "body":{"text":"line\u001b[1A","n":1},"body_encoding":"json","body_bytes":99,"truncated":true}}
            """));
        Assert.Equal(1, await _cli.RunAsync("approvals", "approve", Id));
        Assert.Contains("\nPOST https://x.example/\uFFFDevil\nx-a: 1\uFFFD\uFFFD2\n", _cli.Error, StringComparison.Ordinal);
        Assert.Contains("  \"n\": 1\n", _cli.Error, StringComparison.Ordinal);
        Assert.Contains("99 bytes in all", _cli.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[2J", _cli.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[1A", _cli.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202E', _cli.Error);
    }

    [Fact]
    public async Task Lists_by_state_and_page_and_learns_only_when_told_to()
    {
        await using var gate = Admin(request => (200, request.Method == "GET"
            ? """{"approvals":[],"count":0}"""
            : """{"decision":"executed","receipt_id":"r-1","output":{"ok":true},"learned_domain":"new.example.com"}"""));
        Assert.Equal(0, await _cli.RunAsync("approvals", "list", "--status", "denied", "--before", Id, "--limit", "7"));
        Assert.Equal($"/v1/approvals?status=denied&limit=7&before={Id}", gate.Requests[0].Target);
        Assert.Equal(64, await _cli.RunAsync("approvals", "list", "--status", "nonsense"));
        Assert.Equal(64, await _cli.RunAsync("approvals", "list", "--status", "denied", "--all"));
        Assert.Equal(0, await _cli.RunAsync("approvals", "approve", Id, "--yes", "--learn-domain", "new.example.com", "--learn-path", "a/b&c"));
        Assert.Equal($"/v1/approvals/{Id}/approve?learn_domain=new.example.com&learn_path=a%2Fb%26c", gate.Requests[1].Target);
        Assert.Contains("learned domain new.example.com", _cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Denying_sends_the_reason()
    {
        await using var gate = Admin(_ => (200, """{"decision":"deny","denied_by":"default","deny_reason":"wrong repository"}"""));
        Assert.Equal(0, await _cli.RunAsync("approvals", "deny", Id, "--reason", "wrong repository"));
        Assert.Equal("""{"reason":"wrong repository"}""", gate.Requests[0].Body);
    }

    [Fact]
    public async Task A_decision_that_came_too_late_is_an_error()
    {
        await using var gate = Admin(_ => (200, """{"decision":"already_denied","status":"denied"}"""));
        Assert.Equal(1, await _cli.RunAsync("approvals", "approve", Id, "--yes", "--json"));
        Assert.Equal("already_denied", _cli.Json.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData(404, "", "not_found")]
    [InlineData(401, """{"error":"key_binding_failed"}""", "key_binding_failed")]
    [InlineData(409, """{"error":"conflict"}""", "conflict")]
    public async Task A_refused_decision_says_why(int status, string body, string code)
    {
        await using var gate = Admin(_ => (status, body));
        Assert.Equal(1, await _cli.RunAsync("approvals", "deny", Id, "--json"));
        Assert.Equal(code, _cli.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Another_operators_key_is_refused_before_anything_is_sent()
    {
        using var other = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var pem = _cli.Root.Write("other.pem", other.ExportPkcs8PrivateKeyPem());
        Assert.Equal(1, await _cli.RunAsync("approvals", "list", "--operator-pem", pem, "--json"));
        Assert.Equal("operator_key_mismatch", _cli.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_key_of_another_curve_is_refused()
    {
        using var other = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP384);
        var pem = _cli.Root.Write("other.pem", other.ExportPkcs8PrivateKeyPem());
        Assert.Equal(1, await _cli.RunAsync("approvals", "list", "--operator-pem", pem, "--json"));
        Assert.Equal("config_validation_failed", _cli.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Among_several_operators_one_must_be_named()
    {
        _cli.Root.Write("second.key", "key-second-0123456789abcdef\n");
        File.AppendAllText(
            _cli.Root["home/.config/latchgate/latchgate.toml"],
            $"\n[operator_credentials.second]\napi_key_file = \"{_cli.Root["second.key"]}\"\ndpop_jkt = \"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I\"\n");
        Assert.Equal(64, await _cli.RunAsync("approvals", "list"));
        Assert.Contains("Several operators are configured: default, second.", _cli.Error);
        await using var gate = Admin(_ => (200, """{"approvals":[],"count":0}"""));
        Assert.Equal(0, await _cli.RunAsync("approvals", "list", "--operator", "default"));
        Assert.Equal("No approvals.\n", _cli.Output);
    }

    [Fact]
    public async Task Status_tells_an_agents_user_that_the_gate_is_up_and_an_operator_more()
    {
        Assert.Equal(1, await _cli.RunAsync("status", "--json"));
        Assert.Equal("gate_unreachable", _cli.Json.GetProperty("error").GetString());

        await using var client = new FakeGate(_cli.ClientSocket, _ => (200, """{"status":"ok"}"""));
        Assert.Equal(0, await _cli.RunAsync("status", "--json"));
        Assert.True(_cli.Json.TryGetProperty("admin_unavailable", out _));

        await using var admin = Admin(_ => (200, """{"status":"ok","actions_registered":4}"""));
        Assert.Equal(0, await _cli.RunAsync("status", "--json"));
        Assert.Equal(4, _cli.Json.GetProperty("gate").GetProperty("actions_registered").GetInt32());
    }
}
