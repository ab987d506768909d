namespace LatchGate.Policy.Rego.Builtins;

/// <summary>A built-in function: pure, and bounded by what it charges to the evaluation. Null is undefined.</summary>
internal delegate RegoValue? Builtin(ReadOnlySpan<RegoValue> args, Evaluation evaluation);

/// <summary>Why a built-in has no answer.</summary>
internal enum BuiltinError
{
    /// <summary>It has one.</summary>
    None,

    /// <summary>An argument is of the wrong type (OPA: eval_type_error).</summary>
    Type,

    /// <summary>An argument is of the right type and cannot be used (OPA: eval_builtin_error).</summary>
    Value,
}
