using System.Collections.Immutable;
using LatchGate.Actions;

namespace LatchGate.Fuzz.Subjects;

/// <summary>Code that exists to be fuzzed: validators compiled from schemas that use every supported keyword.</summary>
public static class CompiledSchemas
{
    /// <summary>One action for each manifest in <c>manifests/</c>, sorted by id.</summary>
    public static ImmutableArray<ActionSpec> All => CompiledActions.All;
}
