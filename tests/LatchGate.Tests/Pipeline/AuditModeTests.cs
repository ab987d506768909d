using System.Net;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.HostIo;
using LatchGate.Pipeline;
using LatchGate.Tests.HostIo;

namespace LatchGate.Tests.Pipeline;

/// <summary>Audit mode as it is recorded: what lists refuse goes out, and the ledger and the receipt say what enforcing would have done.</summary>
public sealed class AuditModeTests
{
    private static readonly ActionSpec Fetch = CompiledActions.All.Single(a => a.Id == "http_fetch");

    [Fact]
    public async Task A_forgiven_request_goes_out_and_the_ledger_and_the_receipt_say_what_would_have_denied_it()
    {
        using var rig = Rig(Fetch.Egress with { Mode = EgressMode.Audit });
        var outcome = await rig.FetchAsync("https://unlisted.example.net/secret-path");
        var executed = Assert.IsType<CallOutcome.Executed>(outcome);
        var detail = Detail(rig, EventTypes.EgressAllowed);
        Assert.Equal(("audit", "host_not_allowed", "audit"), (Text(detail, "mode"), Text(detail, "would_deny"), Text(detail, "reason")));
        Assert.Equal("https://unlisted.example.net:443", Text(detail, "origin"));
        var effect = Assert.Single(rig.Receipt(executed.Report.ReceiptId).GetProperty("effect_evidence").EnumerateArray());
        Assert.Equal("host_not_allowed", Text(effect, "would_deny"));
    }

    [Fact]
    public async Task A_request_that_the_lists_allow_is_recorded_as_in_enforcing()
    {
        using var rig = Rig(Fetch.Egress with { Mode = EgressMode.Audit });
        var executed = Assert.IsType<CallOutcome.Executed>(await rig.FetchAsync("https://api.github.com/zen"));
        var detail = Detail(rig, EventTypes.EgressAllowed);
        Assert.Equal(("allowed", "public-sites"), (Text(detail, "reason"), Text(detail, "rule")));
        Assert.False(detail.TryGetProperty("would_deny", out _));
        var effect = Assert.Single(rig.Receipt(executed.Report.ReceiptId).GetProperty("effect_evidence").EnumerateArray());
        Assert.False(effect.TryGetProperty("would_deny", out _));
    }

    [Fact]
    public async Task When_the_operators_window_has_closed_the_same_request_is_denied()
    {
        using var rig = Rig(Fetch.Egress with { Mode = EgressMode.Audit }, until: DateTimeOffset.UnixEpoch);
        Assert.IsType<CallOutcome.Denied>(await rig.FetchAsync("https://unlisted.example.net/"));
        var detail = Detail(rig, EventTypes.EgressDenied);
        Assert.Equal(("enforce", "host_not_allowed"), (Text(detail, "mode"), Text(detail, "reason")));
    }

    [Fact]
    public async Task The_manifests_own_end_closes_it_too()
    {
        using var rig = Rig(Fetch.Egress with { Mode = EgressMode.Audit, AuditUntil = DateTimeOffset.UnixEpoch });
        Assert.IsType<CallOutcome.Denied>(await rig.FetchAsync("https://unlisted.example.net/"));
    }

    [Fact]
    public async Task The_floor_is_never_forgiven()
    {
        using var rig = Rig(Fetch.Egress with { Mode = EgressMode.Audit });
        Assert.IsType<CallOutcome.Denied>(await rig.FetchAsync("https://metadata.example.net/"));
        var detail = Detail(rig, EventTypes.EgressDenied);
        Assert.Equal(("audit", "metadata_target", "metadata"), (Text(detail, "mode"), Text(detail, "reason"), Text(detail, "address_class")));
        Assert.False(detail.GetProperty("sent").GetBoolean());
    }

    private static ExecutionRig Rig(EgressRuleSet rules, DateTimeOffset? until = null)
    {
        var resolver = new TableResolver
        {
            Table =
            {
                ["unlisted.example.net"] = [IPAddress.Parse("93.184.216.34")],
                ["api.github.com"] = [IPAddress.Parse("93.184.216.35")],
                ["metadata.example.net"] = [IPAddress.Parse("169.254.169.254")],
            },
        };
        var actions = ActionRegistry.Create([Fetch with { Egress = rules }], CompiledActions.ManifestSetDigest, null);
        return new ExecutionRig(new AnsweringWorld("{}"), actions, auditUntil: until ?? DateTimeOffset.MaxValue, resolver: resolver);
    }

    private static JsonElement Detail(ExecutionRig rig, string type)
    {
        var stored = Assert.Single(rig.State.Ledger.Read(reader => reader.QueryEvents(new EventQuery { EventType = type })));
        return JsonDocument.Parse(stored.Json).RootElement.GetProperty("detail");
    }

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();
}
