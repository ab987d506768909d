using System.Buffers;

namespace LatchGate.Sandbox;

/// <summary>
/// Owns one native guest. A guest may be stepped from any thread, one at a time; while it waits for the host it holds none.
/// </summary>
internal sealed unsafe class Guest : IDisposable
{
    private nint _handle;

    private Guest(nint handle) => _handle = handle;

    /// <summary>Makes a guest that has not begun; null and a reason when it may not or cannot.</summary>
    internal static Guest? Create(SandboxModule module, HostImports declared, in GuestLimits limits, out TrapReason reason)
    {
        var handle = Native.GuestNew(module.Descriptor, declared, in limits, out reason);
        return handle == 0 ? null : new Guest(handle);
    }

    /// <summary>Runs the guest until it calls the host, ends or traps.</summary>
    /// <param name="ok">Whether the host call this answers succeeded; of no meaning with the task.</param>
    /// <param name="input">The task at the first step, later the answer. Copied into guest memory.</param>
    /// <param name="milliseconds">How long the guest may compute before it traps.</param>
    internal GuestEvent Step(bool ok, ReadOnlySpan<byte> input, uint milliseconds)
    {
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        fixed (byte* bytes = input)
        {
            Native.GuestStep(_handle, ok ? 0 : 1, bytes, (uint)input.Length, milliseconds, out var happened);
            return happened;
        }
    }

    /// <summary>What the last step hands out. Holds until the next step: copy it before.</summary>
    internal static ReadOnlySpan<byte> BytesOf(in GuestEvent happened) => new(happened.Bytes, checked((int)happened.Length));

    /// <summary>Copies what the last step hands out into a buffer that the caller returns to the pool.</summary>
    internal static byte[] RentCopy(in GuestEvent happened)
    {
        var bytes = BytesOf(happened);
        var copy = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(copy);
        return copy;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
        {
            Native.GuestFree(handle);
        }
    }
}
