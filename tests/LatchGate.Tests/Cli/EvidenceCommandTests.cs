using System.Text;
using LatchGate.Cli;

namespace LatchGate.Tests.Cli;

public sealed class EvidenceCommandTests : IDisposable
{
    // RFC 8037 appendix A.2: an Ed25519 public key; the hexadecimal form is that of RFC 8032 §7.1 test 1.
    private const string X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    private const string XHex = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    private const string Kid = "d75a980182b10ab7";

    private readonly CliHarness _cli = new();

    public EvidenceCommandTests() => _cli.Root.Write("work/audit.db", "");

    public void Dispose() => _cli.Dispose();

    private static LedgerReport Intact => new(null, null, 3, 2, 1, 1, 3, "sha256:00", 0);

    [Theory]
    [InlineData($$"""{"kty":"OKP","crv":"Ed25519","x":"{{X}}","kid":"{{Kid}}"}""")]
    [InlineData($$"""{"kty":"OKP","crv":"Ed25519","x_hex":"{{XHex}}","kid":"{{Kid}}"}""")]
    public async Task An_intact_ledger_ends_with_0_and_needs_no_configuration(string key)
    {
        _cli.Root.Write("work/.latchgate/latchgate.toml", "broken");
        _cli.Root.Write("work/keys.jwks", $$"""{"keys":[{{key}}]}""");
        IReadOnlyDictionary<string, byte[]>? keys = null;
        _cli.VerifyLedger = (file, given) =>
        {
            Assert.Equal(_cli.Root["work/audit.db"], file);
            keys = given;
            return Intact;
        };
        Assert.Equal(0, await _cli.RunAsync("verify", "--ledger", "audit.db", "--keys", "keys.jwks", "--json"));
        Assert.Equal(XHex, Convert.ToHexStringLower(keys![Kid]));
        Assert.True(_cli.Json.GetProperty("intact").GetBoolean());
        Assert.Equal(3, _cli.Json.GetProperty("total_events").GetInt64());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, _cli.Json.GetProperty("broken_at").ValueKind);
    }

    [Fact]
    public async Task A_broken_ledger_ends_with_2()
    {
        _cli.Root.Write("work/keys.jwks", """{"keys":[]}""");
        _cli.VerifyLedger = (_, _) => Intact with { BrokenAt = "trace-9", Problem = "event 2 does not follow event 1" };
        Assert.Equal(2, await _cli.RunAsync("verify", "--ledger", "audit.db", "--keys", "keys.jwks"));
        Assert.Contains("broken at           trace-9", _cli.Output);
        Assert.Contains("event 2 does not follow event 1", _cli.Output);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("{}")]
    [InlineData($$"""{"keys":[{"kty":"OKP","crv":"Ed25519","x":"{{X}}","kid":"0000000000000000"}]}""")]
    [InlineData($$"""{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA","kid":"{{Kid}}"}]}""")]
    [InlineData($$"""{"keys":[{"kty":"OKP","crv":"Ed25519","x":"!","kid":"{{Kid}}"}]}""")]
    public async Task Keys_that_are_not_what_they_say_are_an_error(string jwks)
    {
        _cli.Root.Write("work/keys.jwks", jwks);
        Assert.Equal(1, await _cli.RunAsync("verify", "--ledger", "audit.db", "--keys", "keys.jwks", "--json"));
        Assert.Equal("receipt_keys_unusable", _cli.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_ledger_that_is_not_there_is_an_error()
    {
        Assert.Equal(1, await _cli.RunAsync("verify", "--ledger", "other.db", "--json"));
        Assert.Equal("ledger_not_found", _cli.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_receipt_comes_from_the_ledger_without_a_gate()
    {
        _cli.Root.Write("work/keys.jwks", """{"keys":[]}""");
        _cli.ReadReceipt = (_, id, _) => id == "r-1" ? Encoding.UTF8.GetBytes("""{"receipt_id":"r-1"}""") : default(ReadOnlyMemory<byte>?);
        Assert.Equal(0, await _cli.RunAsync("receipts", "show", "r-1", "--ledger", "audit.db", "--keys", "keys.jwks"));
        Assert.Equal("{\n  \"receipt_id\": \"r-1\"\n}\n", _cli.Output);
        Assert.Equal(1, await _cli.RunAsync("receipts", "show", "r-2", "--ledger", "audit.db", "--keys", "keys.jwks"));
    }

    [Fact]
    public async Task A_receipt_comes_from_the_gate_with_a_lease()
    {
        await using var gate = new FakeGate(_cli.ClientSocket, request => request.Path == "/v1/leases" ? (200, """{"lease_jwt":"a.b.c"}""") : (200, """{"receipt_id":"r-1"}"""));
        Assert.Equal(0, await _cli.RunAsync("receipts", "show", "r-1", "--json"));
        Assert.Equal("r-1", _cli.Json.GetProperty("receipt_id").GetString());
        Assert.Equal("/v1/receipts/r-1", gate.Requests[1].Target);
        Assert.Equal("DPoP a.b.c", gate.Requests[1].Headers["Authorization"]);
    }

    [Fact]
    public async Task Actions_come_from_the_gate_or_else_from_the_build()
    {
        Assert.Equal(0, await _cli.RunAsync("actions"));
        Assert.Equal("ACTION       VERSION  RISK\nhttp_delete  1.0.0    critical\nhttp_fetch   1.0.0    low\n", _cli.Output);
        Assert.Contains("No gate is running", _cli.Error);
        Assert.Equal(1, await _cli.RunAsync("actions", "http_fetsh", "--json"));
        Assert.Equal("Did you mean 'http_fetch'?", _cli.Json.GetProperty("remedy").GetString());

        await using var gate = new FakeGate(_cli.ClientSocket, _ => (200, """{"actions":[{"action_id":"fs_read","version":"2.0.0","risk_level":"low"}]}"""));
        Assert.Equal(0, await _cli.RunAsync("actions"));
        Assert.Equal("ACTION   VERSION  RISK\nfs_read  2.0.0    low\n", _cli.Output);
    }
}
