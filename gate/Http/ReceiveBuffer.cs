using System.Buffers;

namespace LatchGate.Http;

/// <summary>
/// The bytes received and not yet done with, in one pooled array: small while a connection idles, grown when a request needs it.
/// Invariant: 0 ≤ start ≤ end ≤ array length.
/// </summary>
internal sealed class ReceiveBuffer
{
    private const int IdleBytes = 4 * 1024;

    private byte[] _array = [];
    private byte[]? _retired;
    private int _start;
    private int _end;

    internal int Count => _end - _start;

    internal Span<byte> Data => _array.AsSpan(_start, Count);

    internal Memory<byte> Free => _array.AsMemory(_end);

    internal ReadOnlyMemory<byte> Slice(int offset, int length) => _array.AsMemory(_start + offset, length);

    /// <summary>Counts bytes in that were received into <see cref="Free"/>.</summary>
    internal void Received(int count) => _end += count;

    /// <summary>Drops bytes at the front.</summary>
    internal void Consume(int count)
    {
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
        }
    }

    /// <summary>Drops everything from <paramref name="offset"/> on.</summary>
    internal void Truncate(int offset) => _end = _start + offset;

    /// <summary>Makes room while no span of the data is held by anyone.</summary>
    internal void MakeRoom()
    {
        if (_end < _array.Length)
        {
            return;
        }

        if (_start > 0)
        {
            Data.CopyTo(_array);
            _end -= _start;
            _start = 0;
            return;
        }

        Return(MoveTo(Math.Max(IdleBytes, _array.Length * 2)));
    }

    /// <summary>Makes room while a handler may hold spans of the head: the array they point into lives on until <see cref="EndRequest"/>.</summary>
    internal void MakeRoomKeepingSpans()
    {
        if (_end == _array.Length)
        {
            var old = MoveTo(Count + IdleBytes);
            if (_retired is null)
            {
                _retired = old;
            }
            else
            {
                Return(old);
            }
        }
    }

    /// <summary>Ends a request of <paramref name="length"/> bytes; shrinks again once nothing is left over.</summary>
    internal void EndRequest(int length)
    {
        Consume(length);
        if (_retired is not null)
        {
            Return(_retired);
            _retired = null;
        }

        if (Count == 0 && _array.Length > 2 * IdleBytes)
        {
            Return(_array);
            _array = ArrayPool<byte>.Shared.Rent(IdleBytes);
        }
    }

    /// <summary>Gives the memory back; nothing may be called after.</summary>
    internal void Release()
    {
        if (_retired is not null)
        {
            Return(_retired);
        }

        Return(_array);
        _array = [];
        _start = _end = 0;
    }

    private byte[] MoveTo(int capacity)
    {
        var larger = ArrayPool<byte>.Shared.Rent(capacity);
        Data.CopyTo(larger);
        var old = _array;
        _array = larger;
        _end -= _start;
        _start = 0;
        return old;
    }

    // Requests carry leases and proofs: other users of the pool must not find them.
    private static void Return(byte[] array) => ArrayPool<byte>.Shared.Return(array, clearArray: true);
}
