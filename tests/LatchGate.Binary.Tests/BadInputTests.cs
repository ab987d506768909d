using System.Text;
using LatchGate.Tests.Api;
using LatchGate.Tests.Http;
using LatchGate.Tests.Identity;

namespace LatchGate.Binary.Tests;

/// <summary>Whatever is sent: a stable code and one sentence; and afterwards a good call still succeeds.</summary>
public sealed class BadInputTests(BadInputTests.Serving serving) : IClassFixture<BadInputTests.Serving>, IAsyncLifetime
{
    private const string Execute = "/v1/actions/http_fetch/execute";

    private BinaryGate Gate => serving.Gate;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        using var agent = await Gate.LeasedAsync();
        Assert.Equal(200, (await Gate.FetchAsync(agent)).Status);
        Assert.False(Gate.Running!.HasExited);
        Assert.DoesNotContain("\"unexpected\"", Gate.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Garbage_bytes()
    {
        var random = new Random(1);
        for (var i = 0; i < 50; i++)
        {
            var bytes = new byte[random.Next(1, 4096)];
            random.NextBytes(bytes);
            using var client = await RawClient.ConnectAsync(Gate.ClientSocket);
            await client.TrySendAsync(bytes);
            client.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            if (await client.ReadAsync() is { } answer)
            {
                Assert.InRange(answer.Status, 400, 505);
                Assert.NotNull(answer.Error);
            }
        }
    }

    [Theory]
    [InlineData("GET /healthz HTTP/1.1\nHost: x\n\n", 400, "bad_request")]
    [InlineData("GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad_request")]
    [InlineData("GET /healthz HTTP/1.1\r\n\r\n", 400, "bad_request")]
    [InlineData("GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n", 505, "unsupported_version")]
    [InlineData("POST /v1/leases HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400, "bad_request")]
    [InlineData("POST /v1/leases HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "bad_request")]
    [InlineData("POST /v1/leases HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "bad_request")]
    [InlineData("POST /v1/leases HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, "not_implemented")]
    [InlineData("POST /v1/leases HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n", 413, "payload_too_large")]
    [InlineData("POST /v1/leases HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400, "bad_request")]
    [InlineData("POST /v1/leases HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\nContent-Length: 1\r\n\r\nx", 417, "expectation_failed")]
    public async Task A_request_that_is_no_HTTP(string request, int status, string code)
    {
        using var client = await RawClient.ConnectAsync(Gate.ClientSocket);
        await client.SendAsync(request);
        var answer = (await client.ReadAsync())!;
        Assert.Equal((status, code), (answer.Status, answer.Error));
    }

    [Theory]
    [InlineData("GET /heal")]
    [InlineData("POST /v1/leases HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"scopes\"")]
    public async Task Half_a_request(string request)
    {
        using var client = await RawClient.ConnectAsync(Gate.ClientSocket);
        await client.SendAsync(request);
        client.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        if (await client.ReadAsync() is { } answer)
        {
            Assert.Equal((400, "bad_request"), (answer.Status, answer.Error));
        }

        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task A_body_of_one_byte_too_many()
    {
        using var agent = await Gate.LeasedAsync();
        (await agent.ExecuteAsync("http_fetch", new string(' ', 1024 * 1024 + 1))).Refused(413, "payload_too_large");
    }

    public static TheoryData<string> Bodies => new()
    {
        "", "x", "{", "null", "[]", "\"text\"", "1",
        new string('[', 100_000),
        string.Concat(Enumerable.Repeat("{\"url\":", 65)) + "1" + new string('}', 65),
        """{"url":"http://127.0.0.1/","url":"http://127.0.0.1/"}""",
        """{"url":"http://127.0.0.1/","\u0075rl":"http://127.0.0.1/"}""",
        """{"url":NaN}""", """{"url":Infinity}""", """{"url":1e999}""", """{"url":01}""", """{"url":.5}""", """{"url":+1}""", """{"url":9007199254740993}""",
        """{"url":"http://127.0.0.1/"}{}""",
        """{"url":"http://127.0.0.1/",}""",
        """{"url":"http://127.0.0.1/"/**/}""",
        """{'url':'http://127.0.0.1/'}""",
        "{\"url\":\"http://127.0.0.1/\n\"}",
        """{"url":"\ud800"}""",
        "\ufeff{\"url\":\"http://127.0.0.1/\"}",
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_body_that_is_no_request(string body)
    {
        using var agent = await Gate.LeasedAsync();
        var answer = await agent.ExecuteAsync("http_fetch", body);
        answer.Refused(422, "schema_violation");
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF8()
    {
        using var agent = await Gate.LeasedAsync();
        foreach (var bad in new byte[][] { [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82] })
        {
            using var client = await RawClient.ConnectAsync(Gate.ClientSocket);
            byte[] body = [.. "{\"url\":\"http://127.0.0.1/"u8, .. bad, .. "\"}"u8];
            await client.SendAsync($"POST {Execute} HTTP/1.1\r\nHost: x\r\nAuthorization: DPoP {agent.Lease}\r\nDPoP: {agent.Proof("POST", Execute)}\r\nContent-Length: {body.Length}\r\n\r\n");
            await client.SendAsync(body);
            var answer = (await client.ReadAsync())!;
            Assert.Equal((422, "schema_violation"), (answer.Status, answer.Error));
        }
    }

    [Fact]
    public async Task An_unknown_action()
    {
        using var agent = await Gate.LeasedAsync();
        (await agent.ExecuteAsync("rm_rf", "{}")).Refused(404, "action_not_found");
    }

    [Fact]
    public async Task A_foreign_lease_another_key_and_a_proof_for_another_request()
    {
        using var agent = await Gate.LeasedAsync();
        using var stranger = new TestKey();
        var parts = agent.Lease.Split('.');
        var body = $$"""{"url":"{{Gate.Url()}}"}""";
        var before = Gate.Upstream.Requests.Count;
        foreach (var (lease, proof, code) in new (string, string, string)[]
        {
            (stranger.SignSegments(parts[0], parts[1]), agent.Proof("POST", Execute), "invalid_lease"),
            ($"{parts[0]}.{parts[1]}.", agent.Proof("POST", Execute), "invalid_lease"),
            ($"eyJhbGciOiJub25lIn0.{parts[1]}.", agent.Proof("POST", Execute), "invalid_lease"),
            (new string('a', 20_000), agent.Proof("POST", Execute), "invalid_lease"),
            (agent.Lease, agent.Proof("POST", Execute, key: stranger), "invalid_dpop"),
            (agent.Lease, agent.Proof("PUT", Execute), "invalid_dpop"),
            (agent.Lease, agent.Proof("POST", Execute, htu: "http://localhost:3000/v1/actions/http_post/execute"), "invalid_dpop"),
            (agent.Lease, agent.Proof("POST", Execute, lease: "another"), "invalid_dpop"),
            (agent.Lease, "a.b", "invalid_dpop"),
            (agent.Lease, new string('a', 10_000), "invalid_dpop"),
        })
        {
            (await agent.SendAsync("POST", Execute, body, authorization: $"DPoP {lease}", proof: proof)).Refused(401, code);
        }

        Assert.Equal(before, Gate.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Two_proofs_in_one_request()
    {
        using var agent = await Gate.LeasedAsync();
        using var client = await RawClient.ConnectAsync(Gate.ClientSocket);
        var proof = agent.Proof("POST", Execute);
        await client.SendAsync($"POST {Execute} HTTP/1.1\r\nHost: x\r\nAuthorization: DPoP {agent.Lease}\r\nDPoP: {proof}\r\nDPoP: {proof}\r\nContent-Length: 2\r\n\r\n{{}}");
        var answer = (await client.ReadAsync())!;
        Assert.Equal(401, answer.Status);
    }

    /// <summary>A gate that serves while the class runs.</summary>
    public sealed class Serving : IAsyncLifetime
    {
        internal BinaryGate Gate { get; } = new();

        public async ValueTask InitializeAsync()
        {
            await Gate.InitializeAsync();
            await Gate.StartAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (Gate.Running is not null)
            {
                Assert.Equal(0, await Gate.StopAsync(BinaryGate.Terminate));
                Assert.Equal(0, (await Gate.RunAsync("verify")).Exit);
            }

            await Gate.DisposeAsync();
        }
    }
}
