using System.Text;
using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Pipeline;

namespace LatchGate.Tests.Api;

/// <summary>Changes of the policy data over the operators' socket of a live gate.</summary>
public sealed class PolicyAdminWireTests : IAsyncLifetime
{
    private readonly LiveGate _gate = new()
    {
        PolicyData = principal => $$$$"""
            {
              "_note": "kept",
              "policy_version": "m0-dev-001",
              "acl": { "_c": "comment", "{{{{principal}}}}": { "allowed_actions": [], "allowed_sinks": [] }, "*": { "allowed_actions": ["http_fetch"], "allowed_sinks": ["http_read"] } }
            }
            """,
    };

    public ValueTask InitializeAsync() => _gate.InitializeAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    private static string Body(string principal, params string[] actions) => JsonSerializer.Serialize(new { principal, actions });

    private static string Standing(string action, string agent) => JsonSerializer.Serialize(new { action_id = action, agent_id = agent });

    private JsonElement OnDisk()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(_gate.Configuration.PolicyDataPath));
        return document.RootElement.Clone();
    }

    private List<JsonElement> Events()
    {
        using var reader = new LedgerReader(_gate.LedgerPath);
        return [.. reader.EventsFrom(1, 10_000).Select(e => JsonDocument.Parse(e.Json).RootElement)
            .Where(e => e.GetProperty("event_type").GetString() is { } type && type.StartsWith("policy_", StringComparison.Ordinal) && type != EventTypes.PolicyLoaded)];
    }

    [Fact]
    public async Task A_grant_and_a_revocation_take_effect_on_the_next_call()
    {
        using var agent = _gate.Wire();
        using var admin = _gate.WireOperator();
        await agent.LeaseAsync();
        var fetch = $$"""{"url":"{{_gate.Url()}}"}""";
        (await agent.ExecuteAsync("http_fetch", fetch)).Refused(403, "policy_denied");

        var granted = await admin.AuthorizedAsync("POST", "/v1/admin/policy/grant", Body(_gate.Principal, "http_fetch", "http_post"));
        Assert.Equal(200, granted.Status);
        Assert.Equal(
            $$"""{"principal":"{{_gate.Principal}}","granted":["http_fetch","http_post"],"total_actions":2,"allowed_sinks":["http_read","http_write"],"policy_version":"m0-dev-002","changed":true}""",
            granted.Content);
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", fetch)).Status);

        var again = await admin.AuthorizedAsync("POST", "/v1/admin/policy/grant", Body(_gate.Principal, "http_fetch"));
        Assert.Equal(("m0-dev-002", false), (again.Text("policy_version"), again.Json.GetProperty("changed").GetBoolean()));

        var revoked = await admin.AuthorizedAsync("POST", "/v1/admin/policy/revoke", Body(_gate.Principal, "http_fetch"));
        Assert.Equal(
            $$"""{"principal":"{{_gate.Principal}}","revoked":["http_fetch"],"remaining_actions":1,"allowed_sinks":["http_write"],"principal_removed":false,"still_allowed":[],"policy_version":"m0-dev-003","changed":true}""",
            revoked.Content);
        (await agent.ExecuteAsync("http_fetch", fetch)).Refused(403, "policy_denied");
        Assert.Equal("kept", OnDisk().GetProperty("_note").GetString());
        Assert.Equal("comment", OnDisk().GetProperty("acl").GetProperty("_c").GetString());

        var events = Events();
        Assert.Equal(["policy_grant", "policy_revoke"], events.Select(e => e.GetProperty("event_type").GetString()));
        Assert.All(events, e => Assert.Equal(("default", "operator_dpop", admin.Key.ThumbprintText), (e.GetProperty("principal").GetString(), e.GetProperty("operator_authn_method").GetString(), e.GetProperty("operator_sender_binding").GetString())));
        var detail = events[0].GetProperty("detail");
        Assert.Equal(("m0-dev-001", "m0-dev-002", _gate.Principal), (detail.GetProperty("before_version").GetString(), detail.GetProperty("after_version").GetString(), detail.GetProperty("principal").GetString()));
        Assert.Equal("""["http_fetch","http_post"]""", detail.GetProperty("actions_added").GetRawText());
        Assert.Equal("""["http_fetch"]""", events[1].GetProperty("detail").GetProperty("actions_removed").GetRawText());
        Assert.False(detail.GetProperty("edited_outside").GetBoolean());
        Assert.True(_gate.Verify().Intact);
    }

    [Fact]
    public async Task D53_a_principal_whose_last_action_is_revoked_does_not_get_what_everybody_has()
    {
        using var agent = _gate.Wire();
        using var admin = _gate.WireOperator();
        await agent.LeaseAsync();
        await admin.AuthorizedAsync("POST", "/v1/admin/policy/grant", Body(_gate.Principal, "http_post"));
        var revoked = await admin.AuthorizedAsync("POST", "/v1/admin/policy/revoke", Body(_gate.Principal, "http_post"));
        Assert.Equal((0, false), (revoked.Json.GetProperty("remaining_actions").GetInt32(), revoked.Json.GetProperty("principal_removed").GetBoolean()));
        (await agent.ExecuteAsync("http_fetch", $$"""{"url":"{{_gate.Url()}}"}""")).Refused(403, "policy_denied");
        Assert.Equal(200, (await admin.AuthorizedAsync("GET", $"/v1/admin/policy/{_gate.Principal}")).Status);
    }

    [Fact]
    public async Task A_revocation_says_what_the_principal_still_has_through_the_wildcard()
    {
        using var admin = _gate.WireOperator();
        var revoked = await admin.AuthorizedAsync("POST", "/v1/admin/policy/revoke", Body("agent:nobody", "http_fetch", "http_post"));
        Assert.Equal((200, 0, "[]", """["http_fetch"]"""), (
            revoked.Status, revoked.Json.GetProperty("remaining_actions").GetInt32(), revoked.Json.GetProperty("allowed_sinks").GetRawText(),
            revoked.Json.GetProperty("still_allowed").GetRawText()));
        Assert.Empty(Events());
    }

    [Fact]
    public async Task D49_a_standing_approval_runs_a_high_risk_action_and_its_withdrawal_asks_again()
    {
        using var agent = _gate.Wire();
        using var admin = _gate.WireOperator();
        await agent.LeaseAsync();
        await admin.AuthorizedAsync("POST", "/v1/admin/policy/grant", Body(_gate.Principal, "http_delete"));
        var delete = $$"""{"url":"{{_gate.Url("/standing")}}"}""";
        Assert.Equal(202, (await agent.ExecuteAsync("http_delete", delete)).Status);

        var added = await admin.AuthorizedAsync("POST", "/v1/admin/policy/allowlist", Standing("http_delete", _gate.Principal));
        Assert.Equal($$"""{"ok":true,"action_id":"http_delete","agent_id":"{{_gate.Principal}}","policy_version":"m0-dev-003","changed":true}""", added.Content);
        var done = await agent.ExecuteAsync("http_delete", delete);
        Assert.Equal((200, "executed"), (done.Status, done.Text("decision")));
        Assert.False((await admin.AuthorizedAsync("POST", "/v1/admin/policy/allowlist", Standing("http_delete", _gate.Principal))).Json.GetProperty("changed").GetBoolean());

        Assert.Equal(200, (await admin.AuthorizedAsync("DELETE", "/v1/admin/policy/allowlist", Standing("http_delete", _gate.Principal))).Status);
        (await admin.AuthorizedAsync("DELETE", "/v1/admin/policy/allowlist", Standing("http_delete", _gate.Principal))).Refused(404, "allowlist_entry_not_found");
        Assert.Equal(202, (await agent.ExecuteAsync("http_delete", delete)).Status);
        Assert.Equal(["policy_grant", "policy_allowlist_added", "policy_allowlist_removed"], Events().Select(e => e.GetProperty("event_type").GetString()));
        Assert.Equal("m0-dev-004", OnDisk().GetProperty("policy_version").GetString());
        Assert.Single(_gate.Upstream.Requests);
    }

    [Theory]
    [InlineData("ci.bot")]
    [InlineData("deploy@host/team")]
    [InlineData("a23456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789")]
    public async Task Whoever_may_have_a_lease_may_have_a_standing_approval(string principal)
    {
        Assert.True(LatchGate.Identity.PrincipalName.IsWellFormed(principal));
        using var admin = _gate.WireOperator();
        Assert.Equal(200, (await admin.AuthorizedAsync("POST", "/v1/admin/policy/allowlist", Standing("http_delete", principal))).Status);
        Assert.Equal(["http_delete"], (await admin.AuthorizedAsync("GET", "/v1/admin/policy")).Json.GetProperty("allowlist").EnumerateObject()
            .Where(action => action.Value.EnumerateArray().Any(name => name.GetString() == principal)).Select(action => action.Name));
        Assert.Equal(200, (await admin.AuthorizedAsync("DELETE", "/v1/admin/policy/allowlist", Standing("http_delete", principal))).Status);
    }

    // Written by hand it need not be a name that the gate gives: what is listed can be withdrawn all the same.
    [Fact]
    public async Task A_standing_approval_of_any_name_can_be_withdrawn()
    {
        const string Name = "the deploy bot";
        using var admin = _gate.WireOperator();
        var data = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(_gate.Configuration.PolicyDataPath))!;
        data["latchgate"] = System.Text.Json.Nodes.JsonNode.Parse($$"""{"allowlist":{"http_delete":{"{{Name}}":true} } }""");
        File.WriteAllText(_gate.Configuration.PolicyDataPath, data.ToJsonString());
        Assert.Equal(200, (await admin.AuthorizedAsync("POST", "/v1/admin/reload")).Status);
        Assert.Contains(Name, (await admin.AuthorizedAsync("GET", "/v1/admin/policy")).Content, StringComparison.Ordinal);
        Assert.Equal(200, (await admin.AuthorizedAsync("DELETE", "/v1/admin/policy/allowlist", Standing("http_delete", Name))).Status);
        Assert.DoesNotContain(Name, (await admin.AuthorizedAsync("GET", "/v1/admin/policy")).Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_data_in_force_are_shown_without_comments()
    {
        using var admin = _gate.WireOperator();
        var all = await admin.AuthorizedAsync("GET", "/v1/admin/policy");
        Assert.Equal(
            $$$"""{"policy_version":"m0-dev-001","acl":{"*":{"allowed_actions":["http_fetch"],"allowed_sinks":["http_read"]},"{{{_gate.Principal}}}":{"allowed_actions":[],"allowed_sinks":[]}},"allowlist":{},"file":"in_force"}""",
            all.Content);
        File.WriteAllText(_gate.Configuration.PolicyDataPath, File.ReadAllText(_gate.Configuration.PolicyDataPath).Replace("m0-dev-001", "m0-dev-005", StringComparison.Ordinal));
        Assert.Equal("edited", (await admin.AuthorizedAsync("GET", "/v1/admin/policy")).Text("file"));
        File.Delete(_gate.Configuration.PolicyDataPath);
        var unreadable = await admin.AuthorizedAsync("GET", "/v1/admin/policy");
        Assert.Equal((200, "unreadable"), (unreadable.Status, unreadable.Text("file")));
    }

    [Theory]
    [InlineData("grant")]
    [InlineData("revoke")]
    [InlineData("allowlist")]
    [InlineData("agent:a")]
    [InlineData("agent: a%20b")]
    [InlineData("agent:é%2F")]
    [InlineData("team/agent")]
    [InlineData("*")]
    public async Task One_principal_is_shown_whatever_its_name(string principal)
    {
        using var admin = _gate.WireOperator();
        if (principal != "*")
        {
            (await Show(admin, principal)).Refused(404, "principal_not_found");
            Assert.Equal(200, (await admin.AuthorizedAsync("POST", "/v1/admin/policy/grant", Body(principal, "http_fetch"))).Status);
        }

        var shown = await Show(admin, principal);
        Assert.Equal((200, principal), (shown.Status, shown.Text("principal")));
        Assert.Equal("""["http_fetch"]""", shown.Json.GetProperty("acl").GetProperty("allowed_actions").GetRawText());

        // The proof may name the path as it is sent, and no other.
        var sent = $"/v1/admin/policy/{Uri.EscapeDataString(principal)}";
        Assert.Equal(200, (await Send(sent, sent)).Status);
        (await Send(sent, "/v1/admin/policy/x")).Refused(401, "invalid_dpop");
        (await Send("/v1/admin/policy/%78", "/v1/admin/policy/%79")).Refused(401, "invalid_dpop");

        Task<WireAnswer> Send(string target, string proven) =>
            admin.SendAsync("GET", target, authorization: $"DPoP {admin.Lease}", proof: admin.Proof("GET", proven));

        static Task<WireAnswer> Show(WireAgent admin, string principal) => admin.SendAsync(
            "GET", $"/v1/admin/policy/{Uri.EscapeDataString(principal)}", authorization: $"DPoP {admin.Lease}", proof: admin.Proof("GET", $"/v1/admin/policy/{principal}"));
    }

    [Fact]
    public async Task D54_twenty_grants_by_four_operators_at_once_are_all_there()
    {
        var admins = Enumerable.Range(0, 4).Select(_ => _gate.WireOperator()).ToArray();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => admins[i % 4].AuthorizedAsync("POST", "/v1/admin/policy/grant", Body($"agent:{i}", "http_fetch"))));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        var acl = OnDisk().GetProperty("acl");
        Assert.All(Enumerable.Range(0, 20), i => Assert.True(acl.TryGetProperty($"agent:{i}", out _)));

        // In the chain's order each change begins where the one before ended.
        var details = Events().Select(e => e.GetProperty("detail")).ToList();
        Assert.Equal(20, details.Count);
        Assert.Equal(Enumerable.Range(1, 20).Select(i => $"m0-dev-{i:d3}"), details.Select(d => d.GetProperty("before_version").GetString()));
        Assert.Equal(Enumerable.Range(2, 20).Select(i => $"m0-dev-{i:d3}"), details.Select(d => d.GetProperty("after_version").GetString()));
        Assert.Equal(details.Skip(1).Select(d => d.GetProperty("before_digest").GetString()), details.SkipLast(1).Select(d => d.GetProperty("after_digest").GetString()));
        Array.ForEach(admins, admin => admin.Dispose());
    }

    [Fact]
    public async Task A_hand_edited_file_is_picked_up_by_the_next_change_and_survives_a_restart()
    {
        using var admin = _gate.WireOperator();
        var path = _gate.Configuration.PolicyDataPath;
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"_c\": \"comment\"", "\"agent:hand\": {\"allowed_actions\": [\"http_post\"], \"allowed_sinks\": [\"http_write\"]}", StringComparison.Ordinal));
        await admin.AuthorizedAsync("POST", "/v1/admin/policy/grant", Body("agent:api", "http_fetch"));
        Assert.True(Assert.Single(Events()).GetProperty("detail").GetProperty("edited_outside").GetBoolean());
        await _gate.RestartAsync();

        // The chain tells that this start loaded what the change left.
        using (var reader = new LedgerReader(_gate.LedgerPath))
        {
            var loaded = JsonDocument.Parse(reader.QueryEvents(new EventQuery { EventType = EventTypes.PolicyLoaded, Limit = 1 })[0].Json).RootElement;
            Assert.Equal(Events()[0].GetProperty("detail").GetProperty("after_digest").GetString(), loaded.GetProperty("detail").GetProperty("after_digest").GetString());
        }

        await Task.Delay(1100, TestContext.Current.CancellationToken);
        using var later = _gate.WireOperator();
        var acl = (await later.AuthorizedAsync("GET", "/v1/admin/policy")).Json.GetProperty("acl");
        Assert.Equal("""["http_post"]""", acl.GetProperty("agent:hand").GetProperty("allowed_actions").GetRawText());
        Assert.Equal("""["http_fetch"]""", acl.GetProperty("agent:api").GetProperty("allowed_actions").GetRawText());
    }

    [Fact]
    public async Task Malformed_data_on_disk_stop_changes_with_a_code_and_the_data_in_force_stay()
    {
        using var admin = _gate.WireOperator();
        File.WriteAllText(_gate.Configuration.PolicyDataPath, "{\"policy_version\":");
        var refused = (await admin.AuthorizedAsync("POST", "/v1/admin/policy/grant", Body("agent:a", "http_fetch"))).Refused(500, "policy_read_error");
        Assert.DoesNotContain(_gate.Root, refused.Content, StringComparison.Ordinal);
        Assert.Contains("not valid JSON", refused.Text("detail"), StringComparison.Ordinal);
        Assert.Equal("m0-dev-001", (await admin.AuthorizedAsync("GET", "/v1/admin/policy")).Text("policy_version"));
        Assert.Empty(Events());
    }

    [Fact]
    public async Task A_wildcard_that_lists_a_risky_action_stops_the_start()
    {
        var path = _gate.Configuration.PolicyDataPath;
        File.WriteAllText(path, File.ReadAllText(path).Replace("[\"http_fetch\"]", "[\"http_delete\"]", StringComparison.Ordinal));
        var refused = await Assert.ThrowsAsync<StartupException>(_gate.RestartAsync);
        Assert.Equal(StartupError.PolicyLoadFailed, refused.Error);
        Assert.Contains("http_delete", refused.Detail, StringComparison.Ordinal);
        File.WriteAllText(path, """{"policy_version":"v1"}""");
        await _gate.StartAgainAsync();
    }

    public static TheoryData<string, string, int, string> BadBodies => new()
    {
        { "grant", "", 400, "bad_request" },
        { "grant", "{", 400, "bad_request" },
        { "grant", """{"principal":"a","principal":"b","actions":["http_fetch"]}""", 400, "bad_request" },
        { "grant", "[]", 422, "invalid_request" },
        { "grant", """{"actions":["http_fetch"]}""", 422, "invalid_request" },
        { "grant", """{"principal":7,"actions":["http_fetch"]}""", 422, "invalid_request" },
        { "grant", """{"principal":"a","actions":"http_fetch"}""", 422, "invalid_request" },
        { "grant", """{"principal":"a","actions":[1]}""", 422, "invalid_request" },
        { "grant", """{"principal":"","actions":["http_fetch"]}""", 400, "invalid_principal" },
        { "grant", """{"principal":"_a","actions":["http_fetch"]}""", 400, "invalid_principal" },
        { "grant", """{"principal":"a\u0000b","actions":["http_fetch"]}""", 400, "invalid_principal" },
        { "grant", """{"principal":"a\nb","actions":["http_fetch"]}""", 400, "invalid_principal" },
        { "grant", """{"principal":"a\u202eb","actions":["http_fetch"]}""", 400, "invalid_principal" },
        { "grant", """{"principal":"a\u2028b","actions":["http_fetch"]}""", 400, "invalid_principal" },
        { "grant", """{"principal":"a\ud800","actions":["http_fetch"]}""", 400, "bad_request" },
        { "grant", $$"""{"principal":"{{new string('a', 10 * 1024)}}","actions":["http_fetch"]}""", 400, "invalid_principal" },
        { "grant", $$"""{"principal":"{{new string('ü', 127)}}","actions":["http_fetch"]}""", 400, "invalid_principal" },
        { "grant", """{"principal":"*","actions":["http_fetch","http_delete"]}""", 400, "invalid_principal" },
        { "grant", """{"principal":"a","actions":[]}""", 400, "empty_actions" },
        { "grant", $$"""{"principal":"a","actions":[{{string.Join(',', Enumerable.Repeat("\"http_fetch\"", 101))}}]}""", 400, "too_many_actions" },
        { "grant", """{"principal":"a","actions":["http fetch"]}""", 400, "invalid_action_id" },
        { "grant", """{"principal":"a","actions":["http_fetch","http_nothing"]}""", 400, "unknown_action" },
        { "revoke", """{"principal":"","actions":["http_fetch"]}""", 400, "invalid_principal" },
        { "revoke", """{"principal":"a","actions":[]}""", 400, "empty_actions" },
        { "allowlist", """{"action_id":"http_delete"}""", 422, "invalid_request" },
        { "allowlist", """{"action_id":"http_delete","agent_id":"a b"}""", 400, "invalid_input" },
        { "allowlist", """{"action_id":"http_delete","agent_id":"*"}""", 400, "invalid_input" },
        { "allowlist", """{"action_id":"http_delete","agent_id":""}""", 400, "invalid_input" },
        { "allowlist", """{"action_id":"","agent_id":"a"}""", 400, "invalid_input" },
        { "allowlist", """{"action_id":"http_nothing","agent_id":"a"}""", 404, "action_not_found" },
    };

    [Fact]
    public async Task A_bad_body_is_refused_with_its_code_and_changes_nothing()
    {
        using var admin = _gate.WireOperator();
        var before = File.ReadAllBytes(_gate.Configuration.PolicyDataPath);
        foreach (var row in BadBodies)
        {
            var (route, body, status, code) = row.Data;
            var answer = await admin.AuthorizedAsync("POST", $"/v1/admin/policy/{route}", body);
            Assert.True((status, code) == (answer.Status, answer.Error), $"{route} {body[..Math.Min(80, body.Length)]}: {answer.Status} {answer.Content}");
            answer.Refused(status, code);
            Assert.Equal(
                code is "invalid_principal" or "empty_actions" or "too_many_actions" or "invalid_action_id" or "invalid_input",
                answer.Json.TryGetProperty("detail", out _));
        }

        Assert.Equal("http_nothing", (await admin.AuthorizedAsync("POST", "/v1/admin/policy/grant", Body("a", "http_nothing"))).Text("action_id"));
        (await admin.SendAsync("POST", "/v1/admin/policy/grant", Body("a", "http_fetch"), "text/plain", $"DPoP {admin.Lease}", admin.Proof("POST", "/v1/admin/policy/grant")))
            .Refused(415, "unsupported_media_type");
        Assert.Equal(413, (await admin.AuthorizedAsync("POST", "/v1/admin/policy/grant", new string(' ', (1 << 20) + 1))).Status);
        Assert.Equal(before, File.ReadAllBytes(_gate.Configuration.PolicyDataPath));
        Assert.Empty(Events());
    }

    [Theory]
    [InlineData("GET", "/v1/admin/policy")]
    [InlineData("GET", "/v1/admin/policy/agent:a")]
    [InlineData("POST", "/v1/admin/policy/grant")]
    [InlineData("POST", "/v1/admin/policy/revoke")]
    [InlineData("POST", "/v1/admin/policy/allowlist")]
    [InlineData("DELETE", "/v1/admin/policy/allowlist")]
    public async Task Who_is_no_operator_hears_nothing_of_the_body_and_an_agents_socket_has_no_such_route(string method, string path)
    {
        using var nobody = _gate.Wire(_gate.AdminSocket);
        (await nobody.SendAsync(method, path, method == "GET" ? null : "{", "text/plain")).Refused(401, "missing_auth_header");
        await nobody.LeaseAsync();
        (await nobody.AuthorizedAsync(method, path, method == "GET" ? null : "{")).Refused(401, "invalid_operator_token");
        using var agent = _gate.Wire();
        Assert.Equal(404, (await agent.SendAsync(method, path)).Status);

        // A proof for another route is none for this one.
        using var admin = _gate.WireOperator();
        (await admin.SendAsync(method, path, method == "GET" ? null : "{}", authorization: $"DPoP {admin.Lease}", proof: admin.Proof(method, "/v1/admin/status")))
            .Refused(401, "invalid_dpop");
    }
}

