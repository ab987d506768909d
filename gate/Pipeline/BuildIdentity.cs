using LatchGate.Crypto;

namespace LatchGate.Pipeline;

/// <summary>What this binary was built from; in every receipt, in <c>version --json</c> and in the status.</summary>
/// <param name="Version">The product's version.</param>
/// <param name="ManifestSetDigest">SHA-256 over all compiled manifests, each with its provider's digest.</param>
internal sealed record BuildIdentity(string Version, Sha256Digest ManifestSetDigest);
