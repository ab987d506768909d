namespace LatchGate.Policy.Rego;

/// <summary>A set, held in Rego order.</summary>
internal sealed class RegoSet : RegoValue
{
    private RegoValue[] _items;

    internal RegoSet(int capacity = 0) => _items = capacity == 0 ? [] : new RegoValue[capacity];

    internal int Count { get; private set; }

    internal override RegoKind Kind => RegoKind.Set;

    /// <summary>The elements in Rego order.</summary>
    internal ReadOnlySpan<RegoValue> Items => _items.AsSpan(0, Count);

    /// <summary>A set of any values, sorted once; duplicates are dropped.</summary>
    internal static RegoSet Of(ReadOnlySpan<RegoValue> items)
    {
        var set = new RegoSet(items.Length);
        var sorted = items.ToArray();
        Array.Sort(sorted, static (x, y) => RegoOrder.Compare(x, y));
        foreach (var item in sorted)
        {
            set.Add(item);
        }

        return set;
    }

    /// <summary>The element itself where the set has it: <c>s[x]</c> is x.</summary>
    internal override RegoValue? Get(RegoValue key)
    {
        var at = RegoOrder.Find(Items, key);
        return at >= 0 ? _items[at] : null;
    }

    internal bool Contains(RegoValue item) => RegoOrder.Find(Items, item) >= 0;

    /// <summary>Adds an element and says whether it is new.</summary>
    internal bool Add(RegoValue item)
    {
        var at = RegoOrder.Find(Items, item);
        if (at >= 0)
        {
            return false;
        }

        at = ~at;
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Math.Max(4, 2 * Count));
        }

        Array.Copy(_items, at, _items, at + 1, Count - at);
        _items[at] = item;
        Count++;
        return true;
    }

    public override int GetHashCode()
    {
        ValueWork.Enter(Count);
        var hash = 37;
        foreach (var item in Items)
        {
            hash = unchecked(hash * 31 + item.GetHashCode());
        }

        return hash;
    }
}