/// <summary>An operator that may only look.</summary>
public sealed class PolicyViewerWireTests : IAsyncLifetime
{
    private readonly LiveGate _gate = new() { OperatorRole = "viewer" };

    public ValueTask InitializeAsync() => _gate.InitializeAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    public async Task A_viewer_reads_the_policy_and_changes_none_of_it()
    {
        using var viewer = _gate.WireOperator();
        Assert.Equal(200, (await viewer.AuthorizedAsync("GET", "/v1/admin/policy")).Status);
        (await viewer.AuthorizedAsync("POST", "/v1/admin/policy/grant", "{")).Refused(403, "operator_forbidden");
        (await viewer.AuthorizedAsync("DELETE", "/v1/admin/policy/allowlist", """{"action_id":"http_delete","agent_id":"a"}""")).Refused(403, "operator_forbidden");
    }
}

/// <summary>A gate whose policy an OPA elsewhere decides.</summary>
public sealed class PolicyElsewhereWireTests : IAsyncLifetime
{
    private readonly LiveGate _gate = new() { Settings = static _ => "opa_url = \"http://127.0.0.1:9\"" };

    public ValueTask InitializeAsync() => _gate.InitializeAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Theory]
    [InlineData("GET", "/v1/admin/policy", null)]
    [InlineData("GET", "/v1/admin/policy/agent:a", null)]
    [InlineData("POST", "/v1/admin/policy/grant", """{"principal":"agent:a","actions":["http_fetch"]}""")]
    [InlineData("POST", "/v1/admin/policy/revoke", """{"principal":"agent:a","actions":["http_fetch"]}""")]
    [InlineData("POST", "/v1/admin/policy/allowlist", """{"action_id":"http_delete","agent_id":"agent:a"}""")]
    [InlineData("DELETE", "/v1/admin/policy/allowlist", """{"action_id":"http_delete","agent_id":"agent:a"}""")]
    public async Task D55_data_that_another_process_holds_are_not_changed_here_as_if_they_were(string method, string path, string? body)
    {
        using var admin = _gate.WireOperator();
        var before = File.ReadAllBytes(_gate.Configuration.PolicyDataPath);
        (await admin.AuthorizedAsync(method, path, body)).Refused(409, "policy_data_external");
        Assert.Equal(before, File.ReadAllBytes(_gate.Configuration.PolicyDataPath));
    }
}
