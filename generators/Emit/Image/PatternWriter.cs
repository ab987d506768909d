using System.Collections.Generic;
using System.Linq;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit.Image;

/// <summary>Writes an automaton as the gate's <c>PatternTables</c> reads it.</summary>
internal static class PatternWriter
{
    private const int Ascii = 128;

    public static CodeBuffer Write(DfaModel dfa)
    {
        var states = dfa.AcceptsAtEnd.Count;
        var rows = new List<int[]>();
        var known = new Dictionary<string, int>();
        var rowOf = Enumerable.Range(0, states).Select(state => RowOf(dfa, state, rows, known)).ToArray();
        var width = rows.Count <= Ascii && rows.All(static row => row.All(static entry => entry < Ascii)) ? 1 : 2;
        var ascii = dfa.Starts.Count(static start => start < Ascii);

        var code = new CodeBuffer();
        foreach (var number in new[] { width, dfa.ClassCount, dfa.Starts.Count, ascii, states, rows.Count })
        {
            code.Number(number);
        }

        foreach (var start in dfa.Starts)
        {
            code.Byte(start & 127);
            if (start >= Ascii)
            {
                code.Byte(start >> 7 & 127);
                code.Byte(start >> 14);
            }
        }

        foreach (var index in dfa.Classes)
        {
            code.Byte(index);
        }

        for (var state = 0; state < states; state += 7)
        {
            var first = state;
            code.Byte(Enumerable.Range(0, 7).Sum(bit => first + bit < states && dfa.AcceptsAtEnd[first + bit] ? 1 << bit : 0));
        }

        foreach (var entry in rowOf.Concat(rows.SelectMany(static row => row)))
        {
            code.Byte(entry & 127);
            if (width == 2)
            {
                code.Byte(entry >> 7);
            }
        }

        return code;
    }

    // The final states are never left, so their rows say nothing.
    private static int RowOf(DfaModel dfa, int state, List<int[]> rows, Dictionary<string, int> known)
    {
        var row = Enumerable.Range(0, dfa.ClassCount)
            .Select(index => state < 2 ? 0 : Entry(state, dfa.Next[(state * dfa.ClassCount) + index])).ToArray();
        var key = string.Join(",", row);
        if (!known.TryGetValue(key, out var at))
        {
            at = rows.Count;
            rows.Add(row);
            known.Add(key, at);
        }

        return at;
    }

    private static int Entry(int state, int next)
    {
        var distance = next - state;
        return next < 2 ? next : 2 + (distance >= 0 ? 2 * distance : (-2 * distance) - 1);
    }
}
