using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Tests.Cli;

namespace LatchGate.Tests.Api;

/// <summary>What clients learn about the actions without a lease (reference/wire.md §5.1–5.3), and the two views made from the same specs.</summary>
public sealed class DiscoveryTests(LiveGate gate) : IClassFixture<LiveGate>
{
    [Fact]
    public async Task The_list_is_sorted_and_has_what_clients_read()
    {
        var actions = (await GetAsync("/v1/actions")).GetProperty("actions").EnumerateArray().ToList();
        Assert.Equal(
            CompiledActions.All.Select(static a => a.Id).Order(StringComparer.Ordinal), actions.Select(static a => a.GetProperty("action_id").GetString()));
        foreach (var action in actions)
        {
            Assert.Matches(@"^\d+\.\d+\.\d+$", action.GetProperty("version").GetString());
            Assert.Contains(action.GetProperty("risk_level").GetString(), (string[])["low", "medium", "high", "critical"]);
            Assert.False(action.TryGetProperty("database_mode", out _));
        }
    }

    [Fact]
    public async Task Each_action_has_its_detail_and_its_schema()
    {
        foreach (var action in CompiledActions.All)
        {
            var detail = await GetAsync($"/v1/actions/{action.Id}");
            Assert.Equal(action.Id, detail.GetProperty("action_id").GetString());
            Assert.Equal(
                ["fuel", "memory_mb", "timeout_seconds", "max_io_calls", "max_host_response_bytes"],
                detail.GetProperty("resource_limits").EnumerateObject().Select(static m => m.Name));
            Assert.Equal(
                ["max_request_bytes", "max_response_bytes", "has_request_schema", "has_response_schema"],
                detail.GetProperty("io").EnumerateObject().Select(static m => m.Name));
            Assert.Matches("^(builtin:[a-z0-9_]+|sha256:[0-9a-f]{64})$", detail.GetProperty("provider_module_digest").GetString());
            Assert.Equal(JsonValueKind.Array, detail.GetProperty("declared_side_effects").ValueKind);
            Assert.False(detail.TryGetProperty("database", out _));
            var egress = detail.GetProperty("egress");
            Assert.True(action.Egress.Profile == EgressProfile.None
                ? egress.GetString() == "none"
                : egress.GetProperty("proxy_allowlist").GetProperty("allowed_domains").ValueKind == JsonValueKind.Array);

            // Integrations demand an object.
            Assert.Equal(JsonValueKind.Object, (await GetAsync($"/v1/actions/{action.Id}/schema/request")).ValueKind);
        }
    }

