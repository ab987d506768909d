using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LatchGate.Crypto;
using LatchGate.Identity;
using LatchGate.Tests.Crypto;

namespace LatchGate.Tests.Identity;

public sealed class LeaseTests : IDisposable
{
    private readonly TestKey _agent = new();
    private readonly TestKey _stranger = new();
    private readonly P256SigningKey _issuerKey = P256SigningKey.Generate();
    private readonly FixedClock _clock = new(DateTimeOffset.FromUnixTimeMilliseconds(TestProofs.Now * 1000 + 900));
    private long _epoch = 3;

    public void Dispose()
    {
        _agent.Dispose();
        _stranger.Dispose();
        _issuerKey.Dispose();
    }

    private LeaseIssuer Issuer(P256SigningKey? key = null, int ttl = 300) => new(key ?? _issuerKey, TimeSpan.FromSeconds(ttl), _clock, () => _epoch);

    private LeaseVerifier Verifier(LeaseIssuer? issuer = null) => new(issuer ?? Issuer(), () => _epoch);

    [Fact]
    public void A_lease_has_the_header_and_the_claims_of_the_contract()
    {
        var issuer = Issuer();
        var issued = issuer.Issue(Permit(owner: "team@example.org", more: ""","budgets":{"max_calls":5}"""));
        var segments = issued.Jwt.Split('.');

        Assert.Equal($$"""{"typ":"JWT","alg":"ES256","kid":"{{issuer.KeyId}}"}""", Decode(segments[0]));
        using var claims = JsonDocument.Parse(Decode(segments[1]));
        Assert.Equal(
            $$$"""{"iss":"latchgate","sub":"agent-a","aud":"latchgate","iat":{{{TestProofs.Now}}},"nbf":{{{TestProofs.Now}}},"exp":{{{TestProofs.Now + 300}}},"jti":"{{{issued.Jti}}}","session_id":"{{{issued.SessionId}}}","scope":["tools:call"],"budgets":{"max_calls":5},"cnf":{"jkt":"{{{_agent.ThumbprintText}}}"},"owner":"team@example.org","identity_method":"peercred","epoch":3}""",
            claims.RootElement.GetRawText());
        Assert.Equal("2027-01-15T08:05:00Z", issued.ExpiresAtText);
        Assert.Equal((7, 7), (Guid.Parse(issued.Jti).Version, Guid.Parse(issued.SessionId).Version));
    }

