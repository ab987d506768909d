using System.Linq;
using LatchGate.Generators.Model;

namespace LatchGate.Generators.Emit;

/// <summary>Writes an automaton as tables in the binary's read-only data.</summary>
internal static class DfaEmitter
{
    public static void Emit(CodeWriter code, string name, DfaModel dfa)
    {
        code.Line();
        code.Line($"private static PatternTables {name} => new(");
        code.Line($"    {Numbers(dfa.Starts)},");
        code.Line($"    {Numbers(dfa.Classes)},");
        code.Line($"    {CodeWriter.Number(dfa.ClassCount)},");
        code.Line($"    {Numbers(dfa.Next)},");
        code.Line($"    [{string.Join(", ", dfa.AcceptsAtEnd.Select(static accepts => accepts ? "1" : "0"))}]);");
    }

    private static string Numbers(ImmutableEquatableArray<int> values) => CodeWriter.Numbers(values);
}
