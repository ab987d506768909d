namespace LatchGate.Policy.Rego;

/// <summary>Why an evaluation was stopped.</summary>
internal enum EvaluationFault
{
    /// <summary>It ran to its end.</summary>
    None,

    /// <summary>A rule or a key got two different values (OPA: eval_conflict_error).</summary>
    Conflict,

    /// <summary>A built-in failed and built-in errors are strict (OPA: eval_builtin_error, eval_type_error).</summary>
    Builtin,

    /// <summary>More statements ran than the limit allows.</summary>
    StepLimit,

    /// <summary>More was built than the limit allows.</summary>
    MemoryLimit,

    /// <summary>Calls or blocks are nested deeper than the limit allows.</summary>
    DepthLimit,

    /// <summary>The plan calls a built-in with fewer arguments than it takes.</summary>
    Plan,
}

/// <summary>What one evaluation may use.</summary>
/// <param name="Steps">Statements run, with the work inside built-ins counted in.</param>
/// <param name="Cells">Elements and characters written into new values; one is at most some tens of bytes.</param>
/// <param name="Depth">Blocks open at once, over all calls.</param>
internal sealed record EvaluationLimits(long Steps, long Cells, int Depth)
{
    /// <summary>More than a hundred times what the built-in policy needs, and still some tens of milliseconds and megabytes.</summary>
    internal static readonly EvaluationLimits Default = new(Steps: 2_000_000, Cells: 2_000_000, Depth: 1_000);
}
