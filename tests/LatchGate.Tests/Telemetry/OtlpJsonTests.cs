using System.Net;
using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Telemetry.Otlp;

namespace LatchGate.Tests.Telemetry;

/// <summary>The JSON encoding of OTLP, against texts written by hand after opentelemetry-proto and the OTLP specification.</summary>
public sealed class OtlpJsonTests
{
    // 2030-01-02T03:04:05.678Z is 1893553445.678 s after the epoch: 21915 days and 11045.678 s.
    private const string Start = "1893553445678000000";
    private static readonly DateTimeOffset At = new(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    private static readonly OtlpJson Plain = new("gate-a", "1.2.3", "instance-1", clrkAliases: false);

    [Fact]
    public void A_refusal_is_a_span_with_the_reason_as_its_error()
    {
        var signal = Refused("https://evil.example.net/secret?token=x");
        AssertSame(
            $$"""
            {"resourceSpans":[{"resource":{"attributes":[
              {"key":"service.name","value":{"stringValue":"gate-a"} },
              {"key":"service.version","value":{"stringValue":"1.2.3"} },
              {"key":"service.instance.id","value":{"stringValue":"instance-1"} }]},
             "scopeSpans":[{"scope":{"name":"latchgate.egress"},"spans":[{
              "traceId":"01990f6e0000700080000000000000ab","spanId":"{{signal.Context.SpanIdText}}","name":"egress.dial.denied","kind":3,
              "startTimeUnixNano":"{{Start}}","endTimeUnixNano":"{{Start}}",
              "attributes":[
               {"key":"latchgate.egress.deny_reason","value":{"stringValue":"host_not_allowed"} },
               {"key":"latchgate.egress.mixed","value":{"boolValue":false} },
               {"key":"latchgate.egress.rule","value":{"stringValue":""} },
               {"key":"latchgate.egress.rule_set_digest","value":{"stringValue":"sha256:00"} },
               {"key":"latchgate.egress.layer","value":{"stringValue":"kernel"} },
               {"key":"latchgate.egress.mode","value":{"stringValue":"enforce"} },
               {"key":"latchgate.egress.bytes_up","value":{"intValue":"0"} },
               {"key":"latchgate.egress.bytes_down","value":{"intValue":"0"} },
               {"key":"latchgate.egress.hop","value":{"intValue":"0"} },
               {"key":"latchgate.principal","value":{"stringValue":"agent:one"} },
               {"key":"latchgate.action_id","value":{"stringValue":"http_fetch"} },
               {"key":"network.transport","value":{"stringValue":"tcp"} },
               {"key":"http.request.method","value":{"stringValue":"GET"} },
               {"key":"latchgate.egress.dst.name","value":{"stringValue":"evil.example.net"} },
               {"key":"server.address","value":{"stringValue":"evil.example.net"} },
               {"key":"server.port","value":{"intValue":"443"} }],
              "status":{"message":"host_not_allowed","code":2} }]}]}]}
            """,
            Plain.Traces([signal]));
    }

    [Fact]
    public void A_refusal_is_a_warning_in_the_log_with_the_same_attributes()
    {
        var signal = Refused("https://evil.example.net/secret?token=x");
        var record = Parse(Plain.Logs([signal])).GetProperty("resourceLogs")[0].GetProperty("scopeLogs")[0].GetProperty("logRecords")[0];
        var span = Parse(Plain.Traces([signal])).GetProperty("resourceSpans")[0].GetProperty("scopeSpans")[0].GetProperty("spans")[0];
        Assert.Equal(13, record.GetProperty("severityNumber").GetInt32());
        Assert.Equal("WARN", record.GetProperty("severityText").GetString());
        Assert.Equal("egress.dial.denied", record.GetProperty("eventName").GetString());
        Assert.Equal("egress.dial.denied: host_not_allowed", record.GetProperty("body").GetProperty("stringValue").GetString());
        Assert.Equal(Start, record.GetProperty("timeUnixNano").GetString());
        Assert.Equal("01990f6e0000700080000000000000ab", record.GetProperty("traceId").GetString());
        Assert.Equal(signal.Context.SpanIdText, record.GetProperty("spanId").GetString());
        Assert.Equal(span.GetProperty("attributes").GetRawText(), record.GetProperty("attributes").GetRawText());
    }

    [Fact]
    public void No_path_and_no_query_is_ever_exported()
    {
        EgressSignal[] signals = [Refused("https://evil.example.net/secret?token=x"), Went(), Went(EgressReason.UpstreamFailed)];
        var text = System.Text.Encoding.UTF8.GetString(Plain.Traces(signals).Span) + System.Text.Encoding.UTF8.GetString(Plain.Logs(signals).Span);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.DoesNotContain("token", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_went_out_is_a_span_with_peer_status_and_bytes_and_without_an_error()
    {
        var span = Parse(Plain.Traces([Went()])).GetProperty("resourceSpans")[0].GetProperty("scopeSpans")[0].GetProperty("spans")[0];
        Assert.Equal("egress.request", span.GetProperty("name").GetString());
        Assert.False(span.TryGetProperty("status", out _));
        var attributes = Attributes(span);
        Assert.Equal("""{"stringValue":"93.184.216.34"}""", attributes["network.peer.address"]);
        Assert.Equal("""{"intValue":"443"}""", attributes["network.peer.port"]);
        Assert.Equal("""{"intValue":"200"}""", attributes["http.response.status_code"]);
        Assert.Equal("""{"intValue":"5000000000"}""", attributes["latchgate.egress.bytes_down"]);
        Assert.Equal("""{"stringValue":"public"}""", attributes["latchgate.egress.address_class"]);
        Assert.Equal("""{"stringValue":"grant-1"}""", attributes["latchgate.execution_id"]);
        Assert.DoesNotContain("latchgate.egress.deny_reason", attributes.Keys);
        Assert.Empty(Parse(Plain.Logs([Went()])).GetProperty("resourceLogs")[0].GetProperty("scopeLogs")[0].GetProperty("logRecords").EnumerateArray());
    }

    [Theory]
    [InlineData(EgressReason.Allowed, "egress.request: host_not_allowed")]
    [InlineData(EgressReason.TlsFailed, "egress.dial.failed: tls_failed")]
    public void A_forgiven_request_is_logged_with_what_ended_it_or_else_with_what_enforcing_would_have_said(EgressReason outcome, string body)
    {
        var log = Parse(Plain.Logs([Went(outcome, EgressReason.HostNotAllowed)]));
        var record = log.GetProperty("resourceLogs")[0].GetProperty("scopeLogs")[0].GetProperty("logRecords")[0];
        Assert.Equal(body, record.GetProperty("body").GetProperty("stringValue").GetString());
    }

    [Fact]
    public void What_the_far_side_broke_is_a_failed_dial()
    {
        var span = Parse(Plain.Traces([Went(EgressReason.TlsFailed)])).GetProperty("resourceSpans")[0].GetProperty("scopeSpans")[0].GetProperty("spans")[0];
        Assert.Equal("egress.dial.failed", span.GetProperty("name").GetString());
        Assert.Equal("tls_failed", span.GetProperty("status").GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("http://127.0.0.1/", AddressClass.Loopback, "loopback")]
    [InlineData("http://169.254.1.1/", AddressClass.LinkLocal, "link_local")]
    [InlineData("http://224.0.0.1/", AddressClass.Multicast, "multicast")]
    [InlineData("http://0.0.0.0/", AddressClass.Unspecified, "unspecified")]
    [InlineData("http://192.0.2.7/", AddressClass.GateIfaddr, "worker_local_ifaddr")]
    [InlineData("http://10.0.0.7/", AddressClass.Private, "policy")]
    [InlineData("http://169.254.169.254/", AddressClass.Metadata, "policy")]
    public void A_query_written_for_clrk_finds_the_denials_by_its_own_words(string url, AddressClass kind, string word)
    {
        var signal = Signal(Refused(url).Record with { Address = new AddressKind(kind, false), Reason = EgressReason.PrivateTarget }, "grant-1");
        var span = Parse(new OtlpJson("s", "1", "i", clrkAliases: true).Traces([signal])).GetProperty("resourceSpans")[0].GetProperty("scopeSpans")[0].GetProperty("spans")[0];
        var attributes = Attributes(span);
        Assert.Equal($$"""{"stringValue":"{{word}}"}""", attributes["clrk.egress.deny_reason"]);
        Assert.Equal($$"""{"stringValue":"{{new Uri(url).Host}}"}""", attributes["clrk.dst.name"]);
        Assert.Equal("""{"stringValue":"agent:one"}""", attributes["agent.name"]);
        Assert.Equal("""{"stringValue":"grant-1"}""", attributes["invocation.id"]);
    }

    private static Dictionary<string, string> Attributes(JsonElement item) =>
        item.GetProperty("attributes").EnumerateArray().ToDictionary(a => a.GetProperty("key").GetString()!, a => a.GetProperty("value").GetRawText());

    internal static EgressSignal Refused(string url)
    {
        Assert.True(Target.Parse(url, out var target, out _));
        return Signal(EgressRecord.Refused(EgressVerdict.Refuse(EgressReason.HostNotAllowed), target, "GET", 0, At));
    }

    internal static EgressSignal Went(EgressReason outcome = EgressReason.Allowed, EgressReason? wouldDeny = null)
    {
        Assert.True(Target.Parse("https://api.example.com/secret?token=x", out var target, out _));
        return Signal(new EgressRecord
        {
            Method = "GET",
            WouldDeny = wouldDeny,
            Target = target,
            Reason = outcome,
            Rule = "api",
            Layer = EgressLayer.Kernel,
            Address = new AddressKind(AddressClass.Public, false),
            Mixed = false,
            Hop = 0,
            Fingerprint = Sha256Digest.Of("x"u8),
            Sent = true,
            Peer = new IPEndPoint(IPAddress.Parse("93.184.216.34"), 443),
            Status = 200,
            BytesUp = 12,
            BytesDown = 5_000_000_000,
            StartedAt = At,
            FinishedAt = At,
        }, "grant-1");
    }

    private static EgressSignal Signal(EgressRecord record, string? execution = null) =>
        new("01990f6e-0000-7000-8000-0000000000ab", "agent:one", "http_fetch", execution, "sha256:00", record);

    private static JsonElement Parse(ReadOnlyMemory<byte> json) => JsonDocument.Parse(json).RootElement;

    private static void AssertSame(string expected, ReadOnlyMemory<byte> actual) =>
        Assert.True(
            JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, Parse(actual)), System.Text.Encoding.UTF8.GetString(actual.Span));
}
