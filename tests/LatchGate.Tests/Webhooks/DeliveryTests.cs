using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LatchGate.Evidence;

namespace LatchGate.Tests.Webhooks;

/// <summary>An event of the ledger reaches its receiver over real TLS, signed, and is tried again as is configured.</summary>
public sealed class DeliveryTests
{
    private const string Ok = "HTTP/1.1 204 No Content\r\n\r\n";

    [Fact]
    public async Task An_event_becomes_one_signed_request()
    {
        await using var receiver = new Receiver(Ok);
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start();

        var seq = await rig.AppendAsync();
        var delivery = await rig.AfterAsync(1);

        Assert.Equal((DeliveryState.Delivered, 204, (string?)null), (delivery.State, delivery.Status, delivery.Error));
        var request = Assert.Single(receiver.Requests);
        Assert.StartsWith("POST /in HTTP/1.1\r\n", request.Head, StringComparison.Ordinal);
        Assert.Equal("application/json", Receiver.Header(request, "content-type"));
        Assert.StartsWith("LatchGate-Webhooks/", Receiver.Header(request, "user-agent")!, StringComparison.Ordinal);
        using var body = JsonDocument.Parse(request.Body);
        Assert.Equal("action.executed", body.RootElement.GetProperty("type").GetString());
        Assert.Equal(seq, body.RootElement.GetProperty("data").GetProperty("seq").GetInt64());
        Assert.Equal("demo_get", body.RootElement.GetProperty("data").GetProperty("action_id").GetString());
        Assert.Equal(delivery.EventId, body.RootElement.GetProperty("id").GetString());
        AssertSigned(request);
    }

    [Fact]
    public async Task The_event_id_is_a_header_so_that_receivers_dedupe_without_the_body()
    {
        await using var receiver = new Receiver(Ok);
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start();

        await rig.AppendAsync();
        var delivery = await rig.AfterAsync(1);

        var request = Assert.Single(receiver.Requests);
        Assert.Equal(delivery.EventId, Receiver.Header(request, "x-latchgate-event-id"));
        Assert.Equal("action.executed", Receiver.Header(request, "x-latchgate-event-type"));
        Assert.True(Guid.TryParse(delivery.EventId.AsSpan(4), out var id));
        Assert.Equal(7, id.Version);
    }

    [Fact]
    public async Task A_second_attempt_has_the_same_id_a_new_time_and_a_signature_of_its_own()
    {
        await using var receiver = new Receiver(Receiver.Status(500), Ok);
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start();

        await rig.AppendAsync();
        var failed = await rig.AfterAsync(1);
        Assert.Equal((DeliveryState.Pending, 500, "http_500"), (failed.State, failed.Status, failed.Error));
        rig.Advance(TimeSpan.FromSeconds(2));
        var delivery = await rig.AfterAsync(2);

        Assert.Equal(DeliveryState.Delivered, delivery.State);
        var requests = receiver.Requests.ToArray();
        Assert.Equal(2, requests.Length);
        Assert.Equal(Receiver.Header(requests[0], "x-latchgate-event-id"), Receiver.Header(requests[1], "x-latchgate-event-id"));
        Assert.Equal(["1", "2"], requests.Select(r => Receiver.Header(r, "x-latchgate-attempt")));
        Assert.Equal(2, Seconds(requests[1]) - Seconds(requests[0]));
        Assert.NotEqual(Receiver.Header(requests[0], "x-latchgate-signature"), Receiver.Header(requests[1], "x-latchgate-signature"));
        AssertSigned(requests[0]);
        AssertSigned(requests[1]);
        Assert.Equal(requests[0].Body, requests[1].Body);
    }

    [Fact]
    public async Task The_first_delay_of_the_list_is_before_the_first_retry()
    {
        await using var receiver = new Receiver(Receiver.Status(503));
        await using var rig = new WebhookRig(
            WebhookRig.Endpoint(WebhookRig.Url(receiver.Port), more: "max_retries = 3\nretry_backoff_seconds = [100, 2000]"), receiver.Certificate).Start();

        await rig.AppendAsync();
        foreach (var (attempt, least) in ((int, int)[])[(1, 100), (2, 2000), (3, 2000)])
        {
            var delivery = await rig.AfterAsync(attempt);
            Assert.Equal(DeliveryState.Pending, delivery.State);
            Assert.InRange((delivery.DueAt - rig.State.Time.GetUtcNow()).TotalSeconds, least, least * 1.25);
            rig.Advance(TimeSpan.FromSeconds(2500));
        }

        var last = await rig.AfterAsync(4);
        Assert.Equal((DeliveryState.Dead, "http_503"), (last.State, last.Error));
    }

    [Fact]
    public async Task A_retry_waits_in_the_outbox_where_no_attempts_time_out_can_cut_it_off()
    {
        await using var receiver = new Receiver(Receiver.Status(503), Receiver.Status(503), Receiver.Status(503), Ok);
        await using var rig = new WebhookRig(
            WebhookRig.Endpoint(WebhookRig.Url(receiver.Port), more: "retry_backoff_seconds = [3600]"), receiver.Certificate).Start();

        await rig.AppendAsync();
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            Assert.Equal(DeliveryState.Pending, (await rig.AfterAsync(attempt)).State);
            rig.Advance(TimeSpan.FromHours(2));
        }

        Assert.Equal(DeliveryState.Delivered, (await rig.AfterAsync(4)).State);
    }

    internal static void AssertSigned(HostIo.SeenRequest request)
    {
        var timestamp = Receiver.Header(request, "x-latchgate-timestamp");
        using var hmac = new HMACSHA256(Encoding.UTF8.GetBytes(WebhookRig.Key));
        var expected = hmac.ComputeHash([.. Encoding.ASCII.GetBytes(timestamp + "."), .. request.Body]);
        Assert.Equal("sha256=" + Convert.ToHexString(expected).ToLowerInvariant(), Receiver.Header(request, "x-latchgate-signature"));
    }

    private static long Seconds(HostIo.SeenRequest request) =>
        long.Parse(Receiver.Header(request, "x-latchgate-timestamp")!, CultureInfo.InvariantCulture);
}
