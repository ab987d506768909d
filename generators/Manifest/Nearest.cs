using System;
using System.Collections.Generic;

namespace LatchGate.Generators.Manifest;

/// <summary>Finds the word that was probably meant.</summary>
internal static class Nearest
{
    /// <summary>A fix: the nearest known word, or all of them where none is near.</summary>
    public static string Hint(string word, IReadOnlyList<string> known)
    {
        var best = "";
        var distance = int.MaxValue;
        foreach (var candidate in known)
        {
            if (Distance(word, candidate) is var d && d < distance)
            {
                (best, distance) = (candidate, d);
            }
        }

        return distance <= Math.Max(2, word.Length / 3) ? $"The nearest is '{best}'" : $"Known: {string.Join(", ", known)}";
    }

    // Levenshtein's distance, two rows at a time.
    private static int Distance(string from, string to)
    {
        var previous = new int[to.Length + 1];
        var current = new int[to.Length + 1];
        for (var j = 0; j <= to.Length; j++)
        {
            previous[j] = j;
        }

        for (var i = 1; i <= from.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var change = previous[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                current[j] = Math.Min(change, Math.Min(previous[j], current[j - 1]) + 1);
            }

            (previous, current) = (current, previous);
        }

        return previous[to.Length];
    }
}
