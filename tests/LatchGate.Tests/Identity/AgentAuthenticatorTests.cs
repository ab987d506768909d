using System.Text;
using LatchGate.Crypto;
using LatchGate.Identity;

namespace LatchGate.Tests.Identity;

public sealed class AgentAuthenticatorTests : IDisposable
{
    private static readonly PeercredMap Map = new(
        new Dictionary<uint, PeercredPrincipal> { [1000] = new("agent-a", null, null), [1001] = new("agent-b", null, null) });

    private readonly TestKey _agent = new();
    private readonly P256SigningKey _issuerKey = P256SigningKey.Generate();
    private readonly FixedClock _time = new(DateTimeOffset.FromUnixTimeSeconds(TestProofs.Now));
    private readonly LeaseIssuer _issuer;
    private readonly Revocations _revocations = new();
    private long _epoch;

    public AgentAuthenticatorTests() => _issuer = new LeaseIssuer(_issuerKey, TimeSpan.FromSeconds(300), _time, () => _epoch);

    public void Dispose()
    {
        _agent.Dispose();
        _issuerKey.Dispose();
    }

    [Fact]
    public async Task A_lease_and_its_proof_make_a_verified_caller()
    {
        var lease = Lease();
        var caller = await AcceptAsync(NewAuthenticator(), lease, Proof(lease));

        Assert.Equal("agent-a", caller.Lease.Principal);
        Assert.True(caller.Proof.Key == caller.Lease.Key);
    }

    [Fact]
    public async Task Headers_may_be_strings()
    {
        var (lease, authenticator) = (Lease(), NewAuthenticator());
        Assert.NotNull((await authenticator.AuthenticateAsync($"DPoP {lease}", Proof(lease), "POST", TestProofs.RequestPath, 1000)).Verified);
        var absent = await authenticator.AuthenticateAsync((string?)null, null, "POST", TestProofs.RequestPath, 1000);
        Assert.Equal(AuthFault.MissingAuthHeader, absent.Rejection.Fault);
    }

    [Theory]
    [InlineData("", "x", AuthFault.MissingAuthHeader)]
    [InlineData("", "", AuthFault.MissingAuthHeader)]
    [InlineData("Bearer abc", "x", AuthFault.InvalidLease)]
    [InlineData("Bearer abc", "", AuthFault.InvalidLease)]
    [InlineData("dpop abc", "x", AuthFault.InvalidLease)]
    [InlineData("DPoP", "x", AuthFault.InvalidLease)]
    [InlineData("DPoP ", "x", AuthFault.InvalidLease)]
    [InlineData("DPoP abc", "", AuthFault.MissingAuthHeader)]
    [InlineData("DPoP abc", "x", AuthFault.InvalidLease)]
    [InlineData("DPoP  abc", "x", AuthFault.InvalidLease)]
    public async Task Headers_are_judged_in_their_precedence(string authorization, string dpop, AuthFault expected) =>
        Assert.Equal(expected, (await AuthenticateAsync(NewAuthenticator(), authorization, dpop, 1000)).Rejection.Fault);

    [Fact]
    public async Task An_expired_lease_is_told_from_an_invalid_one()
    {
        var lease = Lease();
        _time.Advance(TimeSpan.FromSeconds(301));
        await RefuseAsync(AuthFault.LeaseExpired, NewAuthenticator(), lease, Proof(lease, iat: TestProofs.Now + 301));
    }

    [Fact]
    public async Task Revoking_stops_leases_that_are_already_out()
    {
        var lease = Lease();
        var authenticator = NewAuthenticator();
        await AcceptAsync(authenticator, lease, Proof(lease, jti: "1"));
        _epoch++;
        await RefuseAsync(AuthFault.Revoked, authenticator, lease, Proof(lease, jti: "2"));
    }

