using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LatchGate.Crypto;

namespace LatchGate.HostIo;

/// <summary>Secure memory as <see cref="Memory{T}"/>, which asynchronous writers demand.</summary>
internal sealed unsafe class SecureBuffer(int length) : MemoryManager<byte>
{
    private readonly SecureMemory _memory = new(length);

    public override Span<byte> GetSpan() => _memory.Span;

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        // It never moves.
        fixed (byte* start = &MemoryMarshal.GetReference(_memory.Span[elementIndex..]))
        {
            return new MemoryHandle(start);
        }
    }

    public override void Unpin()
    {
    }

    /// <summary>Keeps the memory until <see cref="Yield"/>, although <see cref="Release"/> comes before.</summary>
    internal void Hold()
    {
        var held = false;
        _memory.DangerousAddRef(ref held);
    }

    /// <summary>Wipes what was written, and ends a <see cref="Hold"/>.</summary>
    internal void Yield()
    {
        CryptographicOperations.ZeroMemory(_memory.Span);
        _memory.DangerousRelease();
    }

    /// <summary>Frees the memory, wiped, as soon as nobody holds it.</summary>
    internal void Release() => _memory.Dispose();

    protected override void Dispose(bool disposing) => _memory.Dispose();
}
