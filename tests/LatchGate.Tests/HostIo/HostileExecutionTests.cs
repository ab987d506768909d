using System.IO.Compression;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.HostIo;
using LatchGate.Pipeline;
using LatchGate.Secrets;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.HostIo;

/// <summary>One hostile world of each kind, through a whole execution: the receipt tells what happened, and the agent is told the same.</summary>
public sealed class HostileExecutionTests
{
    private const string Secret = "tok-0123456789abcdef";

    [Theory]
    [InlineData("stall", "request_timeout", "timeout", 1)]
    [InlineData("drip", "request_timeout", "timeout", 1)]
    [InlineData("reset", "upstream_failed", "provider_error", 1)]
    [InlineData("short", "upstream_failed", "provider_error", 1)]
    [InlineData("both lengths", "upstream_failed", "provider_error", 1)]
    [InlineData("large", "response_too_large", "provider_error", 1)]
    [InlineData("bomb", "response_too_large", "provider_error", 1)]
    [InlineData("headers", "upstream_failed", "provider_error", 1)]
    [InlineData("extension", "upstream_failed", "provider_error", 1)]
    [InlineData("loop", "redirect_loop", "policy_violation", 2)]
    [InlineData("type", "content_type", "provider_error", 1)]
    public async Task A_hostile_answer_ends_in_a_receipt_with_its_reason(string kind, string reason, string failure, int effects)
    {
        await using var server = new LoopbackServer((request, stream, stop) => AnswerAsync(kind, request, stream, stop));
        await EndsAsync($"http://api.test:{server.Port}/a", reason, failure, effects, new TableResolver { Table = { ["api.test"] = [IPAddress.Loopback] } });
    }

    [Theory]
    [InlineData("expired.test", "tls_failed")]
    [InlineData("other.test", "tls_failed")]
    [InlineData("nobody.test", "dns_failed")]
    [InlineData("empty.test", "dns_empty")]
    [InlineData("mixed.test", "private_target")]
    [InlineData("metadata.test", "metadata_target")]
    public async Task A_hostile_name_or_certificate_ends_in_a_receipt_with_its_reason(string host, string reason)
    {
        using var certificate = TestCertificates.SelfSigned("expired.test", -2, -1);
        await using var server = new LoopbackServer((request, stream, stop) => AnswerAsync("ok", request, stream, stop), certificate);
        var names = new TableResolver
        {
            Table =
            {
                ["expired.test"] = [IPAddress.Loopback],
                ["other.test"] = [IPAddress.Loopback],
                ["empty.test"] = [],
                ["mixed.test"] = [IPAddress.Loopback, IPAddress.Parse("10.0.0.7")],
                ["metadata.test"] = [IPAddress.Parse("169.254.169.254")],
            },
        };
        var denied = reason is "private_target" or "metadata_target";
        var effects = reason == "tls_failed" ? 1 : 0;
        await EndsAsync($"https://{host}:{server.Port}/", reason, denied ? "policy_violation" : "provider_error", effects, names, certificate);
    }

    [Theory]
    [InlineData("HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\n\r\n", "proxy_denied", "policy_violation")]
    [InlineData("nonsense\r\n\r\n", "proxy_failed", "provider_error")]
    public async Task A_proxy_that_refuses_or_breaks_ends_in_a_receipt_with_its_reason(string answer, string reason, string failure)
    {
        await using var proxy = new TestProxy(1) { Answer = answer };
        await EndsAsync(
            "https://api.test/", reason, failure, 1, new TableResolver { Table = { ["api.test"] = [IPAddress.Loopback] } }, proxy: proxy.Address);
    }