    [Fact]
    public async Task A_proof_by_another_key_is_refused_with_the_reason()
    {
        using var thief = new TestKey();
        var lease = Lease();
        var rejection = await RefuseAsync(AuthFault.InvalidDpop, NewAuthenticator(), lease, thief.Sign(thief.Header, Payload(lease)));

        Assert.Equal(DpopFault.KeyBinding, rejection.Dpop);
        Assert.Equal("DPoP key thumbprint does not match lease cnf.jkt (key binding failure)", rejection.Reason);
        Assert.Equal((401, "invalid_dpop"), (rejection.Fault.Status(), rejection.Fault.WireCode()));
    }

    [Fact]
    public async Task A_proof_for_another_lease_is_refused()
    {
        var (mine, other) = (Lease(), Lease());
        Assert.Equal(DpopFault.Ath, (await RefuseAsync(AuthFault.InvalidDpop, NewAuthenticator(), mine, Proof(other))).Dpop);
    }

    [Fact]
    public async Task A_replayed_proof_is_refused()
    {
        var lease = Lease();
        var authenticator = NewAuthenticator();
        await AcceptAsync(authenticator, lease, Proof(lease));
        await RefuseAsync(AuthFault.ReplayDetected, authenticator, lease, Proof(lease));
    }

    [Fact]
    public async Task A_request_that_fails_otherwise_does_not_use_up_its_jti()
    {
        var lease = Lease();
        var authenticator = NewAuthenticator();
        await RefuseAsync(AuthFault.InvalidDpop, authenticator, lease, _agent.Sign(_agent.Header, Payload(lease).Replace("POST", "GET", StringComparison.Ordinal)));
        await AcceptAsync(authenticator, lease, Proof(lease));
    }

