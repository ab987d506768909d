using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LatchGate.Actions;
using LatchGate.Egress;
using LatchGate.HostIo;
using LatchGate.Sandbox;
using LatchGate.Secrets;
using LatchGate.Tests.Api;
using LatchGate.Tests.HostIo;

namespace LatchGate.Tests.Sandbox;

/// <summary>The example of providers/README.md: what it asks of the host, and what arrives at a receiver through the whole gate.</summary>
public sealed class WebhookSignTests
{
    private static readonly ResourceLimits Limits =
        new(Fuel: 5_000_000, MemoryMb: 16, TimeoutSeconds: 30, MaxIoCalls: 1, MaxHostResponseBytes: 65536);

    [Fact]
    public async Task The_digest_is_that_of_the_body_at_every_length_that_padding_tells_apart()
    {
        for (var length = 0; length < 200; length++)
        {
            var text = "\"" + new string('e', length) + "\"";
            var (request, output) = await RunAsync($$"""{"url":"https://e.example/","body": {{text}} }""");

            var body = (string)request!["body_text"]!;
            Assert.Equal(text, body);
            var digest = DigestOf(Encoding.UTF8.GetBytes(body));
            Assert.Equal(digest, (string?)request["headers"]!["content-digest"]);
            Assert.Equal(digest, (string?)output["data"]!["content_digest"]);
        }
    }

    [Fact]
    public async Task What_is_digested_is_what_the_host_reads()
    {
        const string Document = """{"event":"caf\u00e9","payload":{"a":["\"\\\n", 1.50, null, "😀"]}}""";
        var (request, output) = await RunAsync($$"""{"url":"https://e.example/","headers":{"X-A":"1"},"method":"PUT","body":{{Document}} }""");

        // Escapes stay as they were: the body is the task's own JSON.
        var body = (string)request!["body_text"]!;
        Assert.Equal(Document, body);
        Assert.Equal(("PUT", "1"), ((string?)request["method"], (string?)request["headers"]!["X-A"]));
        Assert.Equal(DigestOf(Encoding.UTF8.GetBytes(body)), (string?)request["headers"]!["content-digest"]);
        Assert.Equal(202, (int?)output["data"]!["status_code"]);
    }

