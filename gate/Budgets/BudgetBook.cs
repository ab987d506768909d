using LatchGate.Config;

namespace LatchGate.Budgets;

/// <summary>Which bounds the operator set for whom. Immutable.</summary>
internal sealed class BudgetBook
{
    private readonly BudgetsConfig _config;

    internal BudgetBook(BudgetsConfig config) => _config = config;

    /// <summary>The bounds of a principal: its own table's, or the default's; null when there are none, so that nothing is counted.</summary>
    internal CallBounds? Of(string principal)
    {
        var bounds = _config.Principals.TryGetValue(principal, out var own) ? own : _config.Default;
        return bounds == CallBounds.None ? null : bounds;
    }

    /// <summary>The bounds of principals that have none of their own.</summary>
    internal CallBounds Default => _config.Default;

    /// <summary>The principals that have bounds of their own.</summary>
    internal IEnumerable<string> Named => _config.Principals.Keys;
}
