using LatchGate.Crypto;

namespace LatchGate.Identity;

/// <summary>What a proof is checked against. Nothing in it comes from the proof or from a <c>Host</c> header.</summary>
/// <param name="proof">The value of the <c>DPoP</c> header.</param>
/// <param name="token">The access token: the lease JWT, or an operator's API key.</param>
/// <param name="method">The request's method, upper case.</param>
/// <param name="path">The request's path without query, beginning with <c>/</c>.</param>
/// <param name="boundKey">The thumbprint that the token is bound to.</param>
public readonly ref struct DpopContext(
    ReadOnlySpan<byte> proof, ReadOnlySpan<byte> token, string method, string path, JwkThumbprint boundKey)
{
    /// <summary>The value of the <c>DPoP</c> header.</summary>
    public ReadOnlySpan<byte> Proof { get; } = proof;

    /// <summary>The access token.</summary>
    public ReadOnlySpan<byte> Token { get; } = token;

    /// <summary>The request's method, upper case.</summary>
    public string Method { get; } = method;

    /// <summary>The request's path without query.</summary>
    public string Path { get; } = path;

    /// <summary>The thumbprint that the token is bound to.</summary>
    public JwkThumbprint BoundKey { get; } = boundKey;
}
