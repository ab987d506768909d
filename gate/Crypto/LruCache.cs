using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace LatchGate.Crypto;

/// <summary>A bounded map keyed by digest that forgets the least recently used entry. Safe for concurrent use; every operation is O(1).</summary>
internal sealed class LruCache<TValue> where TValue : class
{
    private readonly int _capacity;
    private readonly Dictionary<Sha256Digest, LinkedListNode<Entry>> _index;
    private readonly LinkedList<Entry> _recency = new();
    private readonly Lock _lock = new();

    /// <param name="capacity">The most entries ever held.</param>
    internal LruCache(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _capacity = capacity;
        _index = new Dictionary<Sha256Digest, LinkedListNode<Entry>>(SeededDigestComparer.Instance);
    }

    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _index.Count;
            }
        }
    }

    internal bool TryGet(in Sha256Digest key, [NotNullWhen(true)] out TValue? value)
    {
        lock (_lock)
        {
            if (!_index.TryGetValue(key, out var node))
            {
                value = null;
                return false;
            }

            if (!ReferenceEquals(_recency.First, node))
            {
                _recency.Remove(node);
                _recency.AddFirst(node);
            }

            value = node.Value.Value;
            return true;
        }
    }

    /// <summary>Adds an entry, or keeps the one that another thread added first.</summary>
    internal void Add(in Sha256Digest key, TValue value)
    {
        lock (_lock)
        {
            if (_index.ContainsKey(key))
            {
                return;
            }

            if (_index.Count == _capacity)
            {
                _index.Remove(_recency.Last!.Value.Key);
                _recency.RemoveLast();
            }

            _index.Add(key, _recency.AddFirst(new Entry(key, value)));
        }
    }

    private sealed record Entry(Sha256Digest Key, TValue Value);
}

/// <summary>Hashes digests with the process's random seed: who chooses what is digested cannot choose the bucket.</summary>
internal sealed class SeededDigestComparer : IEqualityComparer<Sha256Digest>
{
    internal static readonly SeededDigestComparer Instance = new();

    /// <inheritdoc/>
    public bool Equals(Sha256Digest x, Sha256Digest y) => x.Equals(y);

    /// <inheritdoc/>
    public int GetHashCode(Sha256Digest obj) => HashCode.Combine(MemoryMarshal.Read<long>(obj.Bytes));
}
