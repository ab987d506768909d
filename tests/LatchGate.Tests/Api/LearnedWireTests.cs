namespace LatchGate.Tests.Api;

/// <summary>Learned domains and paths over the operators' socket (reference/wire.md §7.6).</summary>
public sealed class LearnedWireTests(LiveGate gate) : IClassFixture<LiveGate>
{
    [Theory]
    [InlineData("path_glob")]
    [InlineData("value")]
    [InlineData("domain")]
    public async Task A_path_is_added_once_listed_and_removed_under_any_alias(string member)
    {
        using var @operator = gate.WireOperator();
        var body = $$"""{"action_id":"fs_read","{{member}}":"src/{{member}}/**","unknown":1}""";
        var added = await @operator.AuthorizedAsync("POST", "/v1/admin/paths", body);
        Assert.Equal((200, $$"""{"action_id":"fs_read","path_glob":"src/{{member}}/**","inserted":true}"""), (added.Status, added.Content));
        Assert.False((await @operator.AuthorizedAsync("POST", "/v1/admin/paths", body)).Json.GetProperty("inserted").GetBoolean());

        var listed = await @operator.AuthorizedAsync("GET", "/v1/admin/paths", query: "?action=fs_read");
        var entry = listed.Json.GetProperty("paths").EnumerateArray().Single(e => e.GetProperty("path_glob").GetString() == $"src/{member}/**");
        Assert.Equal(
            ["action_id", "path_glob", "added_by", "added_at", "source", "approval_id"], entry.EnumerateObject().Select(m => m.Name));
        Assert.Equal("api", entry.GetProperty("source").GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, entry.GetProperty("approval_id").ValueKind);

        var removed = await @operator.AuthorizedAsync("DELETE", "/v1/admin/paths", body);
        Assert.Equal((200, $$"""{"action_id":"fs_read","path_glob":"src/{{member}}/**","deleted":true}"""), (removed.Status, removed.Content));
        Assert.False((await @operator.AuthorizedAsync("DELETE", "/v1/admin/paths", body)).Json.GetProperty("deleted").GetBoolean());
    }

    [Fact]
    public async Task A_host_that_was_not_learned_is_not_taken_away()
    {
        using var @operator = gate.WireOperator();
        var removed = await @operator.AuthorizedAsync("DELETE", "/v1/admin/domains", """{"action_id":"gone_action","domain":" API.Example.com. "}""");
        Assert.Equal((200, """{"action_id":"gone_action","domain":"api.example.com","deleted":false}"""), (removed.Status, removed.Content));
        var cleared = await @operator.AuthorizedAsync("DELETE", "/v1/admin/domains/clear", query: "?action=gone_action");
        Assert.Equal((200, """{"action_id":"gone_action","deleted_count":0}"""), (cleared.Status, cleared.Content));
    }

    [Fact]
    public async Task Clearing_tells_how_many_were_taken_away()
    {
        using var @operator = gate.WireOperator();
        await @operator.AuthorizedAsync("POST", "/v1/admin/paths", """{"action_id":"fs_write","path_glob":"a/*.md"}""");
        await @operator.AuthorizedAsync("POST", "/v1/admin/paths", """{"action_id":"fs_write","path_glob":"b/*.md"}""");
        var cleared = await @operator.AuthorizedAsync("DELETE", "/v1/admin/paths/clear", query: "?action=fs_write");
        Assert.Equal((200, """{"action_id":"fs_write","deleted_count":2}"""), (cleared.Status, cleared.Content));
        (await @operator.AuthorizedAsync("DELETE", "/v1/admin/paths/clear")).Refused(400, "bad_request");
        (await @operator.AuthorizedAsync("DELETE", "/v1/admin/domains/clear", query: "?action=a%20b")).Refused(400, "invalid_action_id");
    }

    [Theory]
    [InlineData("""{"action_id":"http_fetch","domain":"10.0.0.1"}""", 400, "invalid_domain")]
    [InlineData("""{"action_id":"http_fetch","domain":"co.uk"}""", 400, "invalid_domain")]
    [InlineData("""{"action_id":"http_fetch","domain":"a.example.com"}""", 400, "learning_not_permitted")]
    [InlineData("""{"action_id":"none_such","domain":"a.example.com"}""", 404, "action_not_found")]
    [InlineData("""{"action_id":"a b","domain":"a.example.com"}""", 400, "invalid_action_id")]
    [InlineData("""{"action_id":"http_fetch"}""", 422, "invalid_request")]
    [InlineData("""{"action_id":"http_fetch","domain":1}""", 422, "invalid_request")]
    [InlineData("""{"action_id":"http_fetch","domain":"a.example.com","value":"b.example.com"}""", 422, "invalid_request")]
    [InlineData("""{"domain":"a.example.com"}""", 422, "invalid_request")]
    [InlineData("""{"action_id":"http_fetch","domain":"a.example.com","source":"approval"}""", 422, "invalid_request")]
    [InlineData("""{"action_id":"http_fetch","domain":"a.example.com","force":"yes"}""", 422, "invalid_request")]
    [InlineData("[]", 422, "invalid_request")]
    [InlineData("{", 400, "bad_request")]
    [InlineData("", 400, "bad_request")]
    public async Task What_cannot_be_learned_is_refused_with_a_reason_and_changes_nothing(string body, int status, string code)
    {
        using var @operator = gate.WireOperator();
        var answer = (await @operator.AuthorizedAsync("POST", "/v1/admin/domains", body)).Refused(status, code);
        Assert.NotEmpty(answer.Text("deny_reason")!);
        Assert.Equal("""{"domains":[]}""", (await @operator.AuthorizedAsync("GET", "/v1/admin/domains")).Content);
    }

    [Fact]
    public async Task An_unauthenticated_body_is_not_looked_at()
    {
        using var agent = gate.Wire(gate.AdminSocket);
        (await agent.SendAsync("POST", "/v1/admin/domains", "{", "text/plain")).Refused(401, "missing_auth_header");
        (await agent.SendAsync("DELETE", "/v1/admin/paths", "{", "text/plain")).Refused(401, "missing_auth_header");
        using var @operator = gate.WireOperator();
        (await @operator.AuthorizedAsync("POST", "/v1/admin/domains", "{}", contentType: "text/plain")).Refused(415, "unsupported_media_type");
    }
}
