namespace LatchGate.Fuzz.Engine;

/// <summary>
/// The inputs that covered something new. For each edge and range of its count the shortest one that reaches it is known; those
/// that are shortest for any make the small set that still covers everything, and are mutated most; so are the newest, from which the next
/// step may be near.
/// </summary>
internal sealed class Corpus
{
    private const int FavouredOf = 5;
    private const int Tries = 8;
    private const int NewestOf = 4;
    private const int Newest = 4;

    private readonly List<Entry> _entries = [];
    private readonly Dictionary<int, Entry> _shortest = [];

    /// <summary>Inputs kept.</summary>
    internal int Count => _entries.Count;

    /// <summary>The small set that covers all that was ever covered, in the order found.</summary>
    internal IEnumerable<byte[]> Favoured => _entries.Where(static entry => entry.Owned > 0).Select(static entry => entry.Input);

    /// <summary>Keeps an input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="touched">Its <see cref="CoverageMap.Touched"/>.</param>
    internal void Add(ReadOnlySpan<byte> input, ReadOnlySpan<int> touched)
    {
        var entry = new Entry(input.ToArray());
        _entries.Add(entry);
        foreach (var edge in touched)
        {
            if (_shortest.TryGetValue(edge, out var owner) && owner.Input.Length <= entry.Input.Length)
            {
                continue;
            }

            if (owner is not null)
            {
                owner.Owned--;
            }

            entry.Owned++;
            _shortest[edge] = entry;
        }
    }

    /// <summary>One to mutate; there is at least one.</summary>
    internal byte[] Pick(ref SplitMix random)
    {
        if (random.Next(NewestOf) == 0)
        {
            return _entries[^(1 + random.Next(Math.Min(Newest, _entries.Count)))].Input;
        }

        var entry = _entries[random.Next(_entries.Count)];
        for (var tries = 0; entry.Owned == 0 && tries < Tries && random.Next(FavouredOf) > 0; tries++)
        {
            entry = _entries[random.Next(_entries.Count)];
        }

        return entry.Input;
    }

    private sealed class Entry(byte[] input)
    {
        internal byte[] Input { get; } = input;

        internal int Owned { get; set; }
    }
}
