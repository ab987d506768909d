using System.Text.Json;

namespace LatchGate.Crypto;

/// <summary>
/// The member names met in one JSON object, so that a duplicate is refused whatever escapes spell it. Bounded: an object with more or
/// longer names than fit is refused like one with a duplicate.
/// </summary>
internal ref struct JsonNameSet(Span<byte> storage)
{
    /// <summary>Bytes of storage that suffice for every object of the gate's own formats.</summary>
    internal const int StorageSize = 512;

    private readonly Span<byte> _storage = storage;
    private int _used;

    /// <summary>Adds the property name that <paramref name="reader"/> stands on; false when it was met before or nothing more fits.</summary>
    internal bool TryAdd(scoped in Utf8JsonReader reader)
    {
        // Records are a two-byte length and the unescaped name.
        var raw = reader.ValueSpan.Length;
        if (raw > ushort.MaxValue || _used + 2 + raw > _storage.Length)
        {
            return false;
        }

        var length = reader.CopyString(_storage[(_used + 2)..]);
        var name = _storage.Slice(_used + 2, length);
        for (var at = 0; at < _used;)
        {
            var known = _storage[at] | (_storage[at + 1] << 8);
            if (_storage.Slice(at + 2, known).SequenceEqual(name))
            {
                return false;
            }

            at += 2 + known;
        }

        _storage[_used] = (byte)length;
        _storage[_used + 1] = (byte)(length >> 8);
        _used += 2 + length;
        return true;
    }
}
