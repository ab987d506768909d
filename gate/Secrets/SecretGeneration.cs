using System.Diagnostics.CodeAnalysis;
using LatchGate.Crypto;
using LatchGate.Secrets.Redaction;

namespace LatchGate.Secrets;

/// <summary>
/// All secrets of one moment, in one block of locked memory that is wiped when the last who shares it lets go: the source until a
/// rotation, each lease, and each hold.
/// </summary>
internal sealed class SecretGeneration
{
    private readonly SecureMemory _memory;
    private readonly string[] _names;
    private readonly int[] _ends;
    private readonly SecretPatterns _patterns;
    private Action<SecretGeneration>? _ended;
    private int _shares = 1;

    /// <summary>Takes over <paramref name="memory"/>, in which the values stand one after another.</summary>
    /// <param name="memory">The values.</param>
    /// <param name="names">Names in ordinal order.</param>
    /// <param name="ends">Where the value of each name ends; it starts where the one before ends.</param>
    internal SecretGeneration(SecureMemory memory, string[] names, int[] ends)
    {
        (_memory, _names, _ends) = (memory, names, ends);
        _patterns = SecretPatterns.Of(memory.Span, ends);
    }

    /// <summary>Names of all secrets, in ordinal order.</summary>
    internal IReadOnlyList<string> Names => _names;

    /// <summary>All values, one after another.</summary>
    internal ReadOnlySpan<byte> Bytes => _memory.Span;

    /// <summary>What a redactor looks for.</summary>
    internal SecretPatterns Patterns => _patterns;

    /// <summary>Whether nobody shares this any longer, so that the memory is wiped.</summary>
    internal bool IsWiped => _memory.IsClosed;

    /// <summary>Is told when nobody shares this any longer, before the memory is wiped.</summary>
    internal void OnEnded(Action<SecretGeneration> ended) => _ended = ended;

    /// <summary>Opens a value; false when there is none of that name, or the generation has ended.</summary>
    internal bool TryOpen(string name, [NotNullWhen(true)] out SecretLease? lease)
    {
        var at = Array.BinarySearch(_names, name, StringComparer.Ordinal);
        if (at < 0 || !TryShare())
        {
            lease = null;
            return false;
        }

        var start = at == 0 ? 0 : _ends[at - 1];
        lease = new SecretLease(this, start, _ends[at] - start);
        return true;
    }

    /// <summary>Shares this, unless it has ended.</summary>
    internal bool TryShare()
    {
        var shares = Volatile.Read(ref _shares);
        while (shares > 0)
        {
            var seen = Interlocked.CompareExchange(ref _shares, shares + 1, shares);
            if (seen == shares)
            {
                return true;
            }

            shares = seen;
        }

        return false;
    }

    /// <summary>Gives a share back.</summary>
    internal void Release()
    {
        if (Interlocked.Decrement(ref _shares) == 0)
        {
            _ended?.Invoke(this);
            _patterns.Dispose();
            _memory.Dispose();
        }
    }
}
