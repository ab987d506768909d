namespace LatchGate.Policy.Rego;

/// <summary>A map, held in the Rego order of its keys.</summary>
internal sealed class RegoObject : RegoValue
{
    internal static readonly RegoObject Empty = new();

    // Up to here a scan for an equal string costs less than the comparisons of a binary search.
    private const int ScanLimit = 8;

    private RegoValue[] _keys;
    private RegoValue[] _values;

    internal RegoObject(int capacity = 0)
    {
        _keys = capacity == 0 ? [] : new RegoValue[capacity];
        _values = capacity == 0 ? [] : new RegoValue[capacity];
    }

    /// <summary>An object of members in any order, sorted once: to set a million members one by one would move each of them for each other.</summary>
    /// <returns>Null when two keys are equal; <paramref name="twice"/> is one of them.</returns>
    internal static RegoObject? Of(List<RegoValue> keys, List<RegoValue> values, out RegoValue? twice)
    {
        var made = new RegoObject { _keys = [.. keys], _values = [.. values], Count = keys.Count };
        for (var i = 1; i < made.Count; i++)
        {
            if (RegoOrder.Compare(made._keys[i - 1], made._keys[i]) >= 0)
            {
                Array.Sort(made._keys, made._values, Comparer<RegoValue>.Default);
                break;
            }
        }

        twice = null;
        for (var i = 1; i < made.Count && twice is null; i++)
        {
            twice = made._keys[i - 1].Equals(made._keys[i]) ? made._keys[i] : null;
        }

        return twice is null ? made : null;
    }

    internal int Count { get; private set; }

    internal override RegoKind Kind => RegoKind.Object;

    /// <summary>The keys in Rego order.</summary>
    internal ReadOnlySpan<RegoValue> Keys => _keys.AsSpan(0, Count);

    /// <summary>The values in the order of their keys.</summary>
    internal ReadOnlySpan<RegoValue> Values => _values.AsSpan(0, Count);

    internal override RegoValue? Get(RegoValue key)
    {
        var at = Find(key);
        return at >= 0 ? _values[at] : null;
    }

    /// <summary>The member with that name, or null where there is none.</summary>
    internal RegoValue? Get(string name)
    {
        for (var i = 0; i < Count; i++)
        {
            if (_keys[i] is RegoString key && key.Value == name)
            {
                return _values[i];
            }
        }

        return null;
    }

    /// <summary>Sets the member with that name, replacing one that is there.</summary>
    internal void Set(string name, RegoValue value) => Set(new RegoString(name), value);

    /// <summary>Sets the member, replacing one that is there.</summary>
    internal void Set(RegoValue key, RegoValue value)
    {
        var at = RegoOrder.Find(Keys, key);
        if (at >= 0)
        {
            _values[at] = value;
            return;
        }

        at = ~at;
        if (Count == _keys.Length)
        {
            var size = Math.Max(4, 2 * Count);
            Array.Resize(ref _keys, size);
            Array.Resize(ref _values, size);
        }

        Array.Copy(_keys, at, _keys, at + 1, Count - at);
        Array.Copy(_values, at, _values, at + 1, Count - at);
        _keys[at] = key;
        _values[at] = value;
        Count++;
    }

    /// <summary>A copy whose members can be set without changing this object.</summary>
    internal RegoObject Copy(int room = 0)
    {
        var copy = new RegoObject(Count + room);
        Keys.CopyTo(copy._keys);
        Values.CopyTo(copy._values);
        copy.Count = Count;
        return copy;
    }

    public override int GetHashCode()
    {
        ValueWork.Enter(Count);
        var hash = 41;
        for (var i = 0; i < Count; i++)
        {
            hash = unchecked((hash * 31 + _keys[i].GetHashCode()) * 31 + _values[i].GetHashCode());
        }

        return hash;
    }

    private int Find(RegoValue key)
    {
        if (Count > ScanLimit || key is not RegoString wanted)
        {
            return RegoOrder.Find(Keys, key);
        }

        for (var i = 0; i < Count; i++)
        {
            if (ReferenceEquals(_keys[i], key) || (_keys[i] is RegoString name && name.Value == wanted.Value))
            {
                return i;
            }
        }

        return -1;
    }
}