    [Fact]
    public void A_lease_verifies_with_the_base_library_by_the_published_key()
    {
        var issuer = Issuer();
        using var jwks = JsonDocument.Parse(issuer.Jwks);
        var jwk = jwks.RootElement.GetProperty("keys")[0];
        Assert.Equal(["kty", "crv", "kid", "use", "alg", "x", "y"], jwk.EnumerateObject().Select(m => m.Name));
        using var ecdsa = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Base64Url.DecodeFromChars(jwk.GetProperty("x").GetString()), Y = Base64Url.DecodeFromChars(jwk.GetProperty("y").GetString()) },
        });
        var spki = Convert.ToHexStringLower(SHA256.HashData(ecdsa.ExportSubjectPublicKeyInfo()))[..16];
        Assert.Equal((spki, spki), (jwk.GetProperty("kid").GetString(), issuer.KeyId));

        var jwt = issuer.Issue(Permit()).Jwt;
        var dot = jwt.LastIndexOf('.');
        Assert.True(ecdsa.VerifyData(
            Encoding.ASCII.GetBytes(jwt[..dot]), Base64Url.DecodeFromChars(jwt.AsSpan(dot + 1)), HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    [Fact]
    public void A_verified_lease_carries_what_was_issued()
    {
        var issuer = Issuer();
        var issued = issuer.Issue(Permit(owner: "team", more: ""","budgets":{"max_calls":0}"""));
        var lease = Accept(Verifier(issuer), issued.Jwt);

        Assert.Equal(("agent-a", issued.SessionId, issued.Jti, 0L, "team", "peercred", 3L), (lease.Principal, lease.SessionId, lease.Jti, lease.MaxCalls, lease.Owner, lease.IdentityMethod, lease.Epoch));
        Assert.Equal(["tools:call"], lease.Scopes);
        Assert.True(lease.Key == _agent.Thumbprint);
        Assert.Equal(TestProofs.Now + 300, lease.ExpiresAt);
        Assert.Null(Accept(Verifier(issuer), issuer.Issue(Permit()).Jwt).MaxCalls);
    }

    [Fact]
    public void A_lease_outlives_a_restart_because_the_issuer_key_is_kept()
    {
        using var folder = new TempFolder();
        string jwt;
        using (var key = KeyFile.LoadOrCreateP256(folder.File("issuer.pem"), "lease issuer"))
        {
            jwt = Issuer(key).Issue(Permit()).Jwt;
        }

        using var again = KeyFile.LoadOrCreateP256(folder.File("issuer.pem"), "lease issuer");
        Accept(Verifier(Issuer(again)), jwt);
    }

    [Fact]
    public void A_lease_is_good_up_to_and_including_its_last_second_also_from_the_cache()
    {
        var issuer = Issuer();
        var verifier = Verifier(issuer);
        var jwt = issuer.Issue(Permit()).Jwt;

        Assert.Equal(LeaseFault.NotYetValid, Verify(verifier, jwt, TestProofs.Now - 1));
        Assert.Equal(LeaseFault.None, Verify(verifier, jwt, TestProofs.Now));
        Assert.Equal(LeaseFault.None, Verify(verifier, jwt, TestProofs.Now + 300));
        Assert.Equal(LeaseFault.Expired, Verify(verifier, jwt, TestProofs.Now + 301));
        Assert.Equal("lease_expired", LeaseFault.Expired.WireCode());
    }

    [Fact]
    public void A_lease_of_an_earlier_epoch_is_revoked_also_from_the_cache()
    {
        var issuer = Issuer();
        var verifier = Verifier(issuer);
        var jwt = issuer.Issue(Permit()).Jwt;
        Accept(verifier, jwt);
        _epoch++;

        Assert.Equal(LeaseFault.Revoked, Verify(verifier, jwt));
        Accept(verifier, issuer.Issue(Permit()).Jwt);
    }

    [Fact]
    public void The_life_of_a_lease_is_at_most_an_hour() => Assert.Equal(3600, Issuer(ttl: 86400).TtlSeconds);

    [Theory]
    [InlineData("""{"alg":"none","kid":"KID"}""", LeaseFault.Algorithm)]
    [InlineData("""{"alg":"HS256","kid":"KID"}""", LeaseFault.Algorithm)]
    [InlineData("""{"alg":"ES256","kid":"KID","crit":["b64"],"b64":false}""", LeaseFault.Algorithm)]
    [InlineData("""{"alg":"ES256"}""", LeaseFault.UnknownKey)]
    [InlineData("""{"alg":"ES256","kid":"0000000000000000"}""", LeaseFault.UnknownKey)]
    [InlineData("""{"alg":"ES256","kid":["KID"]}""", LeaseFault.UnknownKey)]
    [InlineData("""{"alg":"ES256","alg":"ES256","kid":"KID"}""", LeaseFault.Malformed)]
    [InlineData("""["ES256"]""", LeaseFault.Malformed)]
    [InlineData("""{"alg":""", LeaseFault.Malformed)]
    public void A_token_with_another_header_is_refused(string header, LeaseFault fault) =>
        Assert.Equal(fault, VerifyForged(header.Replace("KID", KeyIdOf(_stranger), StringComparison.Ordinal), Claims()));

    [Fact]
    public void Tokens_that_are_no_JWS_or_too_long_are_refused()
    {
        Assert.Equal(LeaseFault.Malformed, Verify(Verifier(), "a.b"));
        Assert.Equal(LeaseFault.Malformed, Verify(Verifier(), "!.e30.AA"));
        Assert.Equal(LeaseFault.TooLarge, Verify(Verifier(), new string('a', 16385)));
    }

    [Fact]
    public void A_changed_lease_and_one_signed_by_another_key_are_refused()
    {
        var issuer = Issuer();
        var segments = issuer.Issue(Permit()).Jwt.Split('.');
        var richer = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Decode(segments[1]).Replace("agent-a", "agent-b", StringComparison.Ordinal)));

        Assert.Equal(LeaseFault.Signature, Verify(Verifier(issuer), $"{segments[0]}.{richer}.{segments[2]}"));
        Assert.Equal(LeaseFault.Signature, Verify(Verifier(issuer), $"{segments[0]}.{segments[1]}."));
        Assert.Equal(LeaseFault.Signature, Verify(Verifier(issuer), _stranger.SignSegments(segments[0], segments[1])));
        Assert.Equal(LeaseFault.Signature, Verify(Verifier(issuer), $"{segments[0]}.{segments[1]}.{segments[2]}.AA"));
    }

    [Fact]
    public void The_forged_claims_of_these_tests_would_be_accepted_unchanged() => Assert.Equal(LeaseFault.None, VerifyForged(null, Claims()));

    [Theory]
    [InlineData("\"iss\":\"latchgate\"", "\"iss\":\"other\"", LeaseFault.Audience)]
    [InlineData("\"aud\":\"latchgate\"", "\"aud\":\"other\"", LeaseFault.Audience)]
    [InlineData("\"aud\":\"latchgate\"", "\"aud\":[\"latchgate\"]", LeaseFault.Claims)]
    [InlineData("\"iss\":\"latchgate\",", "", LeaseFault.Claims)]
    [InlineData("\"sub\":\"s\",", "", LeaseFault.Claims)]
    [InlineData("\"sub\":\"s\"", "\"sub\":\"\"", LeaseFault.Claims)]
    [InlineData("\"sub\":\"s\"", "\"sub\":\"s\",\"sub\":\"t\"", LeaseFault.Claims)]
    [InlineData("\"aud\":\"latchgate\",", "", LeaseFault.Claims)]
    [InlineData("\"iat\":1800000000,", "", LeaseFault.Claims)]
    [InlineData("\"iat\":1800000000", "\"iat\":\"1800000000\"", LeaseFault.Claims)]
    [InlineData("\"nbf\":1800000000,", "", LeaseFault.Claims)]
    [InlineData("\"exp\":1800000300,", "", LeaseFault.Claims)]
    [InlineData("\"exp\":1800000300", "\"exp\":1800000300.0", LeaseFault.Claims)]
    [InlineData("\"exp\":1800000300", "\"exp\":1e10", LeaseFault.Claims)]
    [InlineData("\"jti\":\"j\",", "", LeaseFault.Claims)]
    [InlineData("\"session_id\":\"i\",", "", LeaseFault.Claims)]
    [InlineData("\"session_id\":\"i\"", "\"session_id\":null", LeaseFault.Claims)]
    [InlineData("\"scope\":[\"tools:call\"],", "", LeaseFault.Claims)]
    [InlineData("\"scope\":[\"tools:call\"]", "\"scope\":\"tools:call\"", LeaseFault.Claims)]
    [InlineData("\"scope\":[\"tools:call\"]", "\"scope\":[1]", LeaseFault.Claims)]
    [InlineData("\"jkt\"", "\"other\"", LeaseFault.Claims)]
    [InlineData("\"jkt\":\"", "\"jkt\":\"A", LeaseFault.Claims)]
    [InlineData("\"epoch\":3", "\"epoch\":-1", LeaseFault.Claims)]
    [InlineData("\"epoch\":3", "\"epoch\":3,\"budgets\":{\"max_calls\":-1}", LeaseFault.Claims)]
    [InlineData("\"epoch\":3", "\"epoch\":3,\"budgets\":7", LeaseFault.Claims)]
    [InlineData("\"epoch\":3", "\"epoch\":3,\"owner\":7", LeaseFault.Claims)]
    [InlineData("\"epoch\":3", "\"unknown\":{\"a\":[1]}", LeaseFault.Revoked)]
    [InlineData("\"epoch\":3", "\"epoch\":3,\"unknown\":{\"a\":[1]},\"budgets\":null,\"owner\":null", LeaseFault.None)]
    [InlineData("\"epoch\":3", "\"epoch\":3,\"budgets\":{\"max_calls\":null,\"more\":{}}", LeaseFault.None)]
    [InlineData("\"exp\":1800000300", "\"exp\":1799999999", LeaseFault.Expired)]
    [InlineData("\"nbf\":1800000000", "\"nbf\":1800000001", LeaseFault.NotYetValid)]
    public void A_signed_token_with_other_claims_is_judged_by_them(string good, string bad, LeaseFault fault)
    {
        var changed = Claims().Replace(good, bad, StringComparison.Ordinal);
        Assert.NotEqual(Claims(), changed);
        Assert.Equal(fault, VerifyForged(null, changed));
    }

    private string Claims() =>
        $$$"""{"iss":"latchgate","sub":"s","aud":"latchgate","iat":1800000000,"nbf":1800000000,"exp":1800000300,"jti":"j","session_id":"i","scope":["tools:call"],"cnf":{"jkt":"{{{_agent.ThumbprintText}}}"},"epoch":3}""";

    /// <summary>A token that the verifier's own issuer signed, with whatever header and claims.</summary>
    private LeaseFault VerifyForged(string? header, string claims)
    {
        var token = _stranger.Sign(header ?? $$"""{"typ":"JWT","alg":"ES256","kid":"{{KeyIdOf(_stranger)}}"}""", claims);
        Assert.True(P256PublicKey.TryCreate(Base64Url.DecodeFromChars(_stranger.X), Base64Url.DecodeFromChars(_stranger.Y), out var key));
        return Verify(new LeaseVerifier(key, KeyIdOf(_stranger), () => _epoch), token);
    }

    private static string KeyIdOf(TestKey key) => key.ThumbprintText[..16];

    private PermittedLease Permit(string? owner = null, string more = "")
    {
        var body = $$"""{"scopes":["tools:call"],"dpop_jwk":{{_agent.Jwk}}{{more}}}""";
        var map = new PeercredMap(new Dictionary<uint, PeercredPrincipal> { [1000] = new("agent-a", null, owner) });
        Assert.True(LeaseRequest.TryParse(Encoding.UTF8.GetBytes(body), out var request, out var rejection), rejection.Message);
        Assert.True(new IdentityProvider(map).TryIdentify(1000, out var identity, out _));
        Assert.True(PermittedLease.TryPermit(request, identity, out var permitted, out rejection), rejection.Message);
        return permitted;
    }

    private static VerifiedLease Accept(LeaseVerifier verifier, string jwt)
    {
        Assert.Equal(LeaseFault.None, verifier.Verify(Encoding.UTF8.GetBytes(jwt), TestProofs.Now, out var lease));
        return lease!;
    }

    private static LeaseFault Verify(LeaseVerifier verifier, string jwt, long now = TestProofs.Now)
    {
        var fault = verifier.Verify(Encoding.UTF8.GetBytes(jwt), now, out var lease);
        Assert.Equal(fault == LeaseFault.None, lease is not null);
        return fault;
    }

    private static string Decode(string segment) => Encoding.UTF8.GetString(Base64Url.DecodeFromChars(segment));
}
