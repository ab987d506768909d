namespace LatchGate.Policy.Rego;

/// <summary>A list of values.</summary>
internal sealed class RegoArray : RegoValue
{
    private RegoValue[] _items;

    internal RegoArray(int capacity = 0) => _items = capacity == 0 ? [] : new RegoValue[capacity];

    /// <summary>Takes the array over; the caller no longer writes to it.</summary>
    internal RegoArray(RegoValue[] items)
    {
        _items = items;
        Count = items.Length;
    }

    internal int Count { get; private set; }

    internal override RegoKind Kind => RegoKind.Array;

    internal ReadOnlySpan<RegoValue> Items => _items.AsSpan(0, Count);

    internal RegoValue this[int index] => Items[index];

    internal static RegoArray OfStrings(ReadOnlySpan<string> values)
    {
        var items = new RegoValue[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            items[i] = new RegoString(values[i]);
        }

        return new RegoArray(items);
    }

    internal override RegoValue? Get(RegoValue key) =>
        key is RegoNumber number && number.TryGetInt64(out var index) && index >= 0 && index < Count ? _items[index] : null;

    internal void Append(RegoValue item)
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Math.Max(4, 2 * Count));
        }

        _items[Count++] = item;
    }

    public override int GetHashCode()
    {
        ValueWork.Enter(Count);
        var hash = 31;
        foreach (var item in Items)
        {
            hash = unchecked(hash * 31 + item.GetHashCode());
        }

        return hash;
    }
}
