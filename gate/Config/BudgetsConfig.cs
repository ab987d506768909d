using LatchGate.Budgets;
using LatchGate.Identity;

namespace LatchGate.Config;

/// <summary><c>[budgets]</c>: how many calls principals may make, whatever leases they ask for.</summary>
/// <param name="IgnoreCostCaps">
/// <c>ignore_cost_caps</c>: leases that ask for a bound of costs are given without one. Default false: such a request is refused, since no
/// action has a price.
/// </param>
/// <param name="Default"><c>[budgets.default]</c>: for principals without a table of their own. Default no bounds.</param>
/// <param name="Principals"><c>[budgets.principals."NAME"]</c>: replaces the default whole for one principal.</param>
public sealed record BudgetsConfig(bool IgnoreCostCaps, CallBounds Default, IReadOnlyDictionary<string, CallBounds> Principals)
{
    private const int MostCalls = 2_000_000_000;

    /// <summary>What applies where the file says nothing.</summary>
    public static BudgetsConfig None { get; } = new(false, CallBounds.None, new Dictionary<string, CallBounds>());

    internal static BudgetsConfig Read(ConfigTable table)
    {
        var principals = new Dictionary<string, CallBounds>(StringComparer.Ordinal);
        foreach (var (name, entry) in table.Table("principals").Children())
        {
            // A bound under a name that nobody can have would bound nobody.
            if (!PrincipalName.IsWellFormed(name.Value))
            {
                throw name.Refuse(
                    "is not a principal's name",
                    "Name the table by the principal, such as [budgets.principals.\"agent:builder\"]; [budgets.default] is for all others.");
            }

            principals.Add(name.Value, Bounds(entry));
        }

        var budgets = new BudgetsConfig(table.Boolean("ignore_cost_caps") ?? false, Bounds(table.Table("default")), principals);
        table.RefuseUnknownKeys();
        return budgets;
    }

    private static CallBounds Bounds(ConfigTable table)
    {
        var bounds = new CallBounds(
            table.Integer("calls_per_hour", 0, MostCalls), table.Integer("calls_per_day", 0, MostCalls), table.Integer("calls_total", 0, MostCalls));
        table.RefuseUnknownKeys();
        return bounds;
    }
}
