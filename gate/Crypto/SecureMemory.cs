using System.Runtime.InteropServices;

namespace LatchGate.Crypto;

/// <summary>
/// A fixed-size block for secrets: between guard pages, wiped when released, and locked in RAM as far as RLIMIT_MEMLOCK allows
/// (libsodium <c>sodium_malloc</c>).
/// </summary>
internal sealed unsafe class SecureMemory : SafeHandle
{
    private readonly int _length;

    /// <summary>Allocates <paramref name="length"/> bytes.</summary>
    /// <exception cref="InsufficientMemoryException">The process has no memory left.</exception>
    internal SecureMemory(int length) : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        _length = length;
        var memory = Sodium.Malloc((nuint)length);
        if (memory is null)
        {
            throw new InsufficientMemoryException("No memory is left for a secret.");
        }

        SetHandle((nint)memory);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The secret bytes; valid until this is disposed.</summary>
    internal Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return new Span<byte>((void*)handle, _length);
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        Sodium.Free((void*)handle);
        return true;
    }
}
