using LatchGate.Crypto;

namespace LatchGate.Secrets;

/// <summary>
/// Gathers decrypted values in locked memory until they become a <see cref="SecretGeneration"/>. A value is at least
/// <see cref="MinimumLength"/> bytes long, so that every secret that the gate hands out is one that it can hide again.
/// </summary>
internal sealed class SecretValues : IDisposable
{
    /// <summary>Bytes that a value must have: shorter ones can be guessed, and hiding them would cut up every text.</summary>
    internal const int MinimumLength = 8;

    /// <summary>Values at most.</summary>
    internal const int MaximumCount = 4096;

    private readonly List<string> _names = [];
    private readonly List<string> _short = [];
    private int[] _starts = new int[16];
    private SecureMemory? _memory;
    private int _used;

    /// <summary>Room for values of <paramref name="capacity"/> bytes in all.</summary>
    internal SecretValues(int capacity) => _memory = new SecureMemory(Math.Max(capacity, 1));

    /// <summary>Names of values that are too short to be secrets; they are not offered.</summary>
    internal IReadOnlyList<string> TooShort => _short;

    /// <summary>Names of the values, in the order they came.</summary>
    internal IReadOnlyList<string> Names => _names;

    /// <summary>Where the next value is written, before <see cref="Add(string, int)"/>.</summary>
    /// <exception cref="ObjectDisposedException">The values were taken.</exception>
    internal Span<byte> Rest
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory is null, this);
            return _memory.Span[_used..];
        }
    }

    /// <summary>Names the first <paramref name="length"/> bytes of <see cref="Rest"/>; an empty value is none.</summary>
    /// <returns>False when the name exists already, or there are <see cref="MaximumCount"/>.</returns>
    internal bool Add(string name, int length)
    {
        if (_names.Count + _short.Count == MaximumCount || _names.Contains(name) || _short.Contains(name))
        {
            return false;
        }

        if (length < MinimumLength)
        {
            Rest[..length].Clear();
            if (length > 0)
            {
                _short.Add(name);
            }

            return true;
        }

        if (_names.Count + 1 >= _starts.Length)
        {
            Array.Resize(ref _starts, _starts.Length * 2);
        }

        _starts[_names.Count] = _used;
        _names.Add(name);
        _used += length;
        _starts[_names.Count] = _used;
        return true;
    }

    /// <summary>Adds a value that is elsewhere.</summary>
    internal bool Add(string name, ReadOnlySpan<byte> value)
    {
        value.CopyTo(Rest);
        return Add(name, value.Length);
    }

    /// <summary>The value of <paramref name="name"/>; empty when there is none.</summary>
    internal ReadOnlySpan<byte> Find(string name)
    {
        ObjectDisposedException.ThrowIf(_memory is null, this);
        var at = _names.IndexOf(name);
        return at < 0 ? default : _memory.Span[_starts[at].._starts[at + 1]];
    }

    /// <summary>The values as a generation; this holds none of them any longer.</summary>
    internal SecretGeneration ToGeneration()
    {
        ObjectDisposedException.ThrowIf(_memory is null, this);
        string[] names = [.. _names];
        Array.Sort(names, StringComparer.Ordinal);
        var ends = new int[names.Length];
        var sorted = new SecureMemory(Math.Max(_used, 1));
        try
        {
            var end = 0;
            for (var i = 0; i < names.Length; i++)
            {
                var value = Find(names[i]);
                value.CopyTo(sorted.Span[end..]);
                ends[i] = end += value.Length;
            }

            var generation = new SecretGeneration(sorted, names, ends);
            Dispose();
            return generation;
        }
        catch
        {
            sorted.Dispose();
            throw;
        }
    }

    /// <summary>Wipes the values.</summary>
    public void Dispose()
    {
        _memory?.Dispose();
        _memory = null;
    }
}
