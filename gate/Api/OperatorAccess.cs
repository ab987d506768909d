using LatchGate.Identity;

namespace LatchGate.Api;

/// <summary>What a route of the operators demands before it looks at anything else.</summary>
/// <param name="Method">The method that the proof must name, upper case.</param>
/// <param name="Path">The path that the proof must name, decoded, without query.</param>
/// <param name="Role">The least role.</param>
/// <param name="Throttle">Which bucket a request takes from, and how its 429 looks (reference/wire.md §1.4).</param>
internal readonly record struct OperatorAccess(string Method, string Path, OperatorRole Role, OperatorThrottle Throttle)
{
    /// <summary>A read by any operator.</summary>
    internal static OperatorAccess Read(string path) => new("GET", path, OperatorRole.Viewer, OperatorThrottle.Read);

    /// <summary>A decision about a held call.</summary>
    internal static OperatorAccess Decide(string path) => new("POST", path, OperatorRole.Approver, OperatorThrottle.Decision);

    /// <summary>A change of the gate.</summary>
    internal static OperatorAccess Change(string method, string path) => new(method, path, OperatorRole.Admin, OperatorThrottle.Write);
}

/// <summary>How requests of operators are limited (reference/wire.md §1.4).</summary>
internal enum OperatorThrottle
{
    /// <summary>Not limited: receipts, metrics.</summary>
    None,

    /// <summary>The read bucket; 429 <c>rate_limit_exceeded</c>.</summary>
    Read,

    /// <summary>The read bucket; 429 with an empty body, as the detail of an approval has it.</summary>
    ReadDetail,

    /// <summary>The write bucket; 429 <c>rate_limit_exceeded</c>.</summary>
    Write,

    /// <summary>The write bucket; 429 <c>operator_throttled</c> with <c>Retry-After: 2</c>.</summary>
    Decision,
}
