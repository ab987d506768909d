namespace LatchGate.Policy.Rego;

/// <summary>Why a compiled policy cannot be loaded.</summary>
internal enum PlanError
{
    /// <summary>It can.</summary>
    None,

    /// <summary>The text is not JSON or lacks a member that the format demands.</summary>
    Malformed,

    /// <summary>A statement is of a type that this evaluator does not know.</summary>
    UnknownStatement,

    /// <summary>A call names a function that the plan does not hold.</summary>
    UnknownFunction,

    /// <summary>The policy uses a built-in that needs the network, a clock or randomness, or that is not implemented.</summary>
    UnsupportedBuiltin,

    /// <summary>The plan was compiled for other entry points.</summary>
    MissingEntrypoint,
}
