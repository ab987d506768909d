using Microsoft.CodeAnalysis;

namespace LatchGate.Generators.Diagnostics;

/// <summary>
/// Everything that can be wrong with the rules of a verifier. Ids are stable: an id is never given a second meaning (docs/diagnostics.md).
/// </summary>
internal static partial class Descriptors
{
    public static readonly DiagnosticDescriptor RuleNeverHolds = Error(
        "LGM024",
        "A rule can never hold",
        "The rule for {0} can never hold: {1}. Change or remove it.");

    public static readonly DiagnosticDescriptor UnknownRequestProperty = Error(
        "LGM025",
        "A rule compares with an unknown property",
        "equals_request names '{0}', which the request schema does not declare. {1}.");

    public static readonly DiagnosticDescriptor OptionalRequestProperty = Error(
        "LGM026",
        "A rule compares with a property that may be missing",
        "A request may leave '{0}' out, and then there is nothing to compare with. Make it required, give it a default, or add "
        + "when_requested: true, with which the rule is skipped for such requests.");

    public static readonly DiagnosticDescriptor NeedlessWhenRequested = Error(
        "LGM027",
        "A rule is never skipped",
        "Every request has '{0}', so when_requested says nothing. Remove it.");

    public static readonly DiagnosticDescriptor RepeatedRule = Error(
        "LGM028",
        "Two rules are for one place",
        "There is a rule for {0} already. Put everything that must hold of it into one.");

    public static readonly DiagnosticDescriptor KeysExclude = Error(
        "LGM029",
        "Keys of a rule do not go together",
        "'{0}' does not go together with {1}. Keep one of them.");
}