    [Fact]
    public async Task The_OpenAPI_document_has_each_actions_own_schema()
    {
        var document = await GetAsync("/v1/openapi.json");
        Assert.StartsWith("3.1.", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.Equal(gate.Configuration.PublicBaseUrl, document.GetProperty("servers")[0].GetProperty("url").GetString());
        Assert.NotEmpty(document.GetProperty("info").GetProperty("version").GetString()!);
        var paths = document.GetProperty("paths").EnumerateObject().ToDictionary(static p => p.Name, static p => p.Value);
        Assert.Equal(CompiledActions.All.Length, paths.Count);
        foreach (var action in CompiledActions.All)
        {
            var post = paths[$"/v1/actions/{action.Id}/execute"].GetProperty("post");
            Assert.Equal(action.Id, post.GetProperty("operationId").GetString());
            var media = post.GetProperty("requestBody").GetProperty("content").GetProperty("application/json");
            var schema = JsonNode.Parse(media.GetProperty("schema").GetRawText())!.AsObject();
            var own = JsonNode.Parse(action.RequestSchema.Span)!.AsObject();

            // Where a schema refers to its own parts it says that it is a document of its own.
            if (!own.ContainsKey("$id"))
            {
                Assert.Equal(own.ToJsonString().Contains("\"$ref\"", StringComparison.Ordinal), schema.Remove("$id"));
            }

            Assert.True(JsonNode.DeepEquals(own, schema), action.Id);
        }

        // Every reference outside the schemas of actions leads somewhere.
        foreach (var response in paths.Values.SelectMany(static p => p.GetProperty("post").GetProperty("responses").EnumerateObject()))
        {
            var at = document;
            foreach (var step in response.Value.GetProperty("$ref").GetString()!.Split('/').Skip(1))
            {
                at = at.GetProperty(step);
            }

            Assert.Equal(JsonValueKind.String, at.GetProperty("description").ValueKind);
        }
    }

    [Fact]
    public async Task The_tools_are_as_MCP_wants_them()
    {
        var result = await GetAsync("/v1/tools");
        Assert.False(result.TryGetProperty("nextCursor", out _));
        var tools = result.GetProperty("tools").EnumerateArray().ToDictionary(static t => t.GetProperty("name").GetString()!);
        Assert.Equal(CompiledActions.All.Select(static a => a.Id).Order(StringComparer.Ordinal), tools.Keys.Order(StringComparer.Ordinal));
        foreach (var tool in tools.Values)
        {
            Assert.Matches("^[A-Za-z0-9_-]{1,128}$", tool.GetProperty("name").GetString());
            Assert.NotEmpty(tool.GetProperty("description").GetString()!);
            Assert.Equal("object", tool.GetProperty("inputSchema").GetProperty("type").GetString());
            var annotations = tool.GetProperty("annotations");
            Assert.All(["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"], name => annotations.GetProperty(name).GetBoolean());
            Assert.False(Hint(tool, "readOnlyHint") && Hint(tool, "destructiveHint"));
        }

        Assert.Equal((true, false, true, true), Hints(tools["http_fetch"]));
        Assert.Equal((false, false, false, true), Hints(tools["http_post"]));
        Assert.Equal((false, true, true, true), Hints(tools["http_delete"]));
        Assert.Equal((true, false, true, false), Hints(tools["fs_read"]));
        Assert.Equal((false, true, true, false), Hints(tools["fs_write"]));
        Assert.True(tools["http_delete"].GetProperty("_meta").GetProperty("latchgate/needs_approval").GetBoolean());
    }

    [Fact]
    public void Where_the_manifest_leaves_a_doubt_the_worse_is_said()
    {
        var rule = CompiledActions.All.Single(static a => a.Id == "http_fetch").Egress.Allow[0];
        ActionSpec With(RiskLevel risk, string effect, params string[] methods) => TestActions.Fetch with
        {
            Risk = risk,
            SideEffects = [effect],
            Egress = EgressRuleSet.Closed with { Profile = EgressProfile.ProxyAllowlist, Allow = [rule with { Methods = [.. methods] }] },
        };

        // A query by POST, as search engines have it; a rule for every method; a merge; a change in place.
        Assert.Equal((true, false, true, true), Hints(With(RiskLevel.Medium, "http_read", "POST")));
        Assert.Equal((false, true, false, true), Hints(With(RiskLevel.Low, "http_read")));
        Assert.Equal((false, true, false, true), Hints(With(RiskLevel.Critical, "http_write", "POST")));
        Assert.Equal((false, true, false, true), Hints(With(RiskLevel.Medium, "http_write", "PATCH")));
        Assert.Equal((false, false, false, true), Hints(With(RiskLevel.High, "http_write", "POST")));
        Assert.False(ActionHints.Of(TestActions.Fetch with { SideEffects = [] }).IsReadOnly);
    }

    [Theory]
    [InlineData("/v1/actions")]
    [InlineData("/v1/actions/http_fetch")]
    [InlineData("/v1/actions/http_fetch/schema/request")]
    [InlineData("/v1/openapi.json")]
    [InlineData("/v1/tools")]
    public async Task What_a_client_has_already_is_not_sent_again(string path)
    {
        using var client = Client();
        using var first = await client.GetAsync(path, TestContext.Current.CancellationToken);
        var tag = first.Headers.ETag!;
        Assert.False(tag.IsWeak);
        using var again = new HttpRequestMessage(HttpMethod.Get, path);
        again.Headers.IfNoneMatch.Add(tag);
        using var second = await client.SendAsync(again, TestContext.Current.CancellationToken);
        Assert.Equal(304, (int)second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        using var other = new HttpRequestMessage(HttpMethod.Get, path);
        other.Headers.IfNoneMatch.ParseAdd("\"00000000000000000000000000000000\"");
        using var third = await client.SendAsync(other, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)third.StatusCode);
    }

    [Fact]
    public async Task The_command_line_prints_what_the_gate_answers()
    {
        var cli = new CliRun(gate.Environment, gate.Configuration.Source.File);
        Assert.Equal(0, await cli.RunAsync("actions", "--openapi"));
        Assert.Equal((await GetAsync("/v1/openapi.json")).GetRawText(), cli.Output.TrimEnd('\n'));
        Assert.Equal(0, await cli.RunAsync("actions", "--mcp", "--json"));
        Assert.Equal((await GetAsync("/v1/tools")).GetRawText(), cli.Output.TrimEnd('\n'));
        Assert.Equal(64, await cli.RunAsync("actions", "--mcp", "--openapi"));
        Assert.Equal(64, await cli.RunAsync("actions", "http_fetch", "--mcp"));
    }

    private static (bool, bool, bool, bool) Hints(ActionSpec action)
    {
        var hints = ActionHints.Of(action);
        return (hints.IsReadOnly, hints.IsDestructive, hints.IsIdempotent, hints.IsOpenWorld);
    }

    private static bool Hint(JsonElement tool, string name) => tool.GetProperty("annotations").GetProperty(name).GetBoolean();

    private static (bool, bool, bool, bool) Hints(JsonElement tool) =>
        (Hint(tool, "readOnlyHint"), Hint(tool, "destructiveHint"), Hint(tool, "idempotentHint"), Hint(tool, "openWorldHint"));

    private HttpClient Client() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, stop) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(gate.ClientSocket), stop);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://localhost") };

    private async Task<JsonElement> GetAsync(string path)
    {
        using var agent = gate.Wire();
        var answer = await agent.SendAsync("GET", path);
        Assert.Equal((200, "application/json"), (answer.Status, answer.ContentType));
        return answer.Json;
    }
}
