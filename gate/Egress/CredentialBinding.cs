using System.Collections.Immutable;

namespace LatchGate.Egress;

/// <summary>Where in a request a credential goes.</summary>
public enum CredentialTarget
{
    /// <summary>A header field: <see cref="CredentialBinding.Prefix"/> and the secret.</summary>
    Header,

    /// <summary>A query parameter: the secret, percent-encoded.</summary>
    Query,

    /// <summary>The path, in place of <c>latchgate-injected</c>: the secret, percent-encoded but for <c>/</c> and <c>:</c>.</summary>
    Path,

    /// <summary><c>Authorization: Basic</c> (RFC 7617): a user name and the secret as password.</summary>
    Basic,

    /// <summary>AWS Signature Version 4 over the request; the secret is the secret access key.</summary>
    AwsSigV4,

    /// <summary>A header field with the HMAC-SHA256 (RFC 2104) of the body under the secret, as receivers of webhooks check it.</summary>
    HmacSha256,
}

/// <summary>What happens when a request already has what a credential would set.</summary>
public enum CredentialCollision
{
    /// <summary>The credential replaces it, and the record says so.</summary>
    Overwrite,

    /// <summary>The request is refused: <see cref="EgressReason.CredentialCollision"/>.</summary>
    Deny,
}

/// <summary>
/// A credential that an allow rule binds to its hosts (reference/egress.md C2). Names secrets of the gate's store, holds none. Goes out over
/// https alone, to targets that this very rule allowed.
/// </summary>
/// <param name="Target">Where it goes.</param>
/// <param name="Secret">The secret's name in the store: header or query value, password, AWS secret access key or key of the HMAC.</param>
public sealed record CredentialBinding(CredentialTarget Target, string Secret)
{
    /// <summary>Header and HMAC: its name in lower case. Query: the parameter's name. Path: <c>path</c>. Basic and SigV4: <c>authorization</c>.</summary>
    public string Name { get; init; } = "authorization";

    /// <summary>Header and HMAC: what stands before the secret or the signature, such as <c>"Bearer "</c>; empty for nothing.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Basic: the user name, printable ASCII without colon; null where <see cref="UsernameSecret"/> names it.</summary>
    public string? Username { get; init; }

    /// <summary>Basic: the name of the secret that holds the user name; null where it is written out.</summary>
    public string? UsernameSecret { get; init; }

    /// <summary>SigV4: the service, such as <c>s3</c>.</summary>
    public string? Service { get; init; }

    /// <summary>SigV4: the region, such as <c>eu-central-1</c>.</summary>
    public string? Region { get; init; }

    /// <summary>SigV4: the name of the secret that holds the access key id.</summary>
    public string? AccessKeySecret { get; init; }

    /// <summary>SigV4: the name of the secret that holds the session token; null for none.</summary>
    public string? SessionTokenSecret { get; init; }

    /// <summary>
    /// HMAC: the header, in lower case, that gets the time of signing in seconds since 1970; the signature is then over that text, a
    /// full stop and the body. Null signs the body alone.
    /// </summary>
    public string? TimestampHeader { get; init; }

    /// <summary>Whether the request is refused (<see cref="EgressReason.CredentialMissing"/>) when the store lacks a secret; else it goes without.</summary>
    public bool Required { get; init; } = true;

    /// <summary>What happens when the request already has the field.</summary>
    public CredentialCollision OnCollision { get; init; }

    /// <summary>All secrets that the binding names, each once.</summary>
    public ImmutableArray<string> SecretNames()
    {
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var name in (ReadOnlySpan<string?>)[Secret, UsernameSecret, AccessKeySecret, SessionTokenSecret])
        {
            if (name is not null && !names.Contains(name))
            {
                names.Add(name);
            }
        }

        return names.ToImmutable();
    }
}
