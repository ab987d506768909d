namespace LatchGate.Policy.Rego.Re2;

/// <summary>Where an expression matched.</summary>
/// <param name="text">The text.</param>
/// <param name="places">Start and end of the whole and of each group; -1 where a group took no part.</param>
internal sealed class Re2Match(string text, int[] places)
{
    internal int Start => places[0];

    internal int End => places[1];

    internal int Groups => places.Length / 2;

    /// <summary>Where a group begins; -1 where it took no part.</summary>
    internal int StartOf(int group) => places[2 * group];

    /// <summary>Where a group ends; -1 where it took no part.</summary>
    internal int EndOf(int group) => places[(2 * group) + 1];

    /// <summary>The text of a group, 0 being the whole; empty where it took no part or there is none.</summary>
    internal string Group(int number) =>
        number >= Groups || places[2 * number] < 0 || places[(2 * number) + 1] < 0 ? "" : text[places[2 * number]..places[(2 * number) + 1]];
}
