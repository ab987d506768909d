using System.Runtime.InteropServices;
using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>Whether no two items of an array are equal as JSON Schema has it: numbers by value, objects whatever their order.</summary>
internal static class UniqueItems
{
    // A request's arrays have no more: checking them allocates nothing.
    private const int Few = 100;

    // Equal hashes are rare but where someone made them: then each pair would be compared again.
    private const int ComparisonsAnItem = 64;

    /// <summary>
    /// Whether all items differ. Allocates only for arrays of more than 100 items. An array made of items whose hashes are equal, and
    /// which would take quadratic work to tell apart, counts as one that repeats itself.
    /// </summary>
    public static bool Hold(JsonElement array)
    {
        var count = array.GetArrayLength();
        return count <= Few ? HoldPairwise(array) : HoldHashed(array, count);
    }

    private static bool HoldPairwise(JsonElement array)
    {
        for (var first = array.EnumerateArray(); first.MoveNext();)
        {
            // The copy goes on from here.
            for (var second = first; second.MoveNext();)
            {
                if (JsonElement.DeepEquals(first.Current, second.Current))
                {
                    return false;
                }
            }
        }

        return true;
    }

    // A table of twice the size, open addressing: only items of one hash are compared.
    private static bool HoldHashed(JsonElement array, int count)
    {
        var mask = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)count * 2) - 1;
        var slots = new int[mask + 1];
        var hashes = new ulong[count];
        var items = new JsonElement[count];
        var left = (long)count * ComparisonsAnItem;
        var index = 0;
        foreach (var item in array.EnumerateArray())
        {
            items[index] = item;
            hashes[index] = Hash(item);
            var slot = (int)hashes[index] & mask;
            for (; slots[slot] != 0; slot = (slot + 1) & mask)
            {
                var other = slots[slot] - 1;
                if (--left < 0 || (hashes[other] == hashes[index] && JsonElement.DeepEquals(items[other], item)))
                {
                    return false;
                }
            }

            slots[slot] = ++index;
        }

        return true;
    }

    private static ulong Hash(JsonElement value)
    {
        var hash = Mix(14695981039346656037, (uint)value.ValueKind);
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return HashText(hash, JsonMarshal.GetRawUtf8Value(value)[1..^1]);
            case JsonValueKind.Number:
                // Equal numbers round to the same double, however they are written.
                return Mix(hash, value.TryGetDouble(out var number) ? (ulong)BitConverter.DoubleToInt64Bits(number == 0 ? 0 : number) : 0);
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    hash = Mix(hash, Hash(item));
                }

                return hash;
            case JsonValueKind.Object:
                // A sum, for the order of members does not count.
                foreach (var member in value.EnumerateObject())
                {
                    hash += Mix(HashName(member.Name), Hash(member.Value));
                }

                return hash;
            default:
                return hash;
        }
    }

    private static ulong HashText(ulong hash, ReadOnlySpan<byte> inner)
    {
        for (var points = new JsonText.CodePointReader(inner); points.TryRead(out var point);)
        {
            hash = Mix(hash, (uint)point);
        }

        return hash;
    }

    private static ulong HashName(string name)
    {
        var hash = 14695981039346656037;
        foreach (var c in name)
        {
            hash = Mix(hash, c);
        }

        return hash;
    }

    // Multiplied and folded, so that the low bits, which choose the slot, depend on all.
    private static ulong Mix(ulong hash, ulong value)
    {
        hash = (hash ^ value) * 0x9E3779B97F4A7C15;
        hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93;
        return hash ^ (hash >> 32);
    }
}
