using LatchGate.Actions;
using LatchGate.Policy.Rego;

namespace LatchGate.Policy;

/// <summary>
/// What no policy data may say: that everybody may run what can do grave harm. A human is asked each time, and one tired yes would
/// be enough for a principal that nobody ever named (reference/kernel.md §10.5).
/// </summary>
public static class PolicyGuard
{
    /// <summary>The principal that stands for all without an entry.</summary>
    public const string Everybody = "*";

    /// <summary>Whether this action may stand in this principal's list.</summary>
    public static bool MayGrant(string principal, ActionSpec action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return principal != Everybody || !action.Risk.NeedsHuman();
    }

    /// <summary>Refuses a data document that grants everybody an action of high or critical risk.</summary>
    /// <param name="document">The whole document.</param>
    /// <param name="actions">The actions of this gate.</param>
    /// <exception cref="Pipeline.StartupException">It does.</exception>
    internal static void Require(RegoObject document, ActionRegistry actions)
    {
        if (((document.Get("acl") as RegoObject)?.Get(Everybody) as RegoObject)?.Get("allowed_actions") is not RegoArray granted)
        {
            return;
        }

        foreach (var item in granted.Items)
        {
            if (item is RegoString id && actions.TryFind(id.Value, out var action) && !MayGrant(Everybody, action))
            {
                throw PolicyLoading.Bad(
                    $"The policy data grants {action.Id} to everybody (\"*\"), although its risk is {action.Risk.ToWire()}.",
                    "List it for the principals that need it, by name.");
            }
        }
    }
}
