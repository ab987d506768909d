using System.Security.Cryptography;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Egress;

namespace LatchGate.Tests.HostIo;

public sealed class HttpHostCallsTests
{
    [Fact]
    public async Task A_listed_host_is_reached_and_its_answer_handed_to_the_guest()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok("hello", "X-Kind: plain\r\n"));
        using var rig = new Rig();

        var (ok, body, calls) = await rig.GetAsync($"http://api.test:{server.Port}/a/../b?q=%41#part");

        Assert.True(ok);
        Assert.Equal(200, body.GetProperty("status").GetInt32());
        Assert.Equal("hello", body.GetProperty("body_text").GetString());
        Assert.Equal("plain", body.GetProperty("headers").GetProperty("x-kind").GetString());
        var seen = Assert.Single(server.Requests);
        Assert.StartsWith("GET /a/../b?q=%41 HTTP/1.1\r\n", seen.Head, StringComparison.Ordinal);
        Assert.Contains($"Host: api.test:{server.Port}", seen.Head, StringComparison.Ordinal);
        Assert.Null(calls.FirstRefusal);
    }

    [Fact]
    public async Task Evidence_holds_what_the_host_saw()
    {
        await using var server = new LoopbackServer(LoopbackServer.Ok("answer"));
        using var rig = new Rig();

        var (_, _, calls) = await rig.CallAsync($$"""{"method":"POST","url":"http://api.test:{{server.Port}}/x","body_text":"question"}""");

        var evidence = Assert.Single(calls.Evidence);
        Assert.Equal("POST", evidence.Method);
        Assert.Equal($"http://api.test:{server.Port}", evidence.Origin);
        Assert.Equal("loopback", evidence.Rule);
        Assert.Equal(EgressReason.Allowed, evidence.Outcome);
        Assert.Equal(200, evidence.Status);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("question"u8)), evidence.RequestBody.ToHex());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("answer"u8)), evidence.ResponseBody?.ToHex());
        Assert.Equal(6, evidence.ResponseLength);
        Assert.Equal("answer", Encoding.UTF8.GetString(evidence.KeptBody.Span));
        Assert.Equal("question"u8.ToArray(), Assert.Single(server.Requests).Body);
    }
}
