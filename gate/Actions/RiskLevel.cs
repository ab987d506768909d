namespace LatchGate.Actions;

/// <summary>How much harm an action can do (reference/kernel.md §1.8).</summary>
public enum RiskLevel
{
    /// <summary>Public read.</summary>
    Low,

    /// <summary>One external write, or an authenticated read.</summary>
    Medium,

    /// <summary>Many recipients, financial or personal data, hard to undo. A human approves.</summary>
    High,

    /// <summary>Destructive, irreversible or financial. A human approves.</summary>
    Critical,
}
