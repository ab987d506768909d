namespace LatchGate.Config;

/// <summary>Finds what the writer probably meant.</summary>
internal static class EditDistance
{
    /// <summary>The candidate nearest to <paramref name="word"/>; null when none is near enough to be meant.</summary>
    internal static string? Nearest(string word, IEnumerable<string> candidates)
    {
        // A third of the word may be wrong: more would suggest strangers.
        var (best, bestDistance) = ((string?)null, Math.Max(2, word.Length / 3) + 1);
        foreach (var candidate in candidates)
        {
            var distance = Between(word, candidate);
            if (distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best;
    }

    /// <summary>Levenshtein distance with transposition of neighbours counted as one edit.</summary>
    internal static int Between(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        var (beforePrevious, previous, current) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (var j = 0; j <= b.Length; j++)
        {
            previous[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(substitution, Math.Min(previous[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    current[j] = Math.Min(current[j], beforePrevious[j - 2] + 1);
                }
            }

            (beforePrevious, previous, current) = (previous, current, beforePrevious);
        }

        return previous[b.Length];
    }
}
