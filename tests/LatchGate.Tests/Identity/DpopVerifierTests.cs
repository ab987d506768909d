using System.Buffers.Text;
using System.Text;
using LatchGate.Crypto;
using LatchGate.Identity;
using static LatchGate.Tests.Identity.TestProofs;

namespace LatchGate.Tests.Identity;

public sealed class DpopVerifierTests : IDisposable
{
    private readonly TestKey _key = new();
    private readonly DpopVerifier _verifier = new(new AcceptedBaseUrls("http://localhost:3000", "http://localhost"));

    public void Dispose() => _key.Dispose();

    [Fact]
    public void A_good_proof_is_accepted_and_names_its_key_and_time()
    {
        var proof = Accept(_key.Sign(_key.Header, Payload(iat: Now - 7)));

        Assert.Equal(_key.ThumbprintText, proof.Key.ToString());
        Assert.Equal(Now - 7, proof.IssuedAt);
    }

    [Fact]
    public void A_second_proof_of_a_known_key_is_accepted()
    {
        Accept(_key.Sign(_key.Header, Payload(jti: "a")));
        Accept(_key.Sign(_key.Header, Payload(jti: "b")));
    }

    [Fact]
    public void Every_rule_holds_for_a_known_key_too()
    {
        Accept(_key.Sign(_key.Header, Payload()));

        Refuse(DpopFault.Typ, "typ", _key.Sign(_key.Header.Replace("dpop+jwt", "JWT", StringComparison.Ordinal), Payload()));
        Refuse(DpopFault.HeaderJson, "JSON", _key.Sign("garbage", Payload()));
        Refuse(DpopFault.JwkMissing, "jwk", _key.Sign("""{"typ":"dpop+jwt","alg":"ES256"}""", Payload()));
    }

    [Fact]
    public void The_replay_key_differs_by_key_and_by_jti()
    {
        using var other = new TestKey();
        var a = Accept(_key.Sign(_key.Header, Payload(jti: "same")));
        var b = Accept(_key.Sign(_key.Header, Payload(jti: "other")));
        var c = Accept(other.Sign(other.Header, Payload(jti: "same")), other);

        Assert.NotEqual(a.ReplayKey, b.ReplayKey);
        Assert.NotEqual(a.ReplayKey, c.ReplayKey);
    }

    [Theory]
    [InlineData("one")]
    [InlineData("only.two")]
    [InlineData("")]
    public void Fewer_than_three_segments_are_refused(string proof) =>
        Refuse(DpopFault.SegmentCount, "malformed JWT: expected exactly 3 dot-separated segments", proof);

    [Fact]
    public void A_fourth_segment_is_refused_as_bad_base64url() =>
        Refuse(DpopFault.SignatureEncoding, "invalid base64url encoding in JWT signature", _key.Sign(_key.Header, Payload()) + ".AA");

    [Fact]
    public void A_proof_longer_than_8_KiB_is_refused() =>
        Refuse(DpopFault.TooLarge, "8192", new string('A', 8193));

