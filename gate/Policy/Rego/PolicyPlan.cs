namespace LatchGate.Policy.Rego;

/// <summary>What a plan was compiled to answer: blocks, and how many locals they need.</summary>
internal sealed record EntryPoint(Block[] Blocks, int Locals);

/// <summary>A compiled policy: functions, and the blocks that answer its entry points. Immutable and shared by all evaluations.</summary>
internal sealed class PolicyPlan
{
    private readonly Dictionary<string, Function> _byPath;

    internal PolicyPlan(Function[] functions, EntryPoint entry, EntryPoint? second)
    {
        FunctionCount = functions.Length;
        Entry = entry;
        Second = second;
        _byPath = new Dictionary<string, Function>(functions.Length, StringComparer.Ordinal);
        foreach (var function in functions)
        {
            _byPath[PathKey(function.Path)] = function;
        }
    }

    internal int FunctionCount { get; }

    internal EntryPoint Entry { get; }

    /// <summary>The entry point that a plan may have, such as <c>latchgate/explain</c>; null where it has none.</summary>
    internal EntryPoint? Second { get; }

    /// <summary>The function at a computed path, or null.</summary>
    internal Function? Find(ReadOnlySpan<string> path) => _byPath.GetValueOrDefault(PathKey(path));

    // Rego names hold no NUL, and a computed part that does then finds nothing.
    private static string PathKey(ReadOnlySpan<string> path) => string.Join('\0', path);
}
