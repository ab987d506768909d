using LatchGate.Pipeline;

namespace LatchGate.Tests.Api;

public sealed class RouteTests(LiveGate gate) : IClassFixture<LiveGate>
{
    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/v1")]
    [InlineData("GET", "/healthz/")]
    [InlineData("GET", "/HEALTHZ")]
    [InlineData("GET", "/v1/actions/")]
    [InlineData("GET", "/v1/actions/a/b")]
    [InlineData("POST", "/v1/actions//execute")]
    [InlineData("GET", "/v1/approvals/x")]
    [InlineData("POST", "/v1/approvals/x/approve")]
    [InlineData("POST", "/v1/approvals/x/deny")]
    [InlineData("GET", "/v1/admin/status")]
    [InlineData("GET", "/v1/admin/whoami")]
    [InlineData("POST", "/v1/admin/revoke-all")]
    [InlineData("POST", "/v1/admin/revoke")]
    [InlineData("DELETE", "/v1/admin/revoke")]
    [InlineData("GET", "/v1/admin/epoch")]
    [InlineData("GET", "/v1/receipt-keys")]
    [InlineData("GET", "/metrics")]
    public async Task An_agent_finds_nothing_but_its_own_routes(string method, string path)
    {
        using var agent = gate.Wire();
        var answer = await agent.SendAsync(method, path);
        Assert.Equal((404, "", null), (answer.Status, answer.Content, answer.ContentType));
    }

