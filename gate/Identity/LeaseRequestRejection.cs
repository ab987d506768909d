namespace LatchGate.Identity;

/// <summary>Why a lease was not granted (reference/wire.md §3.1, §2.3).</summary>
public enum LeaseRequestFault
{
    /// <summary>No fault.</summary>
    None,

    /// <summary>The body is not one JSON object in UTF-8 (400).</summary>
    NotJson,

    /// <summary>The body has a member that lease requests do not have (422).</summary>
    UnknownMember,

    /// <summary>An object of the body repeats a member (422).</summary>
    DuplicateMember,

    /// <summary>A member is missing or has the wrong type or size (422).</summary>
    Form,

    /// <summary>None of the requested scopes may be leased by this principal (<c>scope_not_permitted</c>, 403).</summary>
    ScopeNotPermitted,

    /// <summary>The key's <c>kty</c> is not <c>EC</c>.</summary>
    Kty,

    /// <summary>The key's <c>crv</c> is not <c>P-256</c>.</summary>
    Crv,

    /// <summary>The client sent its private key.</summary>
    PrivateKey,

    /// <summary>The coordinates are not a point on P-256.</summary>
    Point,

    /// <summary>No scope was requested.</summary>
    ScopesEmpty,

    /// <summary>A requested scope is malformed.</summary>
    Scope,

    /// <summary>A budget is not an integer from 0 to 2^53−1.</summary>
    Budget,
}

/// <summary>A refused lease request: the fault, and the <c>message</c> for the client.</summary>
/// <param name="Fault">What was wrong.</param>
/// <param name="Message">One line without control characters.</param>
public readonly record struct LeaseRequestRejection(LeaseRequestFault Fault, string Message)
{
    private const int MaxEcho = 80;

    /// <summary>The wire code.</summary>
    public string WireCode => Fault == LeaseRequestFault.ScopeNotPermitted ? "scope_not_permitted" : "invalid_request";

    /// <summary>The HTTP status.</summary>
    public int Status => Fault switch
    {
        LeaseRequestFault.ScopeNotPermitted => 403,
        LeaseRequestFault.UnknownMember or LeaseRequestFault.DuplicateMember or LeaseRequestFault.Form => 422,
        _ => 400,
    };

    internal static LeaseRequestRejection Of(LeaseRequestFault fault) => new(fault, fault switch
    {
        LeaseRequestFault.NotJson => "the body is not a JSON object",
        LeaseRequestFault.UnknownMember => "unknown member; a lease request has scopes, dpop_jwk, budgets and fs_root",
        LeaseRequestFault.DuplicateMember => "a member is repeated, or an object has too many",
        LeaseRequestFault.ScopeNotPermitted => "none of the requested scopes is permitted",
        LeaseRequestFault.PrivateKey => "dpop_jwk must not contain the private member 'd'",
        LeaseRequestFault.Point => "dpop_jwk.x and dpop_jwk.y must be unpadded base64url of a point on P-256",
        LeaseRequestFault.ScopesEmpty => "scopes must not be empty",
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    });

    internal static LeaseRequestRejection Form(string message) => new(LeaseRequestFault.Form, message);

    internal static LeaseRequestRejection Kty(string got) => new(LeaseRequestFault.Kty, $"dpop_jwk.kty must be 'EC', got '{Echo(got)}'");

    internal static LeaseRequestRejection Crv(string got) => new(LeaseRequestFault.Crv, $"dpop_jwk.crv must be 'P-256', got '{Echo(got)}'");

    internal static LeaseRequestRejection Scope(string got) => new(
        LeaseRequestFault.Scope,
        $"invalid scope '{Echo(got)}': must be a known built-in scope ([\"tools:call\", \"audit:read\"]) or a custom scope in 'namespace:name' format");

    internal static LeaseRequestRejection Budget(string name) => new(LeaseRequestFault.Budget, $"{name} must be null or an integer from 0 to {LeaseRequest.MaxBudget}");

    /// <summary>What the client sent, cut, and without control characters and halves of surrogate pairs.</summary>
    private static string Echo(string text) => string.Create(Math.Min(text.Length, MaxEcho), text, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) ? ' ' : source[i];
        }
    });
}
