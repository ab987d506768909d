using LatchGate.Crypto;

namespace LatchGate.Pipeline;

/// <summary>
/// The gate's signing keys. Grants and receipts never share one. An operator may replace either while the gate runs; who is about to sign
/// with the old one still can, so it is wiped when the gate stops.
/// </summary>
/// <param name="grant">Signs grants; its owner disposes it.</param>
/// <param name="receipt">Signs receipts and checkpoints; its owner disposes it.</param>
internal sealed class GateKeys(Ed25519Signer grant, Ed25519Signer receipt) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Ed25519Signer> _added = [];
    private volatile Ed25519Signer _grant = grant;
    private volatile Ed25519Signer _receipt = receipt;

    /// <summary>Signs grants.</summary>
    internal Ed25519Signer Grant => _grant;

    /// <summary>Signs receipts and checkpoints.</summary>
    internal Ed25519Signer Receipt => _receipt;

    /// <summary>Refuses one key under two names: a grant must not be able to stand for a receipt.</summary>
    /// <exception cref="StartupException">The two are the same.</exception>
    internal static void RequireTwo(Ed25519Signer grant, Ed25519Signer receipt)
    {
        if (grant.KeyId == receipt.KeyId)
        {
            throw new StartupException(
                StartupError.SigningKeyFailed,
                "The grant key and the receipt key are the same key.",
                "Let grant_signing_key_path name a file of its own: 32 random bytes, mode 0600.");
        }
    }

    /// <summary>The key of a kind.</summary>
    internal Ed25519Signer Of(SigningKeyKind kind) => kind == SigningKeyKind.Grant ? Grant : Receipt;

    /// <summary>Signs with <paramref name="next"/> from now on, which is disposed with this.</summary>
    internal void Replace(SigningKeyKind kind, Ed25519Signer next)
    {
        lock (_lock)
        {
            _added.Add(next);
            if (kind == SigningKeyKind.Grant)
            {
                _grant = next;
            }
            else
            {
                _receipt = next;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var key in _added)
            {
                key.Dispose();
            }

            _added.Clear();
        }
    }
}

/// <summary>Which of the gate's signing keys.</summary>
internal enum SigningKeyKind
{
    /// <summary>Signs receipts and checkpoints; its public half is kept for good.</summary>
    Receipt,

    /// <summary>Signs grants, which live as long as one call.</summary>
    Grant,
}

/// <summary>Wire forms of <see cref="SigningKeyKind"/>.</summary>
internal static class SigningKeyKinds
{
    internal static string ToWire(this SigningKeyKind kind) => kind == SigningKeyKind.Grant ? "grant" : "receipt";

    internal static bool TryParse(string? word, out SigningKeyKind kind)
    {
        kind = word == "grant" ? SigningKeyKind.Grant : SigningKeyKind.Receipt;
        return word is "grant" or "receipt";
    }
}
