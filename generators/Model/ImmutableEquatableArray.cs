using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;

namespace LatchGate.Generators.Model;

/// <summary>An immutable list that is equal to another when their elements are: what an incremental step compares.</summary>
internal sealed class ImmutableEquatableArray<T>(T[] items) : IEquatable<ImmutableEquatableArray<T>>, IReadOnlyList<T>
    where T : IEquatable<T>
{
    public static ImmutableEquatableArray<T> Empty { get; } = new([]);

    public int Count => items.Length;

    public T this[int index] => items[index];

    public bool Equals(ImmutableEquatableArray<T>? other) => other is not null && items.AsSpan().SequenceEqual(other.ToSpan());

    public override bool Equals(object? obj) => Equals(obj as ImmutableEquatableArray<T>);

    public override int GetHashCode()
    {
        var hash = 17;
        foreach (var item in items)
        {
            hash = unchecked(hash * 31 + item.GetHashCode());
        }

        return hash;
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => items.GetEnumerator();

    private ReadOnlySpan<T> ToSpan() => items;
}

/// <summary>Makes <see cref="ImmutableEquatableArray{T}"/>.</summary>
internal static class ImmutableEquatableArray
{
    public static ImmutableEquatableArray<T> ToEquatableArray<T>(this IEnumerable<T> items)
        where T : IEquatable<T> => new(items.ToArray());
}
