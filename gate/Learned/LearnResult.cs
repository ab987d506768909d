using LatchGate.Identity;

namespace LatchGate.Learned;

/// <summary>What became of a change of learned destinations.</summary>
internal enum LearnOutcome
{
    /// <summary>It is in force, and the ledger says so.</summary>
    Changed,

    /// <summary>Added: it was there. Removed: it was not.</summary>
    Unchanged,

    /// <summary>The action's id is not 1 to 253 of <c>[A-Za-z0-9_-]</c>.</summary>
    InvalidActionId,

    /// <summary>This gate has no such action.</summary>
    UnknownAction,

    /// <summary>The action's manifest does not permit learning.</summary>
    NotPermitted,

    /// <summary>The domain or glob breaks a rule.</summary>
    Invalid,

    /// <summary>The action has as many as it may have.</summary>
    Full,

    /// <summary>The ledger could not write, and nothing changed; or it could not be read afterwards, and nothing learned is in force until it can.</summary>
    StoreUnavailable,
}

/// <summary>The result of a change.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Value">The domain or glob in its stored spelling; as it came when it is invalid; empty for a clear.</param>
/// <param name="Detail">Why not, in one sentence; empty when nothing is wrong.</param>
/// <param name="Count">How many a clear took away.</param>
internal readonly record struct LearnResult(LearnOutcome Outcome, string Value, string Detail = "", int Count = 0);

/// <summary>Who changes what was learned, for the record.</summary>
/// <param name="Name">The operator.</param>
/// <param name="AuthnMethod">How the operator proved to be one.</param>
/// <param name="SenderBinding">Thumbprint of the operator's key.</param>
internal readonly record struct Learner(string Name, string AuthnMethod, string SenderBinding)
{
    internal static Learner Of(VerifiedOperator @operator) => new(@operator.Name, @operator.AuthnMethod, @operator.SenderBinding);
}
