using System.Text;
using LatchGate.Crypto;
using LatchGate.Identity;

namespace LatchGate.Tests.Identity;

public sealed class OperatorAuthenticatorTests : IDisposable
{
    private const string ApiKey = "key-alice-0123456789abcdef0123456789abcdef";
    private const string OtherApiKey = "key-bob-0123456789abcdef0123456789abcdef00";
    private const string Unbound = "key-carol-0123456789abcdef0123456789abcdef";

    private readonly TestKey _alice = new();
    private readonly TestKey _bob = new();
    private readonly OperatorAuthenticator _authenticator;

    public OperatorAuthenticatorTests()
    {
        var time = new FixedClock(DateTimeOffset.FromUnixTimeSeconds(TestProofs.Now));
        _authenticator = new OperatorAuthenticator(
            [Credential("alice", ApiKey, _alice.Thumbprint), Credential("bob", OtherApiKey, _bob.Thumbprint), Credential("carol", Unbound, null)],
            new DpopVerifier(new AcceptedBaseUrls("http://localhost:3000")), new MemoryReplayStore(time, ReplayFloor.InMemory(time)), new WallClock(time));
    }

    public void Dispose()
    {
        _alice.Dispose();
        _bob.Dispose();
    }

    [Fact]
    public async Task An_api_key_and_its_proof_make_a_verified_operator()
    {
        Assert.Equal("alice", (await AuthenticateAsync($"DPoP {ApiKey}", Proof(_alice, ApiKey))).Verified!.Name);
        Assert.Equal("bob", (await AuthenticateAsync($"DPoP {OtherApiKey}", Proof(_bob, OtherApiKey))).Verified!.Name);
    }

    [Theory]
    [InlineData("", "x", AuthFault.MissingAuthHeader, "missing_auth_header")]
    [InlineData("Bearer " + ApiKey, "x", AuthFault.InvalidAuthScheme, "invalid_auth_scheme")]
    [InlineData("DPoP ", "x", AuthFault.InvalidAuthScheme, "invalid_auth_scheme")]
    [InlineData("DPoP " + ApiKey, "", AuthFault.MissingDpopHeader, "missing_dpop_header")]
    [InlineData("DPoP wrong", "x", AuthFault.InvalidOperatorToken, "invalid_operator_token")]
    [InlineData("DPoP " + ApiKey + " ", "x", AuthFault.InvalidOperatorToken, "invalid_operator_token")]
    [InlineData("DPoP " + ApiKey, "x", AuthFault.InvalidDpop, "invalid_dpop")]
    [InlineData("DPoP " + Unbound, "x", AuthFault.KeyBindingFailed, "key_binding_failed")]
    public async Task What_is_wrong_is_said_by_its_code(string authorization, string dpop, AuthFault fault, string code)
    {
        var outcome = await AuthenticateAsync(authorization, dpop);
        Assert.Null(outcome.Verified);
        Assert.Equal((fault, code, 401), (outcome.Rejection.Fault, outcome.Rejection.Fault.WireCode(), outcome.Rejection.Fault.Status()));
    }

    [Fact]
    public async Task Another_operators_key_fails_the_binding()
    {
        var rejection = (await AuthenticateAsync($"DPoP {ApiKey}", Proof(_bob, ApiKey))).Rejection;
        Assert.Equal(
            (AuthFault.KeyBindingFailed, DpopFault.KeyBinding, "DPoP proof thumbprint does not match configured dpop_jkt"),
            (rejection.Fault, rejection.Dpop, rejection.Reason));
    }

    [Fact]
    public async Task A_replayed_proof_is_refused()
    {
        var proof = Proof(_alice, ApiKey);
        Assert.NotNull((await AuthenticateAsync($"DPoP {ApiKey}", proof)).Verified);
        Assert.Equal(AuthFault.ReplayDetected, (await AuthenticateAsync($"DPoP {ApiKey}", proof)).Rejection.Fault);
    }