    [Theory]
    [InlineData("e30=")]
    [InlineData("e3+/")]
    [InlineData("e3 0")]
    [InlineData("e31")]
    public void A_header_that_is_not_strict_base64url_is_refused(string header) =>
        Refuse(DpopFault.HeaderEncoding, "invalid base64url encoding in JWT header", _key.SignSegments(header, "e30"));

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("""{"typ":"dpop+jwt","typ":"dpop+jwt"}""")]
    [InlineData("""{"typ":"dpop+jwt","t\u0079p":"dpop+jwt"}""")]
    [InlineData("""{"jwk":{"x":"a","x":"b"}}""")]
    [InlineData("""{"x":1,"x":2}""")]
    [InlineData("""{"typ":"\ud800"}""")]
    [InlineData("""{"a":[[[[[[[[[[[]]]]]]]]]]]}""")]
    public void A_header_that_is_not_one_JSON_object_without_duplicates_is_refused(string header) =>
        Refuse(DpopFault.HeaderJson, "JWT header is not valid JSON", _key.Sign(header, Payload()));

    [Theory]
    [InlineData("\"JWT\"", "typ must be 'dpop+jwt', got 'JWT'")]
    [InlineData("\"DPOP+JWT\"", "typ must be 'dpop+jwt'")]
    [InlineData("null", "typ must be 'dpop+jwt'")]
    [InlineData("{}", "typ must be 'dpop+jwt'")]
    public void Another_typ_is_refused(string typ, string reason) =>
        Refuse(DpopFault.Typ, reason, _key.Sign(_key.Header.Replace("\"dpop+jwt\"", typ, StringComparison.Ordinal), Payload()));

    [Theory]
    [InlineData("none")]
    [InlineData("HS256")]
    [InlineData("ES384")]
    [InlineData("es256")]
    public void Another_alg_is_refused(string alg) =>
        Refuse(DpopFault.Alg, $"alg must be 'ES256', got '{alg}'", _key.Sign(_key.Header.Replace("ES256", alg, StringComparison.Ordinal), Payload()));

    [Fact]
    public void A_crit_header_is_refused() =>
        Refuse(DpopFault.Crit, "crit", _key.Sign(_key.Header.Replace("{\"typ\"", "{\"crit\":[\"exp\"],\"typ\"", StringComparison.Ordinal), Payload()));

    [Fact]
    public void Unknown_header_members_are_ignored() =>
        Accept(_key.Sign(_key.Header.Replace("{\"typ\"", "{\"kid\":\"k\",\"n\":{\"a\":[1]},\"typ\"", StringComparison.Ordinal), Payload()));

    [Theory]
    [InlineData("""{"kty":"RSA","crv":"P-256","x":"<x>","y":"<y>"}""", DpopFault.JwkKty, "jwk.kty must be 'EC', got 'RSA'")]
    [InlineData("""{"kty":"EC","crv":"P-384","x":"<x>","y":"<y>"}""", DpopFault.JwkCrv, "jwk.crv must be 'P-256', got 'P-384'")]
    [InlineData("""{"kty":"EC","crv":"P-256","y":"<y>"}""", DpopFault.JwkX, "jwk.x is required")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":1,"y":"<y>"}""", DpopFault.JwkX, "jwk.x is required")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"<x>"}""", DpopFault.JwkY, "jwk.y is required")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"<x>","y":"<y>","d":"AA"}""", DpopFault.JwkPrivate, "'d'")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"<x>","y":"<y>","d":null}""", DpopFault.JwkPrivate, "'d'")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"<x>=","y":"<y>"}""", DpopFault.JwkXEncoding, "invalid base64url in jwk.x")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"<x>","y":"<y> "}""", DpopFault.JwkYEncoding, "invalid base64url in jwk.y")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"AAAA","y":"<y>"}""", DpopFault.CoordinateLength, "P-256 coordinates must be exactly 32 bytes each")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"<x>","y":"AAAA"}""", DpopFault.CoordinateLength, "P-256 coordinates must be exactly 32 bytes each")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"<x>","y":"<x>"}""", DpopFault.PointNotOnCurve, "invalid P-256 public key (point not on curve)")]
    [InlineData("\"text\"", DpopFault.JwkMissing, "'jwk' header claim is required in DPoP proofs")]
    public void An_unusable_jwk_is_refused(string jwk, DpopFault fault, string reason)
    {
        var filled = jwk.Replace("<x>", _key.X, StringComparison.Ordinal).Replace("<y>", _key.Y, StringComparison.Ordinal);
        Refuse(fault, reason, _key.Sign($$"""{"typ":"dpop+jwt","alg":"ES256","jwk":{{filled}}}""", Payload()));
    }

    [Fact]
    public void The_point_at_infinity_as_zeros_is_not_on_the_curve()
    {
        var zeros = new string('A', 43);
        Refuse(DpopFault.PointNotOnCurve, "not on curve",
            _key.Sign($$$"""{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"{{{zeros}}}","y":"{{{zeros}}}"}}""", Payload()));
    }

    [Fact]
    public void A_key_other_than_the_bound_one_is_refused()
    {
        using var other = new TestKey();
        var rejection = Refuse(DpopFault.KeyBinding, "DPoP key thumbprint does not match lease cnf.jkt (key binding failure)", other.Sign(other.Header, Payload()));
        Assert.Equal(DpopRejectKind.BadKey, rejection.Fault.Kind());
    }

    [Fact]
    public void A_proof_signed_by_a_key_other_than_its_header_names_is_refused()
    {
        using var other = new TestKey();
        Refuse(DpopFault.Signature, "signature verification failed", other.Sign(_key.Header, Payload()));
    }

    [Theory]
    [InlineData(63)]
    [InlineData(65)]
    [InlineData(0)]
    public void A_signature_that_is_not_64_bytes_is_refused(int length)
    {
        var proof = _key.Sign(_key.Header, Payload());
        var head = proof[..proof.LastIndexOf('.')];
        Refuse(DpopFault.SignatureLength, "expected 64 bytes", $"{head}.{Base64Url.EncodeToString(new byte[length])}");
    }

    [Fact]
    public void A_zero_signature_is_refused()
    {
        var proof = _key.Sign(_key.Header, Payload());
        Refuse(DpopFault.Signature, "signature verification failed", $"{proof[..proof.LastIndexOf('.')]}.{Base64Url.EncodeToString(new byte[64])}");
    }

    [Fact]
    public void The_signature_is_judged_before_the_payload_is_read()
    {
        var segments = _key.Sign(_key.Header, Payload()).Split('.');
        Refuse(DpopFault.Signature, "signature verification failed", $"{segments[0]}.!{segments[1]}.{segments[2]}");
    }

    [Fact]
    public void A_signed_payload_that_is_not_base64url_is_refused()
    {
        var header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(_key.Header));
        Refuse(DpopFault.PayloadEncoding, "invalid base64url encoding in JWT payload", _key.SignSegments(header, "e30="));
    }

    [Theory]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{", "not valid JSON")]
    [InlineData("""{"jti":"a","jti":"b"}""", "duplicate")]
    [InlineData("""{"x":1,"x":1}""", "duplicate")]
    [InlineData("""{"htm":"POST","htu":"http://h/","iat":1,"ath":"a"}""", "jti")]
    [InlineData("""{"jti":7,"htm":"POST","htu":"http://h/","iat":1,"ath":"a"}""", "jti")]
    [InlineData("""{"jti":"a","htu":"http://h/","iat":1,"ath":"a"}""", "htm")]
    [InlineData("""{"jti":"a","htm":"POST","iat":1,"ath":"a"}""", "htu")]
    [InlineData("""{"jti":"a","htm":"POST","htu":"http://h/","ath":"a"}""", "iat")]
    [InlineData("""{"jti":"a","htm":"POST","htu":"http://h/","iat":1.0,"ath":"a"}""", "iat")]
    [InlineData("""{"jti":"a","htm":"POST","htu":"http://h/","iat":1e9,"ath":"a"}""", "iat")]
    [InlineData("""{"jti":"a","htm":"POST","htu":"http://h/","iat":"1","ath":"a"}""", "iat")]
    [InlineData("""{"jti":"a","htm":"POST","htu":"http://h/","iat":9223372036854775808,"ath":"a"}""", "iat")]
    [InlineData("""{"jti":"a","htm":"POST","htu":"http://h/","iat":1}""", "ath")]
    [InlineData("""{"jti":"a","htm":"POST","htu":"http://h/","iat":1,"ath":null}""", "ath")]
    [InlineData("""{"jti":"\udc00","htm":"POST","htu":"http://h/","iat":1,"ath":""}""", "not valid JSON")]
    public void A_payload_without_the_claims_in_their_types_is_refused(string payload, string reason) =>
        Refuse(DpopFault.Payload, reason, _key.Sign(_key.Header, payload));

    [Fact]
    public void Unknown_claims_are_ignored() =>
        Accept(_key.Sign(_key.Header, Payload().Replace("{\"jti\"", "{\"nonce\":{\"deep\":[1,2]},\"jti\"", StringComparison.Ordinal)));

    [Fact]
    public void A_jti_has_1_to_256_bytes()
    {
        Accept(_key.Sign(_key.Header, Payload(jti: new string('j', 256))));
        Refuse(DpopFault.JtiLength, "jti", _key.Sign(_key.Header, Payload(jti: new string('j', 257))));
        Refuse(DpopFault.JtiLength, "jti", _key.Sign(_key.Header, Payload(jti: "")));
    }

    [Theory]
    [InlineData("GET", "htm mismatch: expected 'POST', got 'GET'")]
    [InlineData("post", "htm mismatch: expected 'POST', got 'post'")]
    public void Another_method_is_refused(string htm, string reason) =>
        Refuse(DpopFault.Htm, reason, _key.Sign(_key.Header, Payload(htm: htm)));

    [Theory]
    [InlineData("http://localhost:3000/v1/actions/http_fetch/execute?q=1#f")]
    [InlineData("HTTP://LOCALHOST:3000/v1/actions/http_fetch/execute")]
    [InlineData("http://localhost/v1/actions/http_fetch/execute")]
    [InlineData("http://localhost:80/v1/actions/http_fetch/execute")]
    [InlineData("http:\\/\\/localhost:3000\\/v1\\/actions\\/http_fetch\\/execute")]
    public void Equivalent_URIs_of_an_accepted_base_are_accepted(string htu) =>
        Accept(_key.Sign(_key.Header, Payload(htu: htu)));

    [Theory]
    [InlineData("http://localhost:3000/v1/actions/http_fetch/execute/")]
    [InlineData("http://localhost:3000/v1/actions/http_fetch/Execute")]
    [InlineData("http://localhost:3000/v1/actions/http%5Ffetch/execute")]
    [InlineData("https://localhost:3000/v1/actions/http_fetch/execute")]
    [InlineData("http://localhost:3001/v1/actions/http_fetch/execute")]
    [InlineData("http://localhost.evil/v1/actions/http_fetch/execute")]
    [InlineData("http://evil@localhost:3000/v1/actions/http_fetch/execute")]
    [InlineData("http://localhost:3000")]
    public void Another_URI_is_refused(string htu) =>
        Refuse(DpopFault.Htu, "htu mismatch: expected 'http://localhost:3000/v1/actions/http_fetch/execute', got '", _key.Sign(_key.Header, Payload(htu: htu)));

    [Theory]
    [InlineData("")]
    [InlineData("/v1/actions")]
    [InlineData("localhost:3000/x")]
    [InlineData("http:///x")]
    [InlineData("://x")]
    public void A_relative_URI_is_refused(string htu) =>
        Refuse(DpopFault.HtuMalformed, "proof htu normalisation failed", _key.Sign(_key.Header, Payload(htu: htu)));

    [Theory]
    [InlineData(-60)]
    [InlineData(0)]
    [InlineData(5)]
    public void The_time_window_includes_its_ends(long offset) => Accept(_key.Sign(_key.Header, Payload(iat: Now + offset)));

    [Fact]
    public void A_proof_of_61_seconds_ago_is_too_old() =>
        Refuse(DpopFault.IatTooOld, $"iat too old: {Now - 61} (now={Now}, max_age=60s)", _key.Sign(_key.Header, Payload(iat: Now - 61)));

    [Fact]
    public void A_proof_of_6_seconds_ahead_is_too_far_in_the_future() =>
        Refuse(DpopFault.IatInFuture, $"iat too far in future: {Now + 6} (now={Now}, allowed_skew=5s)", _key.Sign(_key.Header, Payload(iat: Now + 6)));

    [Theory]
    [InlineData(long.MinValue, DpopFault.IatTooOld)]
    [InlineData(long.MaxValue, DpopFault.IatInFuture)]
    public void The_extremes_of_iat_do_not_overflow(long iat, DpopFault fault) => Refuse(fault, "iat", _key.Sign(_key.Header, Payload(iat: iat)));

    [Fact]
    public void A_proof_for_another_token_is_refused() =>
        Refuse(DpopFault.Ath, "ath does not match SHA-256 of the presented access token", _key.Sign(_key.Header, Payload(token: "another")));

    [Fact]
    public void A_padded_ath_is_refused() =>
        Refuse(DpopFault.Ath, "ath", _key.Sign(_key.Header, Payload().Replace("\"}", "=\"}", StringComparison.Ordinal)));

    [Fact]
    public void Reasons_carry_no_control_characters_and_at_most_200_bytes()
    {
        var header = _key.Header.Replace("dpop+jwt", "a\\r\\nset-cookie: x\\u0085" + new string('é', 300), StringComparison.Ordinal);
        var rejection = Refuse(DpopFault.Typ, "typ must be 'dpop+jwt', got 'a  set-cookie: x é", _key.Sign(header, Payload()));

        Assert.DoesNotContain(rejection.Reason, char.IsControl);
        Assert.InRange(Encoding.UTF8.GetByteCount(rejection.Reason), 190, 200);
    }

    [Fact]
    public void The_factory_makes_proofs_that_verify()
    {
        using var key = P256SigningKey.Generate();
        var clock = new FixedClock(DateTimeOffset.FromUnixTimeSeconds(Now));
        var proof = new DpopProofFactory(key, clock).Create("POST", RequestUri + "?x=1", Token);

        Assert.True(TryVerify(proof, key.PublicKey.Thumbprint, out _, out var rejection), rejection.Reason);
    }

    [Fact]
    public void Every_fault_has_a_metric_label()
    {
        var labels = Enum.GetValues<DpopFault>().Where(f => f != DpopFault.None).Select(f => f.Kind().Label()).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(["bad_ath", "bad_header", "bad_htm", "bad_htu", "bad_iat", "bad_key", "bad_sig", "malformed"], labels);
    }

    private VerifiedProof Accept(string proof, TestKey? key = null)
    {
        Assert.True(TryVerify(proof, (key ?? _key).Thumbprint, out var verified, out var rejection), rejection.Reason);
        return verified!;
    }

    private DpopRejection Refuse(DpopFault fault, string reason, string proof)
    {
        Assert.False(TryVerify(proof, _key.Thumbprint, out var verified, out var rejection));
        Assert.Null(verified);
        Assert.Equal(fault, rejection.Fault);
        Assert.Contains(reason, rejection.Reason, StringComparison.Ordinal);
        return rejection;
    }

    private bool TryVerify(string proof, JwkThumbprint bound, out VerifiedProof? verified, out DpopRejection rejection) =>
        _verifier.TryVerify(new DpopContext(Encoding.UTF8.GetBytes(proof), Encoding.UTF8.GetBytes(Token), "POST", RequestPath, bound), Now, out verified, out rejection);
}
