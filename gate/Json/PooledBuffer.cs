using System.Buffers;

namespace LatchGate.Json;

/// <summary>A growing byte buffer on pooled arrays. Not thread-safe.</summary>
internal sealed class PooledBuffer(int capacity) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    internal byte[] Array => _bytes;

    internal void Write(byte value)
    {
        if (Length == _bytes.Length)
        {
            Grow(1);
        }

        _bytes[Length++] = value;
    }

    internal void Write(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(value.Length));
        Length += value.Length;
    }

    /// <summary>At least <paramref name="size"/> free bytes after what was written; follow with <see cref="Advance"/>.</summary>
    internal Span<byte> Reserve(int size)
    {
        if (_bytes.Length - Length < size)
        {
            Grow(size);
        }

        return _bytes.AsSpan(Length);
    }

    internal void Advance(int size) => Length += size;

    /// <summary>Forgets what was written after <paramref name="length"/> bytes.</summary>
    internal void Truncate(int length) => Length = length;

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        Length = 0;
    }

    private void Grow(int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(checked(Math.Max(2 * _bytes.Length, Length + size)));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