    [Fact]
    public async Task Of_many_concurrent_requests_with_one_proof_one_is_authenticated()
    {
        var lease = Lease();
        var (authenticator, proof) = (NewAuthenticator(), Proof(lease));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(
            async () => await AuthenticateAsync(authenticator, "DPoP " + lease, proof, 1000))));

        Assert.Single(outcomes, o => o.Verified is not null);
        Assert.Equal(199, outcomes.Count(o => o.Rejection.Fault == AuthFault.ReplayDetected));
    }

    [Fact]
    public async Task A_store_that_cannot_answer_refuses_with_503()
    {
        var lease = Lease();
        var rejection = await RefuseAsync(AuthFault.ReplayCacheUnavailable, NewAuthenticator(new FakeStore(ReplayVerdict.Unavailable)), lease, Proof(lease));
        Assert.Equal((503, "replay_cache_unavailable"), (rejection.Fault.Status(), rejection.Fault.WireCode()));
    }

    [Fact]
    public async Task A_store_that_answers_later_is_awaited()
    {
        var lease = Lease();
        await AcceptAsync(NewAuthenticator(new FakeStore(ReplayVerdict.Fresh)), lease, Proof(lease));
        await RefuseAsync(AuthFault.ReplayDetected, NewAuthenticator(new FakeStore(ReplayVerdict.Replayed)), lease, Proof(lease));
    }

    [Fact]
    public async Task A_proof_from_before_the_start_is_an_invalid_proof_that_says_so()
    {
        var lease = Lease();
        var rejection = await RefuseAsync(AuthFault.InvalidDpop, NewAuthenticator(), lease, Proof(lease, iat: TestProofs.Now - 1));
        Assert.Equal(DpopFault.IatBeforeStart, rejection.Dpop);
        Assert.Contains("make a new proof", rejection.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_was_set_back_refuses_with_503()
    {
        var lease = Lease();
        var authenticator = NewAuthenticator();
        await AcceptAsync(authenticator, lease, Proof(lease));
        _time.Step(TimeSpan.FromMinutes(-10));
        var rejection = await RefuseAsync(AuthFault.ClockError, authenticator, lease, Proof(lease));
        Assert.Equal((503, "clock_error"), (rejection.Fault.Status(), rejection.Fault.WireCode()));
    }

    [Theory]
    [InlineData(1001u)]
    [InlineData(1002u)]
    [InlineData(null)]
    public async Task A_lease_presented_by_another_principals_process_is_refused(uint? uid)
    {
        var lease = Lease();
        Assert.Equal(AuthFault.InvalidLease, (await AuthenticateAsync(NewAuthenticator(), "DPoP " + lease, Proof(lease), uid)).Rejection.Fault);
    }

    [Fact]
    public void Peers_are_mapped_unmapped_or_refused()
    {
        var open = new IdentityProvider(new PeercredMap(new Dictionary<uint, PeercredPrincipal> { [1000] = new("agent-a", ["a:one"], "team") }, allowUnmapped: true));
        Assert.True(open.TryIdentify(1000, out var mapped, out _));
        Assert.Equal(("agent-a", "team", "peercred"), (mapped.Principal, mapped.Owner, mapped.Method));
        Assert.True(open.TryIdentify(77, out var unmapped, out _));
        Assert.Equal(("uid:77", "peercred:unmapped"), (unmapped.Principal, unmapped.Method));
        Assert.Equal(["tools:call"], unmapped.MaxScopes);

        var closed = new IdentityProvider(Map);
        Assert.False(closed.TryIdentify(77, out _, out var fault));
        Assert.Equal(IdentityFault.Forbidden, fault);
        Assert.False(closed.TryIdentify(null, out _, out fault));
        Assert.Equal(IdentityFault.Unauthenticated, fault);
    }

    [Theory]
    [InlineData("")]
    [InlineData("uid:1000")]
    [InlineData("dev:anonymous")]
    [InlineData("a b")]
    [InlineData("a\nb")]
    public void A_principal_cannot_pass_for_another_kind(string principal) =>
        Assert.Throws<ArgumentException>(() => new PeercredPrincipal(principal, null, null));

    private AgentAuthenticator NewAuthenticator(IReplayStore? store = null) => new(
        new LeaseVerifier(_issuer, () => _epoch), new DpopVerifier(new AcceptedBaseUrls("http://localhost:3000")),
        store ?? new MemoryReplayStore(_time, ReplayFloor.InMemory(_time)), new IdentityProvider(Map), _revocations, new WallClock(_time));

    private string Lease()
    {
        Assert.True(LeaseRequest.TryParse(Encoding.UTF8.GetBytes($$"""{"scopes":["tools:call"],"dpop_jwk":{{_agent.Jwk}}}"""), out var request, out _));
        Assert.True(new IdentityProvider(Map).TryIdentify(1000, out var identity, out _));
        Assert.True(PermittedLease.TryPermit(request, identity, out var permitted, out _));
        return _issuer.Issue(permitted).Jwt;
    }

    private static string Payload(string lease, string jti = "j", long iat = TestProofs.Now) => TestProofs.Payload(jti: jti, iat: iat, token: lease);

    private string Proof(string lease, string jti = "j", long iat = TestProofs.Now) => _agent.Sign(_agent.Header, Payload(lease, jti, iat));

    private static async Task<VerifiedCaller> AcceptAsync(AgentAuthenticator authenticator, string lease, string proof)
    {
        var outcome = await AuthenticateAsync(authenticator, "DPoP " + lease, proof, 1000);
        Assert.True(outcome.Verified is not null, outcome.Rejection.ToString());
        return outcome.Verified;
    }

    private static async Task<AuthRejection> RefuseAsync(AuthFault fault, AgentAuthenticator authenticator, string lease, string proof)
    {
        var outcome = await AuthenticateAsync(authenticator, "DPoP " + lease, proof, 1000);
        Assert.Null(outcome.Verified);
        Assert.Equal(fault, outcome.Rejection.Fault);
        return outcome.Rejection;
    }

    private static ValueTask<AuthOutcome<VerifiedCaller>> AuthenticateAsync(AgentAuthenticator authenticator, string authorization, string dpop, uint? uid) =>
        authenticator.AuthenticateAsync(Encoding.UTF8.GetBytes(authorization), Encoding.UTF8.GetBytes(dpop), "POST", TestProofs.RequestPath, uid);

    /// <summary>A store elsewhere: answers after a while, always the same.</summary>
    private sealed class FakeStore(ReplayVerdict verdict) : IReplayStore
    {
        public async ValueTask<ReplayVerdict> RecordAsync(VerifiedProof proof, CancellationToken cancellation)
        {
            await Task.Yield();
            return verdict;
        }
    }
}
