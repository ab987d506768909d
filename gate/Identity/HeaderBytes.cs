using System.Buffers;
using System.Text;

namespace LatchGate.Identity;

/// <summary>Two header values as UTF-8 in one rented buffer, which is wiped when returned: it may hold an API key.</summary>
internal ref struct HeaderBytes
{
    private byte[]? _rented;

    internal HeaderBytes(string? authorization, string? dpop)
    {
        var (first, second) = (authorization ?? "", dpop ?? "");
        _rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(first.Length) + Encoding.UTF8.GetMaxByteCount(second.Length));
        var split = Encoding.UTF8.GetBytes(first, _rented);
        var end = split + Encoding.UTF8.GetBytes(second, _rented.AsSpan(split));
        Authorization = _rented.AsSpan(0, split);
        Dpop = _rented.AsSpan(split, end - split);
    }

    internal ReadOnlySpan<byte> Authorization { get; private set; }

    internal ReadOnlySpan<byte> Dpop { get; private set; }

    /// <summary>Wipes and returns the buffer.</summary>
    public void Dispose()
    {
        if (_rented is { } rented)
        {
            _rented = null;
            Authorization = default;
            Dpop = default;
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }
}
