namespace LatchGate.Tests.Api;

public sealed class LeaseWireTests(LiveGate gate) : IClassFixture<LiveGate>
{
    // The base point of P-256 (SEC 2 §2.4.2) with the last bit of y changed: not on the curve.
    private const string OffCurve = """{"kty":"EC","crv":"P-256","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfQ"}""";

    private async Task<WireAnswer> PostAsync(string body, string? contentType = "application/json")
    {
        using var agent = gate.Wire();
        return await agent.SendAsync("POST", "/v1/leases", body.Replace("JWK", agent.Key.Jwk, StringComparison.Ordinal), contentType);
    }

    [Fact]
    public async Task A_lease_names_its_session_and_its_end()
    {
        var answer = await PostAsync("""{"scopes":["tools:call"],"dpop_jwk":JWK}""");
        Assert.Equal(200, answer.Status);
        Assert.Equal(["lease_jwt", "session_id", "lease_jti", "expires_at"], answer.Json.EnumerateObject().Select(m => m.Name));
        Assert.Matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", answer.Text("expires_at"));
        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", answer.Text("session_id"));
    }

    [Theory]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":JWK,"budgets":null,"fs_root":null}""")]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":JWK,"budgets":{}}""")]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":JWK,"budgets":{"max_calls":null,"other":[1]}}""")]
    [InlineData("""{"scopes":["tools:call","audit:read"],"dpop_jwk":JWK}""")]
    public async Task What_may_be_left_out_may_be_null(string body) => Assert.Equal(200, (await PostAsync(body)).Status);

    [Theory]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":JWK,"principal":"agent:root"}""", 422)]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":JWK,"agent_id":"x"}""", 422)]
    [InlineData("""{"scopes":["tools:call"],"scopes":["tools:call"],"dpop_jwk":JWK}""", 422)]
    [InlineData("""{"scopes":["tools:call"]}""", 422)]
    [InlineData("""{"dpop_jwk":JWK}""", 422)]
    [InlineData("""{"scopes":"tools:call","dpop_jwk":JWK}""", 422)]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":JWK,"fs_root":7}""", 422)]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":{"kty":"RSA","crv":"P-256","x":"AA","y":"AA"}}""", 400)]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":{"kty":"RSA","n":"AQAB","e":"AQAB"}}""", 422)]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}}""", 400)]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}""", 400)]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":""" + OffCurve + "}", 400)]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":{"kty":"EC","crv":"P-256","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU","d":"AA"}}""", 400)]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":JWK,"budgets":{"max_calls":-1}}""", 400)]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":JWK,"budgets":{"max_calls":1.5}}""", 400)]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":JWK,"budgets":{"max_calls":"1"}}""", 400)]
    public async Task A_request_with_a_wrong_member_is_refused_by_name(string body, int status) =>
        (await PostAsync(body)).Refused(status, "invalid_request");

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"scopes":["tools:call"],"dpop_jwk":JWK} x""")]
    public async Task A_body_that_is_no_JSON_object_is_refused(string body) => (await PostAsync(body)).Refused(400, "bad_request");

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/jsonp")]
    public async Task Another_media_type_is_refused(string type) =>
        (await PostAsync("""{"scopes":["tools:call"],"dpop_jwk":JWK}""", type)).Refused(415, "unsupported_media_type");

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/vnd.latchgate+json")]
    public async Task JSON_has_several_names(string type) => Assert.Equal(200, (await PostAsync("""{"scopes":["tools:call"],"dpop_jwk":JWK}""", type)).Status);

    [Theory]
    [InlineData("""["audit:read"]""")]
    [InlineData("[]")]
    public async Task A_scope_that_the_principal_lacks_is_not_leased(string scopes) =>
        (await PostAsync($$"""{"scopes":{{scopes}},"dpop_jwk":JWK}""")).Refused(403, "scope_not_permitted");

    [Theory]
    [InlineData("/", 403, "fs_root_denied")]
    [InlineData("/etc", 403, "fs_root_denied")]
    [InlineData("/usr/bin", 403, "fs_root_denied")]
    [InlineData("", 400, "invalid_fs_root")]
    [InlineData("relative", 400, "invalid_fs_root")]
    [InlineData("/nothing/here", 400, "invalid_fs_root")]
    [InlineData("/etc/passwd", 400, "invalid_fs_root")]
    public async Task A_root_for_files_lies_where_the_operator_permits_it(string root, int status, string code) =>
        (await PostAsync($$"""{"scopes":["tools:call"],"dpop_jwk":JWK,"fs_root":"{{root}}"}""")).Refused(status, code);

    [Fact]
    public async Task A_permitted_root_is_answered_without_its_links()
    {
        var inside = Path.Combine(gate.Root, "home", "project");
        Directory.CreateDirectory(inside);
        var link = Path.Combine(gate.Root, "home", "link");
        Directory.CreateSymbolicLink(link, inside);
        var answer = await PostAsync($$"""{"scopes":["tools:call"],"dpop_jwk":JWK,"fs_root":"{{link}}"}""");
        Assert.Equal((200, inside), (answer.Status, answer.Text("fs_root")));

        var outside = Path.Combine(gate.Root, "home", "outside");
        Directory.CreateSymbolicLink(outside, "/etc");
        (await PostAsync($$"""{"scopes":["tools:call"],"dpop_jwk":JWK,"fs_root":"{{outside}}"}""")).Refused(403, "fs_root_denied");
    }

    [Fact]
    public async Task A_refused_request_is_in_the_ledger()
    {
        var answer = (await PostAsync("""{"scopes":["audit:read"],"dpop_jwk":JWK}""")).Refused(403, "scope_not_permitted");
        await gate.RestartAsync();
        using var @operator = gate.Operator();
        Assert.True(gate.Verify().Intact);
        using var reader = new LatchGate.Evidence.LedgerReader(gate.LedgerPath);
        var recorded = Assert.Single(reader.QueryEvents(new LatchGate.Evidence.EventQuery { TraceId = answer.Text("trace_id"), Limit = 10 }));
        Assert.Contains("scope_not_permitted", System.Text.Encoding.UTF8.GetString(recorded.Json.Span), StringComparison.Ordinal);
    }
}
