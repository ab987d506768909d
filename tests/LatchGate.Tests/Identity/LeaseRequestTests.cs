using System.Text;
using LatchGate.Identity;

namespace LatchGate.Tests.Identity;

public sealed class LeaseRequestTests : IDisposable
{
    private readonly TestKey _key = new();

    public void Dispose() => _key.Dispose();

    private string Body(string scopes = """["tools:call"]""", string? jwk = null, string more = "") =>
        $$"""{"scopes":{{scopes}},"dpop_jwk":{{jwk ?? _key.Jwk}}{{more}}}""";

    [Fact]
    public void A_request_is_read()
    {
        var request = Parse(Body(scopes: """["b:c","tools:call"]""", more: ""","budgets":{"max_calls":7,"max_cost_usd_cents":100,"x":[1]},"fs_root":"/home/a" """));

        Assert.Equal(["b:c", "tools:call"], request.RequestedScopes);
        Assert.Equal((7, 100, "/home/a"), (request.MaxCalls, request.MaxCostUsdCents, request.FsRoot));
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","budgets":null""")]
    [InlineData(""","budgets":{}""")]
    [InlineData(""","budgets":{"max_calls":null}""")]
    [InlineData(""","fs_root":null""")]
    public void An_absent_or_null_budget_is_unlimited(string more)
    {
        var request = Parse(Body(more: more));
        Assert.Null(request.MaxCalls);
        Assert.Null(request.FsRoot);
    }

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("9007199254740991", 9007199254740991L)]
    public void Budgets_reach_from_zero_to_the_largest_exact_integer(string text, long expected) =>
        Assert.Equal(expected, Parse(Body(more: $$""","budgets":{"max_calls":{{text}}}""")).MaxCalls);

    [Theory]
    [InlineData("-1")]
    [InlineData("9007199254740992")]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("\"5\"")]
    [InlineData("true")]
    [InlineData("18446744073709551615")]
    public void Other_budgets_are_refused(string text)
    {
        Refuse(LeaseRequestFault.Budget, 400, "budgets.max_calls must be null or an integer", Body(more: $$""","budgets":{"max_calls":{{text}}}"""));
        Refuse(LeaseRequestFault.Budget, 400, "budgets.max_cost_usd_cents must be", Body(more: $$""","budgets":{"max_cost_usd_cents":{{text}}}"""));
    }

    [Theory]
    [InlineData("", LeaseRequestFault.NotJson, 400)]
    [InlineData("null", LeaseRequestFault.NotJson, 400)]
    [InlineData("""{"scopes":[],}""", LeaseRequestFault.NotJson, 400)]
    [InlineData("""{"scopes":["\ud800"]}""", LeaseRequestFault.NotJson, 400)]
    [InlineData("""{"agent_id":"a"}""", LeaseRequestFault.UnknownMember, 422)]
    [InlineData("""{"Scopes":[]}""", LeaseRequestFault.UnknownMember, 422)]
    [InlineData("""{"scopes":[],"scopes":[]}""", LeaseRequestFault.DuplicateMember, 422)]
    [InlineData("""{"scopes":[],"\u0073copes":[]}""", LeaseRequestFault.DuplicateMember, 422)]
    [InlineData("""{"dpop_jwk":{"x":"a","x":"b"}}""", LeaseRequestFault.DuplicateMember, 422)]
    [InlineData("""{"budgets":{"max_calls":1,"max_calls":2}}""", LeaseRequestFault.DuplicateMember, 422)]
    [InlineData("{}", LeaseRequestFault.Form, 422)]
    [InlineData("""{"scopes":["a:bc"]}""", LeaseRequestFault.Form, 422)]
    [InlineData("""{"scopes":"a:bc"}""", LeaseRequestFault.Form, 422)]
    [InlineData("""{"scopes":[1]}""", LeaseRequestFault.Form, 422)]
    [InlineData("""{"scopes":null}""", LeaseRequestFault.Form, 422)]
    [InlineData("""{"dpop_jwk":"k"}""", LeaseRequestFault.Form, 422)]
    [InlineData("""{"dpop_jwk":{"kty":"EC","crv":"P-256","x":"a"}}""", LeaseRequestFault.Form, 422)]
    [InlineData("""{"budgets":[]}""", LeaseRequestFault.Form, 422)]
    [InlineData("""{"fs_root":1}""", LeaseRequestFault.Form, 422)]
    public void A_body_of_another_form_is_refused(string body, LeaseRequestFault fault, int status) => Refuse(fault, status, "", body);

    [Fact]
    public void Anything_after_the_object_is_refused() => Refuse(LeaseRequestFault.NotJson, 400, "", Body() + " x");

    [Fact]
    public void A_body_of_more_than_16_KiB_is_refused() =>
        Refuse(LeaseRequestFault.Form, 422, "16384", Body(more: $$""","fs_root":"{{new string('a', 16384)}}" """));

    [Theory]
    [InlineData("""{"kty":"RSA","crv":"P-256","x":"a","y":"b"}""", LeaseRequestFault.Kty, "dpop_jwk.kty must be 'EC', got 'RSA'")]
    [InlineData("""{"kty":"EC","crv":"secp256k1","x":"a","y":"b"}""", LeaseRequestFault.Crv, "dpop_jwk.crv must be 'P-256', got 'secp256k1'")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"garbage","y":"b"}""", LeaseRequestFault.Point, "point on P-256")]
    public void An_unusable_key_is_refused(string jwk, LeaseRequestFault fault, string message) =>
        RefusePermit(fault, message, Parse(Body(jwk: jwk)), Anonymous());

    [Fact]
    public void A_point_off_the_curve_and_a_private_key_are_refused()
    {
        RefusePermit(LeaseRequestFault.Point, "point on P-256", Parse(Body(jwk: _key.Jwk.Replace(_key.Y, _key.X, StringComparison.Ordinal))), Anonymous());
        RefusePermit(LeaseRequestFault.PrivateKey, "'d'", Parse(Body(jwk: _key.Jwk.Replace("{", "{\"d\":\"AA\",", StringComparison.Ordinal))), Anonymous());
    }

    [Fact]
    public void Further_members_of_the_key_are_ignored() =>
        Permit(Parse(Body(jwk: _key.Jwk.Replace("{", "{\"kid\":\"1\",\"ext\":true,", StringComparison.Ordinal))), Anonymous());

    [Fact]
    public void Effective_scopes_are_those_requested_that_are_permitted_in_the_order_requested()
    {
        var identity = Mapped(["tools:call", "a:one", "b:two"]);
        Assert.Equal(["b:two", "tools:call"], Permit(Parse(Body(scopes: """["b:two","not:mine","tools:call"]""")), identity).Scopes);
    }

    [Fact]
    public void A_principal_without_a_scopes_key_may_call_tools_and_one_with_an_empty_list_may_nothing()
    {
        Assert.Equal(["tools:call"], Permit(Parse(Body(scopes: """["tools:call","other:scope"]""")), Mapped(null)).Scopes);
        RefusePermit(LeaseRequestFault.ScopeNotPermitted, "", Parse(Body()), Mapped([]));
    }

    [Fact]
    public void Requesting_nothing_is_a_mistake_for_the_unrestricted_and_not_permitted_for_others()
    {
        RefusePermit(LeaseRequestFault.ScopesEmpty, "scopes must not be empty", Parse(Body(scopes: "[]")), Anonymous());
        RefusePermit(LeaseRequestFault.ScopeNotPermitted, "", Parse(Body(scopes: "[]")), Mapped(["tools:call"]));
    }

    [Theory]
    [InlineData("tools:call")]
    [InlineData("audit:read")]
    [InlineData("a:bc")]
    [InlineData("a::b")]
    [InlineData("n-s_1:x")]
    public void Well_formed_scopes_are_granted(string scope) =>
        Assert.Equal([scope], Permit(Parse(Body(scopes: $"""["{scope}"]""")), Anonymous()).Scopes);

    [Theory]
    [InlineData("")]
    [InlineData("a:b")]
    [InlineData("abcd")]
    [InlineData("abc:")]
    [InlineData(":abc")]
    [InlineData("1ab:c")]
    [InlineData("Abc:d")]
    [InlineData("ab c:d")]
    [InlineData("abc:é")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Malformed_scopes_are_refused(string scope) => RefusePermit(
        LeaseRequestFault.Scope,
        $"invalid scope '{scope}': must be a known built-in scope ([\"tools:call\", \"audit:read\"]) or a custom scope in 'namespace:name' format",
        Parse(Body(scopes: $"""["{scope}"]""")),
        Anonymous());

    private static LeaseRequest Parse(string body)
    {
        Assert.True(LeaseRequest.TryParse(Encoding.UTF8.GetBytes(body), out var request, out var rejection), rejection.Message);
        return request;
    }

    private static void Refuse(LeaseRequestFault fault, int status, string message, string body)
    {
        Assert.False(LeaseRequest.TryParse(Encoding.UTF8.GetBytes(body), out var request, out var rejection));
        Assert.Null(request);
        Assert.Equal((fault, status, "invalid_request"), (rejection.Fault, rejection.Status, rejection.WireCode));
        Assert.Contains(message, rejection.Message, StringComparison.Ordinal);
    }

    private static PermittedLease Permit(LeaseRequest request, CallerIdentity identity)
    {
        Assert.True(PermittedLease.TryPermit(request, identity, out var lease, out var rejection), rejection.Message);
        return lease;
    }

    private static void RefusePermit(LeaseRequestFault fault, string message, LeaseRequest request, CallerIdentity identity)
    {
        Assert.False(PermittedLease.TryPermit(request, identity, out _, out var rejection));
        Assert.Equal(fault, rejection.Fault);
        Assert.Contains(message, rejection.Message, StringComparison.Ordinal);
        Assert.Equal(fault == LeaseRequestFault.ScopeNotPermitted ? (403, "scope_not_permitted") : (400, "invalid_request"), (rejection.Status, rejection.WireCode));
    }

    private static CallerIdentity Anonymous()
    {
        Assert.True(new IdentityProvider(null).TryIdentify(null, out var identity, out _));
        return identity;
    }

    private static CallerIdentity Mapped(string[]? scopes)
    {
        var map = new PeercredMap(new Dictionary<uint, PeercredPrincipal> { [1000] = new("agent-a", scopes, null) });
        Assert.True(new IdentityProvider(map).TryIdentify(1000, out var identity, out _));
        return identity;
    }
}