    [Theory]
    [InlineData("""{"body":{}}""", "url")]
    [InlineData("""{"url":"https://e.example/"}""", "body")]
    [InlineData("""{"url":"https://e.example/","body":{},"method":1}""", "method")]
    [InlineData("""{"url":"https://e.example/","body":{},"headers":[]}""", "headers")]
    [InlineData("""{"url":"https://e.example/","body":{},"headers":{"X-A":1}}""", "header value")]
    [InlineData("""{"url":"https://e.example/","body":{},"headers":{"Content-Digest":"sha-256=:forged:"}}""", "content-digest")]
    [InlineData("""{"url":"https://e.example/","body":{},"secret":"s"}""", "unknown member")]
    [InlineData("""{"url":"https://e.example/","url":"https://f.example/","body":{}}""", "twice")]
    [InlineData("[]", "not a JSON object")]
    public async Task A_task_that_is_malformed_is_said_to_be_so_and_nothing_is_sent(string task, string said)
    {
        var (request, output) = await RunAsync(task);

        Assert.Null(request);
        Assert.Equal("invalid_task", (string?)output["error"]!["code"]);
        Assert.Contains(said, (string?)output["error"]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Through_the_gate_the_receiver_can_check_time_signature_and_digest_and_the_key_is_nowhere_else()
    {
        const string Key = "whsec-0123456789abcdef";
        using var secrets = FixedSecrets.Of(("WEBHOOK_SECRET", Key));
        using var certificate = TestCertificates.SelfSigned("hooks.test");
        await using var receiver = new LoopbackServer(
            (_, stream, stop) => stream.WriteAsync("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), stop).AsTask(), certificate);
        await using var gate = new LiveGate
        {
            Actions = Registry(),
            Outside = _ => new HttpHost(
                new TableResolver { Table = { ["hooks.test"] = [System.Net.IPAddress.Loopback] } },
                new PinnedHttpTransport(SocketDialer.Instance, [certificate], TimeProvider.System), TimeProvider.System, secrets),
            PolicyData = principal => new JsonObject
            {
                ["policy_version"] = "v1",
                ["acl"] = new JsonObject
                {
                    [principal] = new JsonObject { ["allowed_actions"] = new JsonArray("webhook_sign"), ["allowed_sinks"] = new JsonArray("http_write") },
                },
            }.ToJsonString(),
        };
        await gate.InitializeAsync();
        using var agent = await gate.AgentAsync();

        var url = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"https://hooks.test:{receiver.Port}/in");
        var request = new JsonObject { ["url"] = url, ["body"] = new JsonObject { ["event"] = "order.paid", ["payload"] = new JsonObject { ["id"] = 7 } } };
        var answer = await agent.ExecuteAsync(
            "webhook_sign", Encoding.UTF8.GetBytes(request.ToJsonString()), TestContext.Current.CancellationToken);

        Assert.True(answer.Status == 200, answer.ErrorText);
        var seen = Assert.Single(receiver.Requests);
        const string Body = """{"event":"order.paid","payload":{"id":7}}""";
        Assert.Equal(Body, Encoding.UTF8.GetString(seen.Body));
        Assert.Equal(DigestOf(seen.Body), HeaderOf(seen, "content-digest"));
        var signed = $"{HeaderOf(seen, "x-signature-timestamp")}.{Body}";
        var expected = HMACSHA256.HashData(Encoding.ASCII.GetBytes(Key), Encoding.ASCII.GetBytes(signed));
        Assert.Equal("sha256=" + Convert.ToHexStringLower(expected), HeaderOf(seen, "x-signature-256"));
        Assert.DoesNotContain(Key, seen.Head + answer.Body.GetRawText(), StringComparison.Ordinal);
    }

    private static ActionRegistry Registry()
    {
        var build = ActionRegistry.OfThisBuild();
        Assert.True(build.TryFind("http_post", out var post));
        var rule = post.Egress.Allow[0] with
        {
            Hosts = [new HostPattern(HostPatternKind.Exact, "hooks.test")],
            Ports = [new PortRange(1, ushort.MaxValue)],
            AllowPrivateTargets = true,
            Credentials =
            [
                new CredentialBinding(CredentialTarget.HmacSha256, "WEBHOOK_SECRET")
                {
                    Name = "x-signature-256", Prefix = "sha256=", TimestampHeader = "x-signature-timestamp",
                },
            ],
        };
        var module = SandboxModule.Find("webhook_sign")!;
        var action = post with
        {
            Id = "webhook_sign",
            ProviderReference = "builtin:webhook_sign",
            ProviderName = "webhook_sign",
            ModuleDigest = module.Digest,
            Imports = HostImports.Http,
            Egress = post.Egress with { Allow = [rule] },
            Secrets = [new SecretSpec("WEBHOOK_SECRET", Required: true)],
        };
        return ActionRegistry.Create([action], build.ManifestSetDigest, null);
    }

    private static async Task<(JsonNode? Request, JsonNode Output)> RunAsync(string task)
    {
        using var sandbox = new SandboxHost();
        var host = new ScriptedHost((_, _) => ValueTask.FromResult(ScriptedHost.Ok("""{"status":202}""")));
        var result = await sandbox.ExecuteAsync(
            SandboxModule.Find("webhook_sign")!, HostImports.Http, Encoding.UTF8.GetBytes(task), Limits, host,
            TestContext.Current.CancellationToken);
        return (host.Calls.Count == 0 ? null : JsonNode.Parse(host.Calls[0].Request), JsonNode.Parse(result.Output.Span)!);
    }

    private static string? HeaderOf(SeenRequest request, string name) => request.Head.Split("\r\n").Skip(1)
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim()).SingleOrDefault();

    private static string DigestOf(byte[] body) => $"sha-256=:{Convert.ToBase64String(SHA256.HashData(body))}:";
}
