using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>Issues leases: ES256 JWTs bound to the agent's key (reference/wire.md §3.2). Its key is kept, so leases outlive a restart.</summary>
public sealed class LeaseIssuer
{
    /// <summary>The <c>iss</c> claim.</summary>
    public const string Issuer = "latchgate";

    /// <summary>The <c>aud</c> claim.</summary>
    public const string Audience = "latchgate";

    /// <summary>No lease lives longer than this many seconds, whatever is configured: a lease is revoked by letting it lapse.</summary>
    public const int MaxTtlSeconds = 3600;

    private readonly P256SigningKey _key;
    private readonly TimeProvider _time;
    private readonly Func<long> _currentEpoch;
    private readonly string _header;
    private readonly byte[] _jwks;

    /// <summary>Issues leases with <paramref name="key"/>, which the caller keeps and disposes of.</summary>
    /// <param name="key">The issuer's key, from <see cref="KeyFile.LoadOrCreateP256"/>.</param>
    /// <param name="ttl">The life of a lease, at least a second; more than an hour is cut to one.</param>
    /// <param name="time">The clock.</param>
    /// <param name="currentEpoch">The revocation epoch, which leases are stamped with.</param>
    public LeaseIssuer(P256SigningKey key, TimeSpan ttl, TimeProvider time, Func<long> currentEpoch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ttl, TimeSpan.FromSeconds(1));
        (_key, _time, _currentEpoch) = (key, time, currentEpoch);
        TtlSeconds = (int)Math.Min(MaxTtlSeconds, ttl.TotalSeconds);
        KeyId = KeyIdOf(key);
        _header = Base64Url.EncodeToString(Encoding.ASCII.GetBytes($$"""{"typ":"JWT","alg":"ES256","kid":"{{KeyId}}"}"""));
        _jwks = Encoding.ASCII.GetBytes(
            $$"""{"keys":[{"kty":"EC","crv":"P-256","kid":"{{KeyId}}","use":"sig","alg":"ES256","x":"{{Base64Url.EncodeToString(PublicKey.X)}}","y":"{{Base64Url.EncodeToString(PublicKey.Y)}}"}]}""");
    }

    /// <summary>The life of a lease in seconds.</summary>
    public int TtlSeconds { get; }

    /// <summary>The <c>kid</c>: the first 16 hexadecimal digits of SHA-256 over the DER SubjectPublicKeyInfo.</summary>
    public string KeyId { get; }

    /// <summary>The key that leases verify with.</summary>
    public P256PublicKey PublicKey => _key.PublicKey;

    /// <summary>The body of GET /.well-known/jwks.json.</summary>
    public ReadOnlyMemory<byte> Jwks => _jwks;

    /// <summary>Signs a new lease with a new session.</summary>
    /// <param name="lease">What may be issued.</param>
    /// <param name="fsRoot">The session's root for files, admitted by <see cref="FsRoots"/>; null for none.</param>
    public IssuedLease Issue(PermittedLease lease, string? fsRoot = null)
    {
        var now = _time.GetUtcNow();
        var (session, jti) = (Uuid7.New(now), Uuid7.New(now));
        var issuedAt = now.ToUnixTimeSeconds();
        var claims = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(claims))
        {
            json.WriteStartObject();
            json.WriteString("iss"u8, Issuer);
            json.WriteString("sub"u8, lease.Identity.Principal);
            json.WriteString("aud"u8, Audience);
            json.WriteNumber("iat"u8, issuedAt);
            json.WriteNumber("nbf"u8, issuedAt);
            json.WriteNumber("exp"u8, issuedAt + TtlSeconds);
            json.WriteString("jti"u8, jti);
            json.WriteString("session_id"u8, session);
            json.WriteStartArray("scope"u8);
            foreach (var scope in lease.Scopes)
            {
                json.WriteStringValue(scope);
            }

            json.WriteEndArray();
            if (lease.Request.MaxCalls is { } maxCalls)
            {
                json.WriteStartObject("budgets"u8);
                json.WriteNumber("max_calls"u8, maxCalls);
                json.WriteEndObject();
            }

            json.WriteStartObject("cnf"u8);
            json.WriteString("jkt"u8, lease.Key.ToString());
            json.WriteEndObject();
            if (lease.Identity.Owner is { } owner)
            {
                json.WriteString("owner"u8, owner);
            }

            if (fsRoot is not null)
            {
                json.WriteString("fs_root"u8, fsRoot);
            }

            json.WriteString("identity_method"u8, lease.Identity.Method);
            json.WriteNumber("epoch"u8, _currentEpoch());
            json.WriteEndObject();
        }

        return new IssuedLease(JwsWriter.Sign(_header, claims.WrittenSpan, _key), session, jti, DateTimeOffset.FromUnixTimeSeconds(issuedAt + TtlSeconds));
    }

    private static string KeyIdOf(P256SigningKey key) =>
        Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 8));
}

/// <summary>A lease as the client gets it.</summary>
/// <param name="Jwt">The compact JWS (<c>lease_jwt</c>).</param>
/// <param name="SessionId">UUIDv7.</param>
/// <param name="Jti">UUIDv7 (<c>lease_jti</c>).</param>
/// <param name="ExpiresAt">Whole seconds, UTC.</param>
public sealed record IssuedLease(string Jwt, string SessionId, string Jti, DateTimeOffset ExpiresAt)
{
    /// <summary><c>expires_at</c> as <c>YYYY-MM-DDTHH:MM:SSZ</c>; some clients read no fractions.</summary>
    public string ExpiresAtText => ExpiresAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
