namespace LatchGate.Policy.Rego;

/// <summary>
/// The order of Rego values: null, booleans, numbers, strings, arrays, objects, sets. Strings sort by code point;
/// arrays and sets by their elements, then length; objects by their sorted keys and values in turn, then size.
/// </summary>
internal static class RegoOrder
{
    internal static int Compare(RegoValue a, RegoValue b)
    {
        if (ReferenceEquals(a, b))
        {
            return 0;
        }

        if (a.Kind != b.Kind)
        {
            return a.Kind.CompareTo(b.Kind);
        }

        return (a, b) switch
        {
            (RegoString x, RegoString y) => CompareText(x.Value, y.Value),
            (RegoNumber x, RegoNumber y) => RegoNumber.Compare(x, y),
            (RegoBoolean x, RegoBoolean y) => x.Value.CompareTo(y.Value),
            (RegoArray x, RegoArray y) => CompareItems(x.Items, y.Items),
            (RegoSet x, RegoSet y) => CompareItems(x.Items, y.Items),
            (RegoObject x, RegoObject y) => CompareMembers(x, y),
            _ => 0,
        };
    }

    internal static bool AreEqual(RegoValue a, RegoValue b)
    {
        switch (a)
        {
            case RegoString x:
                return b is RegoString y && x.Value.Length == y.Value.Length && SameText(x.Value, y.Value);
            case RegoArray x:
                return b is RegoArray z && x.Count == z.Count && SameItems(x.Items, z.Items);
            case RegoSet x:
                return b is RegoSet w && x.Count == w.Count && SameItems(x.Items, w.Items);
            case RegoObject x:
                return b is RegoObject v && x.Count == v.Count && SameItems(x.Keys, v.Keys) && SameItems(x.Values, v.Values);
            default:
                return a.Kind == b.Kind && Compare(a, b) == 0;
        }
    }

    /// <summary>The index of the value in a sorted list, or the complement of the index where it belongs.</summary>
    internal static int Find(ReadOnlySpan<RegoValue> sorted, RegoValue value)
    {
        var (low, high) = (0, sorted.Length - 1);

        // Values mostly arrive in order, so the end is tried first.
        if (high >= 0 && Compare(sorted[high], value) < 0)
        {
            return ~sorted.Length;
        }

        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = Compare(sorted[middle], value);
            if (order == 0)
            {
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ~low;
    }

    /// <summary>Order by code point, which for UTF-16 differs from ordinal order only where a surrogate meets U+E000 to U+FFFF.</summary>
    internal static int CompareText(string a, string b)
    {
        var common = a.AsSpan().CommonPrefixLength(b);
        SpendOn(common);
        if (common == a.Length || common == b.Length)
        {
            return a.Length.CompareTo(b.Length);
        }

        return Rank(a[common]).CompareTo(Rank(b[common]));

        static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
    }

    private static bool SameText(string a, string b)
    {
        SpendOn(a.Length);
        return a == b;
    }

    // Most texts are short, and cost nothing beside the statement that compares them.
    private static void SpendOn(int characters)
    {
        if (characters > 255)
        {
            ValueWork.Spend(characters >> 8);
        }
    }

    private static bool SameItems(ReadOnlySpan<RegoValue> a, ReadOnlySpan<RegoValue> b)
    {
        ValueWork.Enter(a.Length);
        for (var i = 0; i < a.Length; i++)
        {
            if (!ReferenceEquals(a[i], b[i]) && !AreEqual(a[i], b[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static int CompareItems(ReadOnlySpan<RegoValue> a, ReadOnlySpan<RegoValue> b)
    {
        var common = Math.Min(a.Length, b.Length);
        ValueWork.Enter(common);
        for (var i = 0; i < common; i++)
        {
            var order = Compare(a[i], b[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return a.Length.CompareTo(b.Length);
    }

    private static int CompareMembers(RegoObject a, RegoObject b)
    {
        var common = Math.Min(a.Count, b.Count);
        ValueWork.Enter(common);
        for (var i = 0; i < common; i++)
        {
            var order = Compare(a.Keys[i], b.Keys[i]);
            if (order == 0)
            {
                order = Compare(a.Values[i], b.Values[i]);
            }

            if (order != 0)
            {
                return order;
            }
        }

        return a.Count.CompareTo(b.Count);
    }
}