    [Fact]
    public async Task A_secret_that_an_upstream_echoes_is_in_no_output_receipt_or_log()
    {
        using var secrets = FixedSecrets.Of(("token", Secret));
        using var certificate = TestCertificates.SelfSigned("api.test");
        await using var server = new LoopbackServer(
            (request, stream, stop) => stream.WriteAsync(Encoding.Latin1.GetBytes(LoopbackServer.Ok($"head: {request.Head}")), stop).AsTask(), certificate);
        var binding = new CredentialBinding(CredentialTarget.Header, "token") { Prefix = "Bearer " };
        using var transport = new PinnedHttpTransport(SocketDialer.Instance, [certificate], TimeProvider.System);
        using var rig = new ExecutionRig(
            transport, Registry(binding), resolver: new TableResolver { Table = { ["api.test"] = [IPAddress.Loopback] } }, secrets: secrets);

        var executed = Assert.IsType<CallOutcome.Executed>(await rig.FetchAsync($"https://api.test:{server.Port}/"));

        Assert.Contains($"Bearer {Secret}", Assert.Single(server.Requests).Head, StringComparison.Ordinal);
        var receipt = rig.Receipt(executed.Report.ReceiptId).GetRawText();
        var output = Encoding.UTF8.GetString(executed.Report.Output.Span);
        Assert.Contains("Bearer ***REDACTED***", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, output + receipt + rig.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_an_agent_brings_reaches_no_provider()
    {
        using var secrets = FixedSecrets.Of(("token", Secret));
        await using var server = new LoopbackServer((request, stream, stop) => AnswerAsync("ok", request, stream, stop));
        using var transport = new PinnedHttpTransport(SocketDialer.Instance, null, TimeProvider.System);
        using var rig = new ExecutionRig(
            transport, Registry(), resolver: new TableResolver { Table = { ["api.test"] = [IPAddress.Loopback] } }, secrets: secrets);

        Assert.IsType<CallOutcome.Executed>(await rig.FetchAsync($"http://api.test:{server.Port}/?q={Secret}"));

        Assert.StartsWith("GET /?q=***REDACTED*** ", Assert.Single(server.Requests).Head, StringComparison.Ordinal);
    }

    private static async Task EndsAsync(
        string url, string reason, string failure, int effects, IHostResolver names, X509Certificate2? root = null, Uri? proxy = null)
    {
        using var transport = new PinnedHttpTransport(SocketDialer.Instance, root is null ? null : [root], TimeProvider.System, proxy);
        using var rig = new ExecutionRig(transport, Registry(), resolver: names);

        var denied = Assert.IsType<CallOutcome.Denied>(await rig.FetchAsync(url));

        Assert.Equal(failure == "policy_violation" ? GateFailure.EgressDenied : GateFailure.UpstreamFailed, denied.Denial.Failure);
        Assert.Equal(reason, denied.Denial.Detail);
        var receipt = rig.Receipt(denied.Denial.ReceiptId!);
        Assert.Equal(failure, receipt.GetProperty("failure_class").GetString());
        Assert.StartsWith(reason + ": ", receipt.GetProperty("normalized_result").GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(effects, receipt.GetProperty("effect_evidence").GetArrayLength());
        Assert.Empty(rig.State.Ledger.Read(r => r.UnresolvedIntents()));
    }

    private static ActionRegistry Registry(CredentialBinding? binding = null)
    {
        var build = ActionRegistry.OfThisBuild();
        Assert.True(build.TryFind("http_fetch", out var fetch));
        var rule = new EgressAllowRule(
            "test", [new HostPattern(HostPatternKind.Suffix, "test")], [], [new PortRange(1, ushort.MaxValue)], EgressSchemes.Http | EgressSchemes.Https, [],
            AllowPrivateTargets: true, Resolve: false, Expires: null)
        {
            Credentials = binding is null ? [] : [binding],
        };
        var rules = new EgressRuleSet(EgressProfile.ProxyAllowlist, [rule], [], AllowLearning: false, new EgressLimits(1024, 100_000, 1_000, 1_500))
        {
            MaxRedirects = 5,
            ContentTypes = ["text/plain", ""],
        };
        return ActionRegistry.Create([fetch with { Egress = rules, Secrets = binding is null ? [] : [new SecretSpec(binding.Secret, Required: true)] }], build.ManifestSetDigest, null);
    }

    private static async Task AnswerAsync(string kind, SeenRequest request, Stream stream, CancellationToken stop)
    {
        switch (kind)
        {
            case "stall":
                await Task.Delay(Timeout.Infinite, stop);
                break;
            case "drip":
                await WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", stop);
                while (true)
                {
                    await WriteAsync(stream, "x", stop);
                    await Task.Delay(20, stop);
                }

            case "reset":
                stream.Close();
                break;
            case "short":
                await WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nshort", stop);
                stream.Close();
                break;
            case "both lengths":
                await WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", stop);
                break;
            case "large":
                await WriteAsync(stream, LoopbackServer.Ok(new string('x', 100_001)), stop);
                break;
            case "bomb":
                var bomb = Bomb();
                await WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Length: {bomb.Length}\r\nContent-Encoding: gzip\r\n\r\n", stop);
                await stream.WriteAsync(bomb, stop);
                break;
            case "headers":
                await WriteAsync(stream, $"HTTP/1.1 200 OK\r\nX-Huge: {new string('x', 70_000)}\r\nContent-Length: 0\r\n\r\n", stop);
                break;
            case "extension":
                await WriteAsync(stream, $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;{new string('x', 70_000)}\r\nhello\r\n0\r\n\r\n", stop);
                break;
            case "loop":
                var next = request.Head.StartsWith("GET /a ", StringComparison.Ordinal) ? "/b" : "/a";
                await WriteAsync(stream, $"HTTP/1.1 302 Found\r\nLocation: {next}\r\nContent-Length: 0\r\n\r\n", stop);
                break;
            case "type":
                await WriteAsync(stream, LoopbackServer.Ok("<html>", "Content-Type: text/html\r\n"), stop);
                break;
            default:
                await WriteAsync(stream, LoopbackServer.Ok("hello"), stop);
                break;
        }
    }

    private static Task WriteAsync(Stream stream, string text, CancellationToken stop) => stream.WriteAsync(Encoding.Latin1.GetBytes(text), stop).AsTask();

    private static byte[] Bomb()
    {
        using var compressed = new MemoryStream();
        using (var coder = new GZipStream(compressed, CompressionLevel.SmallestSize))
        {
            coder.Write(new byte[10_000_000]);
        }

        return compressed.ToArray();
    }
}
