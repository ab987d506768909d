using System.Buffers;

namespace LatchGate.Http;

/// <summary>A request body that did not arrive together with its head, in a pooled array that grows as bytes come, not as they are announced.</summary>
internal sealed class BodyBuffer(int limit) : IBodySink
{
    private const int FirstBytes = 16 * 1024;

    private byte[]? _array;
    private int _length;

    internal int Length => _length;

    internal ReadOnlyMemory<byte> Written => _array.AsMemory(0, _length);

    /// <inheritdoc/>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > limit - _length)
        {
            return false;
        }

        if (!bytes.IsEmpty)
        {
            Grow(bytes.Length);
            bytes.CopyTo(_array.AsSpan(_length));
            _length += bytes.Length;
        }

        return true;
    }

    /// <summary>Room for the next receive, at most <paramref name="most"/> bytes.</summary>
    internal Memory<byte> Room(int most)
    {
        Grow(1);
        return _array.AsMemory(_length, Math.Min(most, _array!.Length - _length));
    }

    /// <summary>Counts bytes in that were received into <see cref="Room"/>.</summary>
    internal void Received(int count) => _length += count;

    /// <summary>Gives the memory back.</summary>
    internal void Release()
    {
        if (_array is not null)
        {
            ArrayPool<byte>.Shared.Return(_array, clearArray: true);
        }

        _array = null;
        _length = 0;
    }

    private void Grow(int needed)
    {
        if (_array is null)
        {
            _array = ArrayPool<byte>.Shared.Rent(Math.Max(needed, FirstBytes));
        }
        else if (_array.Length - _length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + needed, _array.Length * 2));
            _array.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_array, clearArray: true);
            _array = larger;
        }
    }
}
