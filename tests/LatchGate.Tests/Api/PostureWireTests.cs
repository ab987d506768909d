using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Identity;

namespace LatchGate.Tests.Api;

/// <summary>What each operator may do, and what shows when a protection is off.</summary>
public sealed class PostureWireTests
{
    [Fact]
    public async Task The_shared_key_mode_shows_in_the_status_and_in_every_event()
    {
        await using var gate = new LiveGate { MoreConfiguration = "[posture]\noperator_auth_insecure = true\n" };
        await gate.InitializeAsync();
        using var agent = gate.Wire();
        await agent.LeaseAsync();
        Assert.Equal(200, (await agent.ExecuteAsync("http_fetch", System.Text.Encoding.UTF8.GetString(gate.Fetch()))).Status);
        var apiKey = File.ReadAllText(Assert.Single(gate.Configuration.OperatorCredentials).ApiKeyFile!).Trim();
        using var admin = gate.Wire(gate.AdminSocket);
        var whoami = await admin.SendAsync("GET", "/v1/admin/whoami", authorization: $"DPoP {apiKey}");
        Assert.Equal("""{"operator":"default","role":"admin","authn_method":"operator_shared_key"}""", whoami.Content);
        var status = await admin.SendAsync("GET", "/v1/admin/status", authorization: $"DPoP {apiKey}");
        Assert.Equal("""{"dev_mode":true,"operator_auth_insecure":true}""", status.Json.GetProperty("posture").GetRawText());
        Assert.Equal(200, (await admin.SendAsync("POST", "/v1/admin/revoke-all", authorization: $"DPoP {apiKey}")).Status);

        await gate.RestartAsync();
        var events = Events(gate);
        Assert.All(events, e => Assert.True(e.GetProperty("dev_mode").GetBoolean()));
        var revoked = Assert.Single(events, e => e.GetProperty("event_type").GetString() == EventTypes.AdminRevokeAll);
        Assert.Equal(("operator_shared_key", ""), (revoked.GetProperty("operator_authn_method").GetString(), revoked.GetProperty("operator_sender_binding").GetString()));
        Assert.True(gate.Verify().Intact);
    }

    [Fact]
    public async Task Without_the_posture_an_api_key_alone_is_refused_and_no_event_says_dev_mode()
    {
        await using var gate = new LiveGate();
        await gate.InitializeAsync();
        var apiKey = File.ReadAllText(Assert.Single(gate.Configuration.OperatorCredentials).ApiKeyFile!).Trim();
        using var admin = gate.Wire(gate.AdminSocket);
        (await admin.SendAsync("GET", "/v1/admin/whoami", authorization: $"DPoP {apiKey}")).Refused(401, "missing_dpop_header");
        await gate.RestartAsync();
        Assert.All(Events(gate), e => Assert.False(e.GetProperty("dev_mode").GetBoolean()));
    }

    [Theory]
    [InlineData(OperatorRole.Viewer, 403)]
    [InlineData(OperatorRole.Approver, 403)]
    [InlineData(OperatorRole.Admin, 200)]
    public async Task Only_an_admin_revokes(OperatorRole role, int status)
    {
        await using var gate = new LiveGate { OperatorRole = role.ToWire() };
        await gate.InitializeAsync();
        using var @operator = gate.Operator();
        Assert.Equal(status, (await @operator.RevokeAllAsync(TestContext.Current.CancellationToken)).Status);
        Assert.Equal(status, (await @operator.RevokeAsync("lease", "x", false, null, TestContext.Current.CancellationToken)).Status);
        Assert.Equal(status, (await @operator.UnblockAsync("agent:x", null, TestContext.Current.CancellationToken)).Status);
        var epoch = await @operator.EpochAsync(TestContext.Current.CancellationToken);
        Assert.Equal((200, status == 200 ? 1 : 0), (epoch.Status, epoch.Body.GetProperty("current_epoch").GetInt32()));
    }

    private static List<JsonElement> Events(LiveGate gate)
    {
        using var reader = new LedgerReader(gate.LedgerPath);
        return [.. reader.EventsFrom(1, 1000).Select(e => JsonDocument.Parse(e.Json).RootElement)];
    }
}
