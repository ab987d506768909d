using LatchGate.Egress;

namespace LatchGate.Actions;

/// <summary>
/// What an action does to the world, in the words of the Model Context Protocol (2025-06-18, <c>ToolAnnotations</c>). Told from its
/// declared effects, the methods that its egress rules open, and its risk; where they leave a doubt, the worse is said.
/// </summary>
/// <param name="isReadOnly">It changes nothing.</param>
/// <param name="isDestructive">It may change or delete what is there, not only add.</param>
/// <param name="isIdempotent">Called again with the same request, it changes nothing more.</param>
/// <param name="isOpenWorld">It reaches beyond this machine.</param>
internal sealed class ActionHints(bool isReadOnly, bool isDestructive, bool isIdempotent, bool isOpenWorld)
{
    internal bool IsReadOnly { get; } = isReadOnly;

    internal bool IsDestructive { get; } = isDestructive;

    internal bool IsIdempotent { get; } = isIdempotent;

    internal bool IsOpenWorld { get; } = isOpenWorld;

    internal static ActionHints Of(ActionSpec action)
    {
        var methods = MethodsOf(action.Egress);
        var onlyReads = !action.SideEffects.IsEmpty;
        var deletes = false;
        foreach (var effect in action.SideEffects)
        {
            onlyReads &= effect.EndsWith("_read", StringComparison.Ordinal);
            deletes |= effect.EndsWith("_delete", StringComparison.Ordinal);
        }

        var isFile = action.Files is not null;
        var replaces = (methods & (Methods.Replacing | Methods.Unknown)) != 0;

        // A query by POST reads where the manifest says so; policy trusts the same declaration.
        var isReadOnly = onlyReads && !replaces;
        return new ActionHints(
            isReadOnly,
            !isReadOnly && (deletes || replaces || isFile || action.Risk == RiskLevel.Critical),
            isReadOnly || isFile || (methods != 0 && (methods & (Methods.Repeating | Methods.Unknown)) == 0),
            action.Egress.Profile != EgressProfile.None);
    }

    // RFC 9110 §9.2.2: PUT and DELETE are idempotent, POST and PATCH (RFC 5789) are not.
    private static Methods MethodsOf(EgressRuleSet rules)
    {
        var found = default(Methods);
        foreach (var rule in rules.Allow)
        {
            if (rule.Methods.IsEmpty)
            {
                found |= Methods.Unknown;
            }

            foreach (var method in rule.Methods)
            {
                found |= method switch
                {
                    "GET" or "HEAD" or "OPTIONS" => Methods.Safe,
                    "POST" => Methods.Post,
                    "PUT" => Methods.Put,
                    "PATCH" => Methods.Patch,
                    "DELETE" => Methods.Delete,
                    _ => Methods.Unknown,
                };
            }
        }

        return found;
    }

    [Flags]
    private enum Methods
    {
        Safe = 1,
        Post = 2,
        Put = 4,
        Patch = 8,
        Delete = 16,
        Unknown = 32,
        Replacing = Put | Patch | Delete,
        Repeating = Post | Patch,
    }
}
