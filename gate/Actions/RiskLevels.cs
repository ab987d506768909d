namespace LatchGate.Actions;

/// <summary>The wire words of risk levels.</summary>
public static class RiskLevels
{
    /// <summary><c>low</c>, <c>medium</c>, <c>high</c> or <c>critical</c>.</summary>
    public static string ToWire(this RiskLevel risk) => risk switch
    {
        RiskLevel.Low => "low",
        RiskLevel.Medium => "medium",
        RiskLevel.High => "high",
        RiskLevel.Critical => "critical",
        _ => throw new ArgumentOutOfRangeException(nameof(risk), risk, "Not a risk level."),
    };

    /// <summary>Whether a human approves the action, and its effect must be verified.</summary>
    public static bool NeedsHuman(this RiskLevel risk) => risk is RiskLevel.High or RiskLevel.Critical;
}
