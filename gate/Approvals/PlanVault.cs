using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using LatchGate.Crypto;
using LatchGate.Evidence;
using LatchGate.Json;

namespace LatchGate.Approvals;

/// <summary>
/// Seals plans for the disk: AES-256-GCM (NIST SP 800-38D) under a key in a file of its own, so that neither the ledger nor a copy of
/// it shows what is held (reference/kernel.md D-39).
/// </summary>
/// <remarks>
/// <code>
/// sealed = version (1 byte, 1) nonce (12, random) ciphertext tag (16)
/// AAD    = "latchgate-approval-plan-v1:" SHA-256 of the row as it was stored first, the plan's digest in it (32)
/// </code>
/// The associated data tie the text to its row: moved to another approval, or beside a deadline, principal or action that somebody
/// wrote into the file, it opens nothing. One key seals far fewer than the 2^32
/// texts that random nonces allow (SP 800-38D §8.3).
/// </remarks>
internal sealed class PlanVault : IDisposable
{
    /// <summary>Bytes of the key.</summary>
    internal const int KeySize = 32;

    private const byte Version = 1;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int Overhead = 1 + NonceSize + TagSize;

    private readonly SecureMemory _key;

    private PlanVault(SecureMemory key) => _key = key;

    /// <summary>Opens the vault whose key is in <paramref name="path"/>, making a key when there is none.</summary>
    /// <exception cref="Pipeline.StartupException">The file is unsafe, damaged or cannot be made.</exception>
    internal static PlanVault LoadOrCreate(string path) => new(KeyFile.LoadOrCreateSymmetric(path, "approvals", KeySize));

    /// <summary>Seals a plan for its approval.</summary>
    internal byte[] Seal(StoredApproval approval, CanonicalBytes plan)
    {
        var result = new byte[Overhead + plan.Length];
        result[0] = Version;
        var nonce = result.AsSpan(1, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_key.Span, TagSize);
        aes.Encrypt(nonce, plan.Span, result.AsSpan(1 + NonceSize, plan.Length), result.AsSpan(result.Length - TagSize), Bound(approval));
        return result;
    }

    /// <summary>Reads an approval's plan.</summary>
    /// <returns>False when it is gone, was changed, belongs to another approval, or was sealed under another key.</returns>
    internal bool TryOpen(StoredApproval approval, [NotNullWhen(true)] out FrozenPlan? plan)
    {
        plan = null;
        var text = approval.SealedPlan.Span;
        if (text.Length < Overhead || text[0] != Version)
        {
            return false;
        }

        var clear = new byte[text.Length - Overhead];
        try
        {
            using var aes = new AesGcm(_key.Span, TagSize);
            aes.Decrypt(text.Slice(1, NonceSize), text[(1 + NonceSize)..^TagSize], text[^TagSize..], clear, Bound(approval));
            plan = FrozenPlan.TryRead(clear, approval.PlanHash);
            return plan is not null;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static byte[] Bound(StoredApproval approval)
    {
        using var writer = new CanonicalWriter();
        return [.. "latchgate-approval-plan-v1:"u8, .. approval.AsAsked().ToCanonical(writer).Digest.Bytes];
    }
}
