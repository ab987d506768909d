namespace LatchGate.Generators.Model.Patterns;

/// <summary>Runs an automaton when the gate is built, on what a manifest says itself.</summary>
internal static class DfaRun
{
    private const int Refuses = 0;
    private const int Accepts = 1;
    private const int Begins = 2;

    /// <summary>Whether the pattern is found in a text that is well-formed.</summary>
    public static bool Matches(DfaModel dfa, string text)
    {
        var state = Begins;
        for (var i = 0; i < text.Length;)
        {
            var point = Escapes.Literal(text, ref i);
            var range = dfa.Starts.Count - 1;
            while (dfa.Starts[range] > point)
            {
                range--;
            }

            state = dfa.Next[(state * dfa.ClassCount) + dfa.Classes[range]];
            if (state is Refuses or Accepts)
            {
                return state == Accepts;
            }
        }

        return dfa.AcceptsAtEnd[state];
    }
}
