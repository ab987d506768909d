using System.Text;
using System.Text.Json;
using LatchGate.Evidence;
using LatchGate.Tests.Evidence;
using LatchGate.Tests.HostIo;

namespace LatchGate.Tests.Webhooks;

/// <summary>The bodies that Slack, Teams, Discord and PagerDuty get, over the wire.</summary>
public sealed class FormatTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private const string AllEvents =
        "\"approval.pending\", \"approval.granted\", \"approval.denied\", \"approval.expired\", \"approval.failed\", \"action.denied\", \"action.executed\", "
        + "\"action.failed\", \"revocation\", \"budget.exhausted\", \"key.rotated\"";

    private const string Hostile = "<!channel> <@U123> @everyone @here **bold** [x](https://evil.test) `code` \"quote\" \\ & \u202Eabc\nnext";

    /// <summary>Sends events in a format; gives back what the receiver got.</summary>
    private static async Task<List<(SeenRequest Request, JsonElement Body)>> SendAsync(string format, params AuditEvent[] events)
    {
        await using var receiver = new Receiver(Ok);
        var more = $"format = \"{format}\"\n" + (format == "pagerduty" ? "routing_key = \"PD_KEY\"\n" : "");
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port), events: AllEvents, more: more), receiver.Certificate).Start();
        foreach (var e in events)
        {
            await rig.AppendAsync(e);
        }

        await rig.UntilAsync(all => all.Count >= events.Length && all.All(d => d.State != DeliveryState.Pending));
        Assert.All(rig.Deliveries(), d => Assert.Equal(DeliveryState.Delivered, d.State));
        return [.. receiver.Requests.Select(r => (r, JsonDocument.Parse(r.Body).RootElement))];
    }

    private static AuditEvent Denied(string reason = "policy_denied: no") =>
        TempLedger.Event() with { Decision = AuditDecision.Deny, DenyReason = reason, RiskLevel = "high", Owner = "ada" };

    /// <summary>One event of the ledger for each type, pending and expired aside, which need an approval.</summary>
    private static AuditEvent[] OneOfEach() =>
    [
        TempLedger.Event() with { ApprovalId = "a-1", ApprovedBy = "alice", ReceiptId = "r-1", VerificationOutcome = "verified" },
        TempLedger.Event(type: EventTypes.ApprovalDenied) with { Decision = AuditDecision.Deny, ApprovalId = "a-2", ApprovedBy = "alice", DenyReason = "no" },
        TempLedger.Event(type: EventTypes.ApprovalExpired) with { Decision = AuditDecision.Deny, ApprovalId = "a-3", DenyReason = "approval expired" },
        TempLedger.Event(type: EventTypes.ApprovalFailed) with { Decision = AuditDecision.Error, ApprovalId = "a-4", DenyReason = "plan_changed: moved" },
        Denied(),
        Denied("budget_exhausted: calls_per_hour"),
        TempLedger.Event() with { Decision = AuditDecision.Error, DenyReason = "provider_timeout" },
        TempLedger.Event(type: EventTypes.AdminRevokeAll, principal: "alice") with { DenyReason = "epoch 1 => 2" },
        TempLedger.Event(type: EventTypes.ReceiptKeyRotated, principal: "alice") with { DenyReason = "old => new" },
    ];

    [Theory]
    [InlineData("slack")]
    [InlineData("teams")]
    [InlineData("discord")]
    [InlineData("pagerduty")]
    public async Task Every_event_has_words_in_every_chat(string format)
    {
        var got = await SendAsync(format, OneOfEach());
        var types = got.Select(g => Receiver.Header(g.Request, "x-latchgate-event-type")).ToHashSet();
        Assert.Equal(10, types.Count);
        Assert.All(got, g => Assert.True(g.Request.Body.Length < 20_000));
    }

    [Theory]
    [InlineData("slack")]
    [InlineData("teams")]
    [InlineData("discord")]
    [InlineData("pagerduty")]
    public async Task A_value_of_any_length_leaves_the_message_below_the_services_limits(string format)
    {
        var got = Assert.Single(await SendAsync(format, Denied(new string('&', 20_000)) with { Owner = new string('*', 5000), ActionId = new string('<', 128) }));
        Assert.True(got.Request.Body.Length < 20_000);
        switch (format)
        {
            case "slack":
                Assert.All(Texts(got.Body.GetProperty("blocks")), text => Assert.InRange(text.Length, 1, 2000));
                Assert.InRange(got.Body.GetProperty("blocks")[0].GetProperty("text").GetProperty("text").GetString()!.Length, 1, 150);
                break;
            case "discord":
                var embed = got.Body.GetProperty("embeds")[0];
                Assert.InRange(got.Body.GetProperty("content").GetString()!.Length, 1, 2000);
                Assert.InRange(embed.GetProperty("title").GetString()!.Length, 1, 256);
                Assert.All(embed.GetProperty("fields").EnumerateArray(), f => Assert.InRange(f.GetProperty("value").GetString()!.Length, 1, 1024));
                Assert.InRange(Texts(embed).Sum(t => t.Length), 1, 6000);
                break;
            case "pagerduty":
                Assert.InRange(got.Body.GetProperty("payload").GetProperty("summary").GetString()!.Length, 1, 1024);
                break;
        }
    }

    [Fact]
    public async Task Slack_gets_text_and_blocks_in_which_nothing_of_an_agent_is_a_mention_or_formatting()
    {
        var body = Assert.Single(await SendAsync("slack", Denied(Hostile))).Body;
        Assert.Equal("A call was refused: demo_get", body.GetProperty("text").GetString());
        Assert.False(body.GetProperty("mrkdwn").GetBoolean());
        Assert.Equal(["header", "section", "context"], body.GetProperty("blocks").EnumerateArray().Select(b => b.GetProperty("type").GetString()));
        Assert.DoesNotContain("mrkdwn", Types(body.GetProperty("blocks")));
        Assert.All(Texts(body), text => Assert.DoesNotContain(text, "<>".Contains));
        Assert.Contains(Texts(body), text => text.Contains("&lt;!channel&gt; &lt;@U123&gt; @everyone", StringComparison.Ordinal));
        AssertOneLine(body);
    }

    [Fact]
    public async Task Discord_pings_nobody_and_shows_markdown_as_it_was_written()
    {
        var body = Assert.Single(await SendAsync("discord", Denied(Hostile))).Body;
        Assert.Equal("A call was refused: demo\\_get", body.GetProperty("content").GetString());
        Assert.Empty(body.GetProperty("allowed_mentions").GetProperty("parse").EnumerateArray());
        var embed = Assert.Single(body.GetProperty("embeds").EnumerateArray());
        Assert.Equal(0xE74C3C, embed.GetProperty("color").GetInt32());
        var reason = embed.GetProperty("fields").EnumerateArray().Single(f => f.GetProperty("name").GetString() == "Deny reason").GetProperty("value").GetString()!;
        Assert.StartsWith("\\<!channel\\> \\<@\u200BU123\\> @\u200Beveryone @\u200Bhere \\*\\*bold\\*\\* \\[x\\]\\(https://evil.test\\) \\`code\\`", reason, StringComparison.Ordinal);
        Assert.DoesNotContain("@everyone", reason, StringComparison.Ordinal);
        AssertOneLine(body);
    }

    [Fact]
    public async Task Teams_gets_an_adaptive_card_of_text_runs_which_know_no_markdown()
    {
        var body = Assert.Single(await SendAsync("teams", Denied(Hostile))).Body;
        Assert.Equal("message", body.GetProperty("type").GetString());
        var attachment = Assert.Single(body.GetProperty("attachments").EnumerateArray());
        Assert.Equal("application/vnd.microsoft.card.adaptive", attachment.GetProperty("contentType").GetString());
        var card = attachment.GetProperty("content");
        Assert.Equal("AdaptiveCard", card.GetProperty("type").GetString());
        Assert.All(card.GetProperty("body").EnumerateArray(), block =>
        {
            Assert.Equal("RichTextBlock", block.GetProperty("type").GetString());
            Assert.All(block.GetProperty("inlines").EnumerateArray(), run => Assert.Equal("TextRun", run.GetProperty("type").GetString()));
        });
        AssertOneLine(body);
    }

    [Fact]
    public async Task PagerDuty_opens_one_incident_for_an_approval_and_its_end_resolves_it()
    {
        await using var receiver = new Receiver(Ok);
        await using var rig = new WebhookRig(
            WebhookRig.Endpoint(WebhookRig.Url(receiver.Port), events: AllEvents, more: "format = \"pagerduty\"\nrouting_key = \"PD_KEY\""), receiver.Certificate).Start();
        var approval = rig.State.Approval();
        var announcement = TempLedger.Event() with { Decision = AuditDecision.PendingApproval, RiskLevel = "high" };
        await rig.Ledger.HoldApprovalAsync(approval, announcement, TempLedger.Bounds);
        await rig.UntilAsync(all => all.Count == 1 && all[0].State == DeliveryState.Delivered);
        rig.State.Time.Advance(TimeSpan.FromHours(1));
        Assert.Single((await rig.Ledger.ExpireApprovalsAsync()).Value!);
        await rig.UntilAsync(all => all.Count == 2 && all.All(d => d.State == DeliveryState.Delivered));

        var bodies = receiver.Requests.Select(r => JsonDocument.Parse(r.Body).RootElement).ToArray();
        Assert.Equal(["trigger", "resolve"], bodies.Select(b => b.GetProperty("event_action").GetString()));
        Assert.All(bodies, b => Assert.Equal("0123456789abcdef0123456789abcdef", b.GetProperty("routing_key").GetString()));
        Assert.All(bodies, b => Assert.Equal($"latchgate-approval-{approval.ApprovalId}", b.GetProperty("dedup_key").GetString()));
        Assert.Equal(("critical", "latchgate"), (bodies[0].GetProperty("payload").GetProperty("severity").GetString(), bodies[0].GetProperty("payload").GetProperty("source").GetString()));
    }

    [Fact]
    public async Task PagerDuty_is_not_told_late_of_a_call_that_waits_no_more()
    {
        await using var receiver = new Receiver(Ok);
        await using var rig = new WebhookRig(
            WebhookRig.Endpoint(WebhookRig.Url(receiver.Port), events: "\"approval.pending\"", more: "format = \"pagerduty\"\nrouting_key = \"PD_KEY\""),
            receiver.Certificate).Start(send: false);
        await rig.Ledger.HoldApprovalAsync(rig.State.Approval(), TempLedger.Event() with { Decision = AuditDecision.PendingApproval }, TempLedger.Bounds);
        rig.State.Time.Advance(TimeSpan.FromHours(1));
        await rig.Ledger.ExpireApprovalsAsync();
        rig.Send();
        await rig.AfterAsync(1);
        Assert.Equal("resolve", JsonDocument.Parse(Assert.Single(receiver.Requests).Body).RootElement.GetProperty("event_action").GetString());
    }

    [Fact]
    public async Task Every_way_in_which_an_approval_ends_resolves_its_incident()
    {
        var got = await SendAsync("pagerduty", OneOfEach());
        var ends = got.Where(g => Receiver.Header(g.Request, "x-latchgate-event-type")!.StartsWith("approval.", StringComparison.Ordinal)).ToArray();
        Assert.Equal(4, ends.Length);
        Assert.All(ends, g => Assert.Equal("resolve", g.Body.GetProperty("event_action").GetString()));
        Assert.All(got.Except(ends), g => Assert.Equal("trigger", g.Body.GetProperty("event_action").GetString()));
    }

    [Fact]
    public async Task Secrets_of_the_store_are_in_the_request_and_nowhere_else()
    {
        await using var receiver = new Receiver(Receiver.Status(404));
        var more = "format = \"slack\"\n[webhooks.headers]\nX-Token = \"Bearer ${PD_KEY}!\"";
        await using var rig = new WebhookRig(
            WebhookRig.Endpoint(WebhookRig.Url(receiver.Port, path: "/services/${CHAT_TOKEN}?x=1"), more: more), receiver.Certificate).Start();
        await rig.AppendAsync();
        await rig.AfterAsync(1);

        var request = Assert.Single(receiver.Requests);
        Assert.StartsWith("POST /services/T0/B0/very-secret-path?x=1 HTTP/1.1\r\n", request.Head, StringComparison.Ordinal);
        Assert.Equal("Bearer 0123456789abcdef0123456789abcdef!", Receiver.Header(request, "x-token"));
        await rig.StopAsync();
        var file = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(rig.State.Path, TestContext.Current.CancellationToken));
        foreach (var secret in (string[])["very-secret-path", "0123456789abcdef0123456789abcdef", WebhookRig.Key])
        {
            Assert.DoesNotContain(secret, file, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, rig.Log.ToString(), StringComparison.Ordinal);
        }

        rig.Start(send: false);
    }

    private static void AssertOneLine(JsonElement body) =>
        Assert.All(Texts(body), text => Assert.DoesNotContain(text, c => char.IsControl(c) || c is '\u202E'));

    private static IEnumerable<string> Texts(JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.String => [e.GetString()!],
        JsonValueKind.Object => e.EnumerateObject().SelectMany(m => Texts(m.Value)),
        JsonValueKind.Array => e.EnumerateArray().SelectMany(Texts),
        _ => [],
    };

    private static IEnumerable<string> Types(JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.Object => e.EnumerateObject().SelectMany(m => m.NameEquals("type") ? [m.Value.GetString()!] : Types(m.Value)),
        JsonValueKind.Array => e.EnumerateArray().SelectMany(Types),
        _ => [],
    };
}
