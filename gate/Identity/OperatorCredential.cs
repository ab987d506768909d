using System.Security.Cryptography;
using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>
/// One entry of <c>[operator_credentials.&lt;name&gt;]</c>. Only the SHA-256 of the API key is kept: it is long and random, so its digest
/// gives nothing away, and comparing digests takes the same time for every wrong key.
/// </summary>
public sealed class OperatorCredential
{
    private readonly Sha256Digest _apiKeyDigest;

    /// <summary>Makes a credential.</summary>
    /// <param name="name">The operator's name in evidence: 1 to 64 of letters, digits, <c>_</c>, <c>-</c> and <c>.</c>.</param>
    /// <param name="apiKey">The API key in UTF-8, at least 16 bytes, which the caller wipes.</param>
    /// <param name="key">The thumbprint of the operator's key; null makes a credential that never authenticates.</param>
    /// <param name="role">What the operator may do.</param>
    /// <exception cref="ArgumentException">The name or the API key does not have its form.</exception>
    public OperatorCredential(string name, ReadOnlySpan<byte> apiKey, JwkThumbprint? key, OperatorRole role = OperatorRole.Admin)
    {
        if (name.Length is 0 or > 64 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
        {
            throw new ArgumentException("An operator's name has 1 to 64 letters, digits, '_', '-' and '.'.", nameof(name));
        }

        if (apiKey.Length < 16)
        {
            throw new ArgumentException($"The API key of operator {name} has fewer than 16 bytes.", nameof(apiKey));
        }

        (Name, Key, Role, _apiKeyDigest) = (name, key, role, Sha256Digest.Of(apiKey));
    }

    /// <summary>The operator's name.</summary>
    public string Name { get; }

    /// <summary>The thumbprint of the operator's key.</summary>
    public JwkThumbprint? Key { get; }

    /// <summary>What the operator may do.</summary>
    public OperatorRole Role { get; }

    /// <summary>Whether two credentials have the same API key, which would make the operator ambiguous.</summary>
    internal bool SharesApiKeyWith(OperatorCredential other) => HasApiKeyDigest(other._apiKeyDigest);

    internal bool HasApiKeyDigest(in Sha256Digest digest) => CryptographicOperations.FixedTimeEquals(_apiKeyDigest.Bytes, digest.Bytes);
}
