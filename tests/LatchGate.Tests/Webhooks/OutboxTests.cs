using LatchGate.Evidence;
using LatchGate.Storage;
using LatchGate.Tests.Evidence;
using LatchGate.Webhooks;

namespace LatchGate.Tests.Webhooks;

/// <summary>The outbox: written with the ledger's events or not at all, durable, bounded, and never in a call's way.</summary>
public sealed class OutboxTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private const string Nowhere = "https://hooks.test/in";

    [Fact]
    public async Task An_event_is_in_the_outbox_when_its_commit_is_durable_and_only_then()
    {
        await using var rig = new WebhookRig(WebhookRig.Endpoint(Nowhere)).Start(send: false);
        var intent = (await rig.Ledger.RecordIntentAsync(rig.State.Intent())).Proof!;
        Assert.Empty(rig.Deliveries());
        var receipt = rig.State.Receipt(intent);
        var written = await rig.Ledger.RecordOutcomeAsync(receipt, [TempLedger.Event(intent.Intent.TraceId)]);
        Assert.True(written.IsDurable);
        var delivery = Assert.Single(rig.Deliveries());
        Assert.Equal(("action.executed", DeliveryState.Pending, 0), (delivery.Type, delivery.State, delivery.Attempts));

        // The same outcome again is refused as a whole: the event, and what it would have told receivers.
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await rig.Ledger.RecordOutcomeAsync(receipt, [TempLedger.Event(intent.Intent.TraceId)]));
        Assert.Single(rig.Deliveries());
    }

    [Theory]
    [InlineData("01941f29-7c00-7000-8000-000000000003", "action.failed")]
    [InlineData(null, "action.denied")]
    public async Task A_call_that_was_carried_out_and_not_confirmed_failed_and_was_not_refused(string? receipt, string type)
    {
        await using var rig = new WebhookRig(WebhookRig.Endpoint(Nowhere, events: "\"action.failed\", \"action.denied\"")).Start(send: false);
        await rig.Ledger.AppendEventAsync(TempLedger.Event() with { Decision = AuditDecision.Deny, DenyReason = "verification_failed", ReceiptId = receipt });
        Assert.Equal(type, Assert.Single(rig.Deliveries()).Type);
    }

    [Fact]
    public async Task Work_that_is_undone_leaves_no_event_in_the_outbox()
    {
        await using var rig = new WebhookRig(WebhookRig.Endpoint(Nowhere, events: "\"approval.pending\"")).Start(send: false);
        var approval = rig.State.Approval();
        var announcement = TempLedger.Event() with { Decision = AuditDecision.PendingApproval };
        Assert.Equal(HoldOutcome.Held, (await rig.Ledger.HoldApprovalAsync(approval, announcement, TempLedger.Bounds)).Value.Outcome);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await rig.Ledger.HoldApprovalAsync(approval, announcement, TempLedger.Bounds));
        Assert.Single(rig.Deliveries());
    }

    [Fact]
    public async Task Without_webhooks_the_ledger_writes_no_row()
    {
        using var temp = new TempLedger();
        await temp.CallAsync();
        Assert.Empty(temp.Ledger.Read(reader => reader.ListDeliveries(new DeliveryQuery(null, null, null, 10))));
    }

    [Fact]
    public async Task An_event_that_nobody_subscribed_to_writes_no_row()
    {
        await using var rig = new WebhookRig(
            WebhookRig.Endpoint(Nowhere, "a", "\"revocation\"") + WebhookRig.Endpoint(Nowhere, "off", "\"action.executed\"", "disable = true")).Start(send: false);
        await rig.AppendAsync();
        Assert.Empty(rig.Deliveries());
    }

    [Fact]
    public async Task All_endpoints_get_an_event_under_one_id()
    {
        await using var rig = new WebhookRig(WebhookRig.Endpoint(Nowhere, "a") + WebhookRig.Endpoint(Nowhere, "b")).Start(send: false);
        await rig.AppendAsync();
        var both = rig.Deliveries();
        Assert.Equal(["a", "b"], both.Select(d => d.Endpoint).Order(StringComparer.Ordinal));
        Assert.Single(both.Select(d => d.EventId).Distinct());
    }

    [Fact]
    public async Task What_a_stopped_gate_had_not_sent_the_next_one_sends_under_the_same_id()
    {
        await using var receiver = new Receiver(Ok);
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start(send: false);
        await rig.AppendAsync();
        var id = Assert.Single(rig.Deliveries()).EventId;
        await rig.StopAsync();
        Assert.Empty(receiver.Requests);

        rig.Start();
        Assert.Equal(DeliveryState.Delivered, (await rig.AfterAsync(1)).State);
        Assert.Equal(id, Receiver.Header(Assert.Single(receiver.Requests), "x-latchgate-event-id"));
    }

    [Fact]
    public async Task An_attempt_that_a_stop_cut_off_is_made_again_at_once()
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var receiver = new Receiver((n, stream, stop) =>
        {
            seen.TrySetResult();
            return n == 1 ? Task.Delay(Timeout.Infinite, stop) : Receiver.Say(stream, Ok, stop);
        });
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start();
        await rig.AppendAsync();
        await seen.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await rig.StopAsync();

        // No claim is in the way, and no clock has to pass: one gate holds the ledger.
        rig.Start();
        var delivery = await rig.AfterAsync(1);
        Assert.Equal((DeliveryState.Delivered, 1), (delivery.State, delivery.Attempts));
        Assert.Equal(2, receiver.Requests.Count);
    }

    [Fact]
    public async Task An_event_waits_no_longer_than_any_delay_after_the_clock_was_set_back()
    {
        await using var receiver = new Receiver(Ok);
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start(send: false);
        await rig.AppendAsync();
        rig.State.Time.Advance(TimeSpan.FromDays(-1));
        rig.Send();
        Assert.Equal(DeliveryState.Delivered, (await rig.AfterAsync(1)).State);
    }

    [Fact]
    public async Task A_slow_endpoint_does_not_delay_another()
    {
        await using var slow = new Receiver((_, _, stop) => Task.Delay(Timeout.Infinite, stop));
        await using var fast = new Receiver((_, stream, stop) => Receiver.Say(stream, Ok, stop), slow.Certificate);
        await using var rig = new WebhookRig(
            WebhookRig.Endpoint(WebhookRig.Url(slow.Port), "slow").Replace("timeout_seconds = 2", "timeout_seconds = 60", StringComparison.Ordinal)
            + WebhookRig.Endpoint(WebhookRig.Url(fast.Port), "fast"),
            slow.Certificate).Start();
        for (var i = 0; i < 5; i++)
        {
            await rig.AppendAsync();
        }

        await rig.UntilAsync(all => all.Count == 5 && all.All(d => d.State == DeliveryState.Delivered), "fast");
        Assert.All(rig.Deliveries("slow"), d => Assert.Equal((DeliveryState.Pending, 0), (d.State, d.Attempts)));
        Assert.Single(slow.Requests);
    }

    [Fact]
    public async Task Events_arrive_in_their_order()
    {
        await using var receiver = new Receiver(Ok);
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start(send: false);
        for (var i = 0; i < 100; i++)
        {
            await rig.AppendAsync();
        }

        rig.Send();
        await rig.UntilAsync(all => all.All(d => d.State == DeliveryState.Delivered));
        Assert.Equal(
            rig.Deliveries().OrderBy(d => d.Id).Select(d => d.EventId), receiver.Requests.Select(r => Receiver.Header(r, "x-latchgate-event-id")));
    }

    [Fact]
    public async Task Outcomes_share_commits_instead_of_one_each()
    {
        await using var receiver = new Receiver(Ok);
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start(send: false);
        for (var i = 0; i < 64; i++)
        {
            await rig.AppendAsync();
        }

        var before = rig.Ledger.Commits;
        rig.Send();
        await rig.UntilAsync(all => all.All(d => d.State == DeliveryState.Delivered));
        Assert.InRange(rig.Ledger.Commits - before, 1, 20);
    }

    // Calls come as often as an agent likes.
    [Fact]
    public async Task Calls_cannot_fill_the_outbox_so_far_that_a_revocation_is_not_told()
    {
        const string Events = "\"action.executed\", \"revocation\"";
        await using var rig = new WebhookRig(WebhookRig.Endpoint(Nowhere, events: Events)).Start(send: false);
        var batch = Enumerable.Range(0, 1000).Select(_ => TempLedger.Event()).ToArray();
        for (var i = 0; i < 11; i++)
        {
            Assert.True((await rig.Ledger.AppendEventsAsync(batch)).IsDurable);
        }

        await rig.AppendAsync(TempLedger.Event(type: EventTypes.AdminRevokeAll, principal: "alice") with { DenyReason = "epoch 1 => 2" });
        var told = rig.Ledger.Read(reader => reader.ListDeliveries(new DeliveryQuery(null, null, null, 1)));
        Assert.Equal("revocation", Assert.Single(told).Type);
        Assert.Equal(1000 + WebhookEndpoint.Reserved, rig.Subscriptions.Endpoints[0].Dropped);
    }

    [Fact]
    public async Task A_full_outbox_drops_new_events_counts_them_and_lets_the_ledger_go_on()
    {
        await using var rig = new WebhookRig(WebhookRig.Endpoint(Nowhere, events: "\"revocation\"")).Start(send: false);
        var batch = Enumerable.Range(0, 1000).Select(_ => TempLedger.Event(type: EventTypes.AdminRevokeAll)).ToArray();
        for (var i = 0; i < WebhookEndpoint.MostPending / batch.Length; i++)
        {
            Assert.True((await rig.Ledger.AppendEventsAsync(batch)).IsDurable);
        }

        Assert.Equal(0, rig.Subscriptions.Endpoints[0].Dropped);
        Assert.True((await rig.Ledger.AppendEventsAsync(batch)).IsDurable);
        Assert.Equal(1000, rig.Subscriptions.Endpoints[0].Dropped);
        Assert.Equal(WebhookEndpoint.MostPending, rig.Ledger.Read(reader => reader.CountDeliveries())[0].Pending);
        await rig.Dispatcher.SweepAsync();
        Assert.Contains("\"event\":\"webhook_events_dropped\"", rig.Log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_is_dropped_is_counted_once_though_its_work_runs_again()
    {
        using var disk = new ManualResetEventSlim(true);
        await using var rig = new WebhookRig(WebhookRig.Endpoint(Nowhere, events: "\"revocation\"")) { Sync = disk.Wait };
        rig.Start(send: false);
        var revocation = TempLedger.Event(type: EventTypes.AdminRevokeAll);
        for (var i = 0; i <= WebhookEndpoint.MostPending / 1000; i++)
        {
            Assert.True((await rig.Ledger.AppendEventsAsync([.. Enumerable.Repeat(revocation, 1000)])).IsDurable);
        }

        Assert.Equal(1000, rig.Subscriptions.Endpoints[0].Dropped);
        var approval = rig.State.Approval();
        Assert.Equal(HoldOutcome.Held, (await rig.Ledger.HoldApprovalAsync(approval, TempLedger.Event(), TempLedger.Bounds)).Value.Outcome);

        // One commit is with the disk, so that what comes meanwhile shares the next.
        disk.Reset();
        var first = Task.Run(async () => await rig.Ledger.AppendEventAsync(TempLedger.Event()), TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(() => rig.Ledger.Read(reader => reader.CountEvents()) == 11_002);
        var told = rig.Ledger.AppendEventAsync(revocation).AsTask();
        var refused = rig.Ledger.HoldApprovalAsync(approval, TempLedger.Event(), TempLedger.Bounds).AsTask();
        disk.Set();
        await Assert.ThrowsAsync<InvalidOperationException>(() => refused);
        Assert.True((await told).IsDurable && (await first).IsDurable);
        Assert.Equal(1001, rig.Subscriptions.Endpoints[0].Dropped);
    }

    [Fact]
    public async Task Delivered_events_leave_after_a_week_and_dead_letters_stay()
    {
        await using var receiver = new Receiver(Ok, Receiver.Status(410));
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start();
        await rig.AppendAsync();
        await rig.UntilAsync(all => all.Count == 1 && all[0].State == DeliveryState.Delivered);
        await rig.AppendAsync();
        await rig.UntilAsync(all => all.Count == 2 && all.All(d => d.State != DeliveryState.Pending));

        rig.State.Time.Advance(TimeSpan.FromDays(6));
        await rig.Dispatcher.SweepAsync();
        Assert.Equal(2, rig.Deliveries().Count);
        rig.State.Time.Advance(TimeSpan.FromDays(2));
        await rig.Dispatcher.SweepAsync();
        Assert.Equal(DeliveryState.Dead, Assert.Single(rig.Deliveries()).State);
    }

    [Fact]
    public async Task What_waits_for_an_endpoint_that_was_removed_is_a_dead_letter_that_says_so()
    {
        await using var rig = new WebhookRig(WebhookRig.Endpoint(Nowhere, "old") + WebhookRig.Endpoint(Nowhere, "kept")).Start(send: false);
        await rig.AppendAsync();
        var abandoned = await rig.Ledger.Outbox.AbandonAsync(["kept"]);
        Assert.Equal((WriteFault.None, 1), (abandoned.Fault, abandoned.Value));
        Assert.Equal((DeliveryState.Dead, "endpoint_removed"), (rig.Deliveries("old")[0].State, rig.Deliveries("old")[0].Error));
        Assert.Equal(DeliveryState.Pending, rig.Deliveries("kept")[0].State);

        // Nobody would send it: it stays what it is.
        var announcement = TempLedger.Event("replay", EventTypes.WebhookReplayed, "alice");
        Assert.Equal(0, (await rig.Ledger.Outbox.ReplayAsync(null, null, ["kept"], announcement)).Value);
        Assert.Equal(0, (await rig.Ledger.Outbox.ReplayAsync(null, "old", ["kept"], announcement)).Value);
        Assert.Equal(0, (await rig.Ledger.Outbox.ReplayAsync(rig.Deliveries("old")[0].Id, null, ["kept"], announcement)).Value);
        Assert.Equal(DeliveryState.Dead, rig.Deliveries("old")[0].State);
        Assert.Equal(1, (await rig.Ledger.Outbox.ReplayAsync(null, null, ["kept", "old"], announcement)).Value);
    }

    [Fact]
    public async Task A_dead_letter_that_is_replayed_is_sent_under_its_own_id_and_the_chain_says_who_did_it()
    {
        await using var receiver = new Receiver(Receiver.Status(404), Ok);
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start();
        await rig.AppendAsync();
        var dead = await rig.AfterAsync(1);
        Assert.Equal(DeliveryState.Dead, dead.State);

        var announcement = TempLedger.Event("replay", EventTypes.WebhookReplayed, "alice");
        Assert.Equal(0, (await rig.Ledger.Outbox.ReplayAsync(dead.Id + 1, null, ["hook"], announcement)).Value);
        Assert.Equal(0, (await rig.Ledger.Outbox.ReplayAsync(null, "other", ["hook"], announcement)).Value);
        Assert.Empty(rig.Ledger.Read(reader => reader.QueryEvents(new EventQuery { EventType = EventTypes.WebhookReplayed })));
        Assert.Equal(1, (await rig.Ledger.Outbox.ReplayAsync(dead.Id, null, ["hook"], announcement)).Value);
        rig.Advance(TimeSpan.Zero);
        await rig.UntilAsync(all => all[0].State == DeliveryState.Delivered);
        Assert.Single(receiver.Requests.Select(r => Receiver.Header(r, "x-latchgate-event-id")).Distinct());
        var recorded = Assert.Single(rig.Ledger.Read(reader => reader.QueryEvents(new EventQuery { EventType = EventTypes.WebhookReplayed })));
        Assert.Contains($"\"detail\":{{\"count\":1,\"delivery\":{dead.Id}}}", System.Text.Encoding.UTF8.GetString(recorded.Json.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_chain_verifies_with_an_outbox_in_the_file_and_does_not_depend_on_it()
    {
        await using var rig = new WebhookRig(WebhookRig.Endpoint(Nowhere)).Start(send: false);
        await rig.AppendAsync();
        await rig.StopAsync();
        using (var database = Database.Open(rig.State.Path, DatabaseAccess.ReadWrite))
        {
            database.Execute("UPDATE webhook_outbox SET envelope = x'7b7d', endpoint = 'elsewhere'");
        }

        Assert.Null(LedgerVerifier.Verify(rig.State.Path, rig.State.Keys).Defect);
        rig.Start(send: false);
    }
}
