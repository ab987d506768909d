using System.Text;

namespace LatchGate.Policy.Rego.Re2;

/// <summary>Unicode's simple case folding, without the Turkic rules.</summary>
internal static class CaseFolding
{
    // Beyond it no letter has a case.
    private const int End = 0x1E943;

    private static readonly Lazy<int[][]> All = new(Collect);

    /// <summary>Code points that are one letter but for case: <c>K</c>, <c>k</c> and the Kelvin sign, say.</summary>
    internal static int[][] Orbits => All.Value;

    private static int[][] Collect()
    {
        var byFold = new Dictionary<int, List<int>>();
        for (var rune = 0; rune <= End; rune++)
        {
            if (!Rune.IsValid(rune))
            {
                continue;
            }

            var fold = Rune.ToLowerInvariant(Rune.ToUpperInvariant(new Rune(rune))).Value;
            if (fold != rune)
            {
                if (!byFold.TryGetValue(fold, out var orbit))
                {
                    byFold[fold] = orbit = [fold];
                }

                orbit.Add(rune);
            }
        }

        var orbits = new List<int[]>(byFold.Count);
        foreach (var orbit in byFold.Values)
        {
            orbits.Add([.. orbit]);
        }

        return [.. orbits];
    }
}
