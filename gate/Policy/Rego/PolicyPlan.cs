namespace LatchGate.Policy.Rego;

/// <summary>A compiled policy: functions, and the block that answers one entry point. Immutable and shared by all evaluations.</summary>
internal sealed class PolicyPlan
{
    private readonly Dictionary<string, Function> _byPath;

    internal PolicyPlan(Function[] functions, Block[] entry, int entryLocals)
    {
        FunctionCount = functions.Length;
        Entry = entry;
        EntryLocals = entryLocals;
        _byPath = new Dictionary<string, Function>(functions.Length, StringComparer.Ordinal);
        foreach (var function in functions)
        {
            _byPath[PathKey(function.Path)] = function;
        }
    }

    internal int FunctionCount { get; }

    internal Block[] Entry { get; }

    internal int EntryLocals { get; }

    /// <summary>The function at a computed path, or null.</summary>
    internal Function? Find(ReadOnlySpan<string> path) => _byPath.GetValueOrDefault(PathKey(path));

    // Rego names hold no NUL, and a computed part that does then finds nothing.
    private static string PathKey(ReadOnlySpan<string> path) => string.Join('\0', path);
}