    [Fact]
    public async Task Only_in_the_insecure_posture_is_an_api_key_enough_and_it_says_so()
    {
        var time = new FixedClock(DateTimeOffset.FromUnixTimeSeconds(TestProofs.Now));
        var relaxed = new OperatorAuthenticator(
            [Credential("alice", ApiKey, _alice.Thumbprint)], new DpopVerifier(new AcceptedBaseUrls("http://localhost:3000")),
            new MemoryReplayStore(time, ReplayFloor.InMemory(time)), new WallClock(time), acceptsSharedKeys: true);
        ValueTask<AuthOutcome<VerifiedOperator>> Ask(string token, string proof) => relaxed.AuthenticateAsync($"DPoP {token}", proof, "POST", TestProofs.RequestPath);

        var shared = (await Ask(ApiKey, "")).Verified!;
        Assert.Equal(("alice", "operator_shared_key", ""), (shared.Name, shared.AuthnMethod, shared.SenderBinding));
        Assert.Equal(AuthFault.InvalidOperatorToken, (await Ask("key-guess-0123456789abcdef", "x")).Rejection.Fault);
        Assert.Equal(AuthFault.MissingDpopHeader, (await Ask("key-guess-0123456789abcdef", "")).Rejection.Fault);

        // A proof that is sent is verified as ever.
        Assert.Equal(AuthFault.KeyBindingFailed, (await Ask(ApiKey, Proof(_bob, ApiKey))).Rejection.Fault);
        Assert.Equal("operator_dpop", (await Ask(ApiKey, Proof(_alice, ApiKey))).Verified!.AuthnMethod);
    }

    [Fact]
    public async Task A_clock_set_back_refuses_operators()
    {
        var time = new FixedClock(DateTimeOffset.FromUnixTimeSeconds(TestProofs.Now));
        var operators = new OperatorAuthenticator(
            [Credential("alice", ApiKey, _alice.Thumbprint)], new DpopVerifier(new AcceptedBaseUrls("http://localhost:3000")),
            new MemoryReplayStore(time, ReplayFloor.InMemory(time)), new WallClock(time));
        Assert.NotNull((await operators.AuthenticateAsync($"DPoP {ApiKey}", Proof(_alice, ApiKey), "POST", TestProofs.RequestPath)).Verified);
        time.Step(TimeSpan.FromMinutes(-2));
        Assert.Equal(AuthFault.ClockError, (await operators.AuthenticateAsync($"DPoP {ApiKey}", Proof(_alice, ApiKey), "POST", TestProofs.RequestPath)).Rejection.Fault);
    }

    [Fact]
    public async Task Without_credentials_every_token_is_unknown()
    {
        var time = new FixedClock(DateTimeOffset.FromUnixTimeSeconds(TestProofs.Now));
        var none = new OperatorAuthenticator(
            [], new DpopVerifier(new AcceptedBaseUrls("http://localhost:3000")), new MemoryReplayStore(time, ReplayFloor.InMemory(time)), new WallClock(time));
        var outcome = await none.AuthenticateAsync(Encoding.UTF8.GetBytes($"DPoP {ApiKey}"), "x"u8, "POST", TestProofs.RequestPath);
        Assert.Equal(AuthFault.InvalidOperatorToken, outcome.Rejection.Fault);
    }

    [Fact]
    public void Ambiguous_and_weak_credentials_are_refused()
    {
        var (verifier, time) = (new DpopVerifier(new AcceptedBaseUrls("http://localhost:3000")), new FixedClock(DateTimeOffset.UnixEpoch));
        var store = new MemoryReplayStore(time, ReplayFloor.InMemory(time));
        Assert.Throws<ArgumentException>(() => new OperatorAuthenticator(
            [Credential("a", ApiKey, null), Credential("b", ApiKey, null)], verifier, store, new WallClock(time)));
        Assert.Throws<ArgumentException>(() => new OperatorAuthenticator(
            [Credential("a", ApiKey, null), Credential("a", OtherApiKey, null)], verifier, store, new WallClock(time)));
        Assert.Throws<ArgumentException>(() => Credential("a", "short", null));
        Assert.Throws<ArgumentException>(() => Credential("a b", ApiKey, null));
    }

    private static OperatorCredential Credential(string name, string apiKey, JwkThumbprint? key) => new(name, Encoding.UTF8.GetBytes(apiKey), key);

    private static string Proof(TestKey key, string apiKey) => key.Sign(key.Header, TestProofs.Payload(token: apiKey));

    private ValueTask<AuthOutcome<VerifiedOperator>> AuthenticateAsync(string authorization, string dpop) =>
        _authenticator.AuthenticateAsync(Encoding.UTF8.GetBytes(authorization), Encoding.UTF8.GetBytes(dpop), "POST", TestProofs.RequestPath);
}
