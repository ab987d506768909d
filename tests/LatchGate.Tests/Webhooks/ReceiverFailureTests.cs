using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.HostIo;
using LatchGate.Secrets;
using LatchGate.Storage;
using LatchGate.Tests.Evidence;
using LatchGate.Tests.HostIo;
using LatchGate.Webhooks;

namespace LatchGate.Tests.Webhooks;

/// <summary>Receivers that fail in all the usual ways: what is tried again, what is given up, and that none of them does more harm.</summary>
public sealed class ReceiverFailureTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData(408)]
    [InlineData(425)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    public async Task A_status_that_may_pass_is_tried_again(int status)
    {
        await using var receiver = new Receiver(Receiver.Status(status), Ok);
        var delivery = await FirstAttemptAsync(receiver);
        Assert.Equal((DeliveryState.Pending, status, $"http_{status}"), (delivery.State, delivery.Status, delivery.Error));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(422)]
    public async Task A_refusal_is_a_dead_letter_at_once_and_never_sent_again(int status)
    {
        await using var receiver = new Receiver(Receiver.Status(status));
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start();
        await rig.AppendAsync();

        var delivery = await rig.AfterAsync(1);
        Assert.Equal((DeliveryState.Dead, status, $"http_{status}"), (delivery.State, delivery.Status, delivery.Error));

        // A second event shows that the worker has passed by again.
        rig.Advance(TimeSpan.FromDays(1));
        await rig.AppendAsync();
        await rig.UntilAsync(all => all.Count == 2 && all.All(d => d.State == DeliveryState.Dead));
        Assert.Equal(2, receiver.Requests.Count);
        Assert.Contains("\"event\":\"webhook_dead_letter\"", rig.Log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_whose_commit_the_disk_did_not_confirm_is_told_to_nobody_before_the_next_start()
    {
        await using var receiver = new Receiver(Ok);
        var refuses = false;
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate)
        {
            Sync = () =>
            {
                if (Volatile.Read(ref refuses))
                {
                    throw DatabaseException.Unconfirmed("of the test");
                }
            },
        }.Start();
        await rig.AppendAsync();
        await rig.UntilAsync(all => all is [{ State: DeliveryState.Delivered }]);

        Volatile.Write(ref refuses, true);
        var lost = await rig.Ledger.AppendEventAsync(TempLedger.Event(rig.State.NextId()) with { ReceiptId = "r-2", VerificationOutcome = "verified" });
        Assert.Equal(WriteFault.Unavailable, lost.Fault);

        // It can be read, and it is due.
        Assert.Equal(2, rig.Deliveries().Count);
        for (var i = 0; i < 5; i++)
        {
            rig.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Single(receiver.Requests);
        await rig.StopAsync();
        rig.Sync = null;
        rig.Start();
        await rig.UntilAsync(all => all.Count == 2 && all.All(d => d.State == DeliveryState.Delivered));
        Assert.Equal(2, receiver.Requests.Count);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    public async Task A_redirect_is_not_followed(int status)
    {
        await using var elsewhere = new LoopbackServer(Ok);
        await using var receiver = new Receiver(Receiver.Status(status, $"Location: http://127.0.0.1:{elsewhere.Port}/\r\n"));
        var delivery = await FirstAttemptAsync(receiver);
        Assert.Equal((DeliveryState.Dead, status, "redirect_blocked"), (delivery.State, delivery.Status, delivery.Error));
        Assert.Equal(0, elsewhere.Connections);
    }

    [Theory]
    [InlineData("600", 600)]
    [InlineData("Fri, 02 Jan 2026 03:24:05 GMT", 20 * 60)]
    [InlineData("99999999", 60 * 60)]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", 60 * 60)]
    public async Task Retry_After_is_respected_up_to_an_hour(string value, int seconds)
    {
        await using var receiver = new Receiver(Receiver.Status(429, $"Retry-After: {value}\r\n"));
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start();
        await rig.AppendAsync();
        var delivery = await rig.AfterAsync(1);
        Assert.Equal(DeliveryState.Pending, delivery.State);
        Assert.Equal(rig.State.Time.GetUtcNow().AddSeconds(seconds), delivery.DueAt);
    }

    [Theory]
    [InlineData("-5")]
    [InlineData("soon")]
    [InlineData("99999999999999999999")]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT")]
    public async Task A_Retry_After_that_says_nothing_leaves_the_configured_delay(string value)
    {
        await using var receiver = new Receiver(Receiver.Status(503, $"Retry-After: {value}\r\n"));
        await using var rig = new WebhookRig(
            WebhookRig.Endpoint(WebhookRig.Url(receiver.Port), more: "retry_backoff_seconds = [100]"), receiver.Certificate).Start();
        await rig.AppendAsync();
        var delivery = await rig.AfterAsync(1);
        Assert.InRange((delivery.DueAt - rig.State.Time.GetUtcNow()).TotalSeconds, 100, 125);
    }

    [Fact]
    public async Task A_receiver_that_never_answers_costs_the_time_out_and_is_tried_again()
    {
        await using var receiver = new Receiver((_, _, stop) => Task.Delay(Timeout.Infinite, stop));
        var delivery = await FirstAttemptAsync(receiver);
        Assert.Equal((DeliveryState.Pending, (int?)null, "request_timeout"), (delivery.State, delivery.Status, delivery.Error));
    }

    [Fact]
    public async Task A_drip_of_header_bytes_does_not_stretch_the_time_out()
    {
        await using var receiver = new Receiver(async (_, stream, stop) =>
        {
            await Receiver.Say(stream, "HTTP/1.1 200 OK\r\nX-Slow: ", stop);
            while (true)
            {
                await Receiver.Say(stream, "a", stop);
                await Task.Delay(100, stop);
            }
        });
        var delivery = await FirstAttemptAsync(receiver);
        Assert.Equal((DeliveryState.Pending, (int?)null, "request_timeout"), (delivery.State, delivery.Status, delivery.Error));
    }

    [Theory]
    [InlineData(200, "delivered")]
    [InlineData(500, "pending")]
    [InlineData(404, "dead")]
    public async Task A_body_that_never_ends_does_not_change_what_the_status_said(int status, string state)
    {
        await using var receiver = new Receiver(async (_, stream, stop) =>
        {
            await Receiver.Say(stream, $"HTTP/1.1 {status} Some\r\nContent-Length: 1000\r\n\r\nhalf", stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        var delivery = await FirstAttemptAsync(receiver);
        Assert.Equal((state, status), (delivery.State.ToWire(), delivery.Status));
    }

    [Fact]
    public async Task A_huge_body_is_read_no_further_than_its_bound()
    {
        var sent = 0L;
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var receiver = new Receiver(async (_, stream, stop) =>
        {
            try
            {
                await Receiver.Say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n", stop);
                var chunk = new byte[64 * 1024];
                while (true)
                {
                    await stream.WriteAsync(chunk, stop);
                    sent += chunk.Length;
                }
            }
            catch (IOException)
            {
                closed.SetResult();
                throw;
            }
        });
        var delivery = await FirstAttemptAsync(receiver);
        Assert.Equal((DeliveryState.Delivered, 200), (delivery.State, delivery.Status));

        // The gate hung up: what was sent is what fits into two sockets and the bound.
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.InRange(sent, 0, 64 * 1024 * 1024);
    }

    [Fact]
    public async Task A_connection_that_is_reset_is_tried_again()
    {
        await using var server = new RawServer((socket, _) =>
        {
            socket.LingerState = new LingerOption(true, 0);
            return Task.CompletedTask;
        });
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(server.Port))).Start();
        await rig.AppendAsync();
        var delivery = await rig.AfterAsync(1);
        Assert.Equal((DeliveryState.Pending, (int?)null), (delivery.State, delivery.Status));
        Assert.Contains(delivery.Error, (string[])["tls_failed", "upstream_failed", "connect_failed"]);
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_is_tried_again()
    {
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(port))).Start();
        await rig.AppendAsync();
        var delivery = await rig.AfterAsync(1);
        Assert.Equal((DeliveryState.Pending, "connect_failed"), (delivery.State, delivery.Error));
    }

    [Fact]
    public async Task A_certificate_for_another_name_gets_no_event()
    {
        await using var receiver = new Receiver((_, stream, stop) => Receiver.Say(stream, Ok, stop), TestCertificates.SelfSigned("else.test"));
        var delivery = await FirstAttemptAsync(receiver);
        Assert.Equal((DeliveryState.Pending, "tls_failed"), (delivery.State, delivery.Error));
        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_gets_no_event()
    {
        await using var receiver = new Receiver(Ok);
        using var other = TestCertificates.SelfSigned("hooks.test");
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), other).Start();
        await rig.AppendAsync();
        var delivery = await rig.AfterAsync(1);
        Assert.Equal((DeliveryState.Pending, "tls_failed"), (delivery.State, delivery.Error));
        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public async Task A_ca_file_vouches_for_an_endpoint_of_ones_own()
    {
        await using var receiver = new Receiver(Ok);
        using var directory = new Config.TempDirectory();
        var file = directory.Write("ca.pem", receiver.Certificate.ExportCertificatePem());
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port), more: $"ca_file = \"{file}\"")).Start();
        await rig.AppendAsync();
        Assert.Equal(DeliveryState.Delivered, (await rig.AfterAsync(1)).State);
    }

    [Fact]
    public async Task A_name_that_cannot_be_resolved_is_tried_again()
    {
        await using var rig = new WebhookRig(WebhookRig.Endpoint("https://gone.test/in")).Start();
        await rig.AppendAsync();
        var delivery = await rig.AfterAsync(1);
        Assert.Equal((DeliveryState.Pending, "dns_failed"), (delivery.State, delivery.Error));
    }

    [Theory]
    [InlineData("10.0.0.5", "private_target")]
    [InlineData("169.254.169.254", "metadata_target")]
    [InlineData("0.0.0.0", "private_target")]
    public async Task A_name_that_leads_to_an_address_that_is_not_open_is_a_dead_letter(string address, string reason)
    {
        await using var rig = new WebhookRig(WebhookRig.Endpoint("https://hooks.test/in"));
        rig.Resolver.Table["hooks.test"] = [IPAddress.Parse(address)];
        rig.Start();
        await rig.AppendAsync();
        var delivery = await rig.AfterAsync(1);
        Assert.Equal((DeliveryState.Dead, (int?)null, reason), (delivery.State, delivery.Status, delivery.Error));
    }

    [Fact]
    public async Task Loopback_is_closed_where_the_operator_has_not_opened_it()
    {
        await using var receiver = new Receiver(Ok);
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate) { Ceiling = EgressCeiling.Default };
        rig.Start();
        await rig.AppendAsync();
        var delivery = await rig.AfterAsync(1);
        Assert.Equal((DeliveryState.Dead, "private_target"), (delivery.State, delivery.Error));
        Assert.Equal(0, receiver.Connections);
    }

    [Fact]
    public async Task A_kept_connection_that_the_receiver_closed_early_loses_no_event()
    {
        await using var receiver = new Receiver(async (_, stream, stop) =>
        {
            await Receiver.Say(stream, Ok, stop);
            stream.Close();
        });
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start();
        await rig.AppendAsync();
        await rig.UntilAsync(all => all.Count == 1 && all[0].State == DeliveryState.Delivered);
        await rig.AppendAsync();
        await rig.AppendAsync();
        for (var i = 0; i < 3 && rig.Deliveries().Any(d => d.State != DeliveryState.Delivered); i++)
        {
            await rig.UntilAsync(all => all.Count == 3 && all.All(d => d.Attempts > 0));
            rig.Advance(TimeSpan.FromMinutes(1));
        }

        await rig.UntilAsync(all => all.All(d => d.State == DeliveryState.Delivered));
        Assert.Equal(3, receiver.Requests.Select(r => Receiver.Header(r, "x-latchgate-event-id")).Distinct().Count());
    }

    [Fact]
    public async Task A_kept_connection_carries_the_next_event()
    {
        await using var receiver = new Receiver(Ok);
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start();
        for (var i = 1; i <= 3; i++)
        {
            await rig.AppendAsync();
            await rig.UntilAsync(all => all.Count(d => d.State == DeliveryState.Delivered) == i);
        }

        Assert.Equal(1, receiver.Connections);
    }

    [Fact]
    public async Task A_secret_that_is_gone_is_a_dead_letter_that_names_no_value()
    {
        await using var receiver = new Receiver(Ok);
        using var others = FixedSecrets.Of(("OTHER", "some-other-value"));
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate) { Secrets = others };
        rig.Start();
        await rig.AppendAsync();
        var delivery = await rig.AfterAsync(1);
        Assert.Equal((DeliveryState.Dead, "secret_missing"), (delivery.State, delivery.Error));
        Assert.Equal(0, receiver.Connections);
    }

    [Fact]
    public async Task A_forward_proxy_that_refuses_is_tried_again_and_the_receiver_sees_nothing()
    {
        await using var receiver = new Receiver(Ok);
        await using var proxy = new LoopbackServer("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate)
        {
            Proxy = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{proxy.Port}")),
        };
        rig.Start();
        await rig.AppendAsync();
        var delivery = await rig.AfterAsync(1);
        Assert.Equal((DeliveryState.Pending, "proxy_denied"), (delivery.State, delivery.Error));
        Assert.StartsWith("CONNECT hooks.test:", Assert.Single(proxy.Requests).Head, StringComparison.Ordinal);
        Assert.Equal(0, receiver.Connections);
    }

    private static async Task<Delivery> FirstAttemptAsync(Receiver receiver)
    {
        await using var rig = new WebhookRig(WebhookRig.Endpoint(WebhookRig.Url(receiver.Port)), receiver.Certificate).Start();
        await rig.AppendAsync();
        return await rig.AfterAsync(1);
    }
}