    [Theory]
    [InlineData("POST", "/healthz", "GET,HEAD")]
    [InlineData("DELETE", "/v1/leases", "POST")]
    [InlineData("GET", "/v1/actions/http_fetch/execute", "POST")]
    [InlineData("PUT", "/v1/actions", "GET,HEAD")]
    public async Task A_method_that_a_route_lacks_is_405_and_says_what_it_has(string method, string path, string allow)
    {
        using var agent = gate.Wire();
        var answer = await agent.SendAsync(method, path);
        Assert.Equal((405, ""), (answer.Status, answer.Content));
        Assert.Equal(allow, string.Join(",", answer.Allow));
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/.well-known/jwks.json")]
    [InlineData("/v1/actions")]
    [InlineData("/v1/actions/http_fetch")]
    [InlineData("/v1/actions/http_fetch/schema/request")]
    public async Task What_is_public_needs_no_lease_on_either_socket_and_answers_HEAD(string path)
    {
        foreach (var socket in new[] { gate.ClientSocket, gate.AdminSocket })
        {
            using var agent = gate.Wire(socket);
            var answer = await agent.SendAsync("GET", path);
            Assert.Equal((200, "application/json"), (answer.Status, answer.ContentType));
            Assert.NotEqual(default, answer.Json.ValueKind);
            var head = await agent.SendAsync("HEAD", path);
            Assert.Equal((200, ""), (head.Status, head.Content));
        }
    }

    [Theory]
    [InlineData("/v1/actions/nothing")]
    [InlineData("/v1/actions/nothing/schema/request")]
    public async Task An_action_that_does_not_exist_is_not_found(string path)
    {
        using var agent = gate.Wire();
        (await agent.SendAsync("GET", path)).Refused(404, "action_not_found");
    }

    [Theory]
    [InlineData("/v1/actions/%2e%2e%2fx")]
    [InlineData("/v1/actions/a%00b")]
    [InlineData("/v1/actions/%ff")]
    public async Task An_identifier_that_is_none_is_refused(string path)
    {
        using var agent = gate.Wire();
        (await agent.SendAsync("GET", path)).Refused(400, "bad_request");
    }

    [Theory]
    [InlineData("GET", "/v1/approvals")]
    [InlineData("GET", "/v1/approvals/x")]
    [InlineData("POST", "/v1/approvals/x/approve")]
    [InlineData("POST", "/v1/approvals/x/deny")]
    [InlineData("GET", "/v1/admin/status")]
    [InlineData("GET", "/v1/admin/whoami")]
    [InlineData("POST", "/v1/admin/revoke-all")]
    [InlineData("POST", "/v1/admin/revoke")]
    [InlineData("DELETE", "/v1/admin/revoke")]
    [InlineData("GET", "/v1/admin/epoch")]
    [InlineData("GET", "/v1/receipt-keys")]
    [InlineData("GET", "/v1/receipts/x")]
    [InlineData("GET", "/metrics")]
    public async Task An_operators_route_refuses_an_agent_at_the_admin_socket(string method, string path)
    {
        using var agent = gate.Wire(gate.AdminSocket);
        (await agent.SendAsync(method, path)).Refused(401, "missing_auth_header");
        (await agent.SendAsync(method, path, authorization: "Bearer key")).Refused(401, "invalid_auth_scheme");
        (await agent.SendAsync(method, path, authorization: "DPoP key")).Refused(401, "missing_dpop_header");
        await agent.LeaseAsync();
        (await agent.AuthorizedAsync(method, path)).Refused(401, "invalid_operator_token");
    }

    [Fact]
    public async Task An_operators_key_with_another_proof_key_is_refused()
    {
        var apiKey = File.ReadAllText(Assert.Single(gate.Configuration.OperatorCredentials).ApiKeyFile!).Trim();
        using var thief = gate.Wire(gate.AdminSocket);
        thief.Lease = apiKey;
        (await thief.AuthorizedAsync("GET", "/v1/admin/status")).Refused(401, "key_binding_failed");
    }

    [Fact]
    public async Task An_operators_proof_is_good_for_one_route_and_one_use()
    {
        var apiKey = File.ReadAllText(Assert.Single(gate.Configuration.OperatorCredentials).ApiKeyFile!).Trim();
        var pem = Path.Combine(Path.GetDirectoryName(gate.Configuration.Source.File)!, "operators", "default.pem");
        using var proofs = new LatchGate.Identity.DpopProofFactory(LatchGate.Cli.Client.OperatorDiscovery.ReadKey(pem));
        using var wire = gate.Wire(gate.AdminSocket);
        string Proof(string method, string path) => proofs.Create(method, gate.Configuration.PublicBaseUrl + path, apiKey);

        var seen = Proof("GET", "/v1/admin/whoami");
        (await wire.SendAsync("POST", "/v1/admin/revoke-all", authorization: $"DPoP {apiKey}", proof: seen)).Refused(401, "invalid_dpop");
        (await wire.SendAsync("GET", "/v1/admin/epoch", authorization: $"DPoP {apiKey}", proof: seen)).Refused(401, "invalid_dpop");
        var answer = await wire.SendAsync("GET", "/v1/admin/whoami", authorization: $"DPoP {apiKey}", proof: seen);
        Assert.Equal((200, """{"operator":"default","role":"admin","authn_method":"operator_dpop"}"""), (answer.Status, answer.Content));
        (await wire.SendAsync("GET", "/v1/admin/whoami", authorization: $"DPoP {apiKey}", proof: seen)).Refused(401, "replay_detected");
    }

    [Fact]
    public async Task A_stolen_lease_without_its_key_is_refused()
    {
        using var owner = gate.Wire();
        using var thief = gate.Wire();
        await owner.LeaseAsync();
        thief.Lease = owner.Lease;
        (await thief.ExecuteAsync("http_fetch", "{}")).Refused(401, "invalid_dpop");
        (await thief.SendAsync("POST", "/v1/actions/http_fetch/execute", "{}", authorization: $"DPoP {owner.Lease}")).Refused(401, "missing_auth_header");
    }

    [Fact]
    public async Task An_operator_reads_status_keys_and_metrics()
    {
        using var @operator = gate.Operator();
        var status = await @operator.StatusAsync(TestContext.Current.CancellationToken);
        Assert.Equal(200, status.Status);
        Assert.Equal(("ok", ProductVersion.Text), (status.Text("status"), status.Text("version")));
        Assert.Equal(LatchGate.Actions.CompiledActions.All.Length, status.Body.GetProperty("actions_registered").GetInt32());
        Assert.False(status.Body.GetProperty("draining").GetBoolean());
    }
}
