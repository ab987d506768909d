using System.Collections.Immutable;
using LatchGate.Actions;
using LatchGate.Identity;
using LatchGate.Learned;
using LatchGate.Pipeline;

namespace LatchGate.HostIo.Files;

/// <summary>The operator's bounds on all file actions: which directories can be roots, and which paths no action may touch.</summary>
/// <param name="Roots">Which directories a lease may name.</param>
/// <param name="DefaultRoot">The root of leases that name none, canonical; null refuses their file actions.</param>
/// <param name="Deny">Globs that win over every manifest (<see cref="PathRules.TryParseDeny"/>).</param>
internal sealed record FileBounds(FsRoots Roots, string? DefaultRoot, ImmutableArray<PathGlob> Deny)
{
    /// <summary>No root and so no file.</summary>
    internal static FileBounds Closed { get; } = new(new FsRoots([]), null, []);

    /// <summary>The root of a session; null where it has none.</summary>
    internal string? RootOf(CallSubject subject) => subject.FsRoot ?? DefaultRoot;

    /// <summary>An action's paths under these bounds.</summary>
    internal PathRules RulesOf(ActionSpec action, LearnedSnapshot learned) => learned.PathRulesOf(action) with { OperatorDeny = Deny };

    /// <summary>Why a directory cannot be the root of this call, now; null when it can.</summary>
    internal string? FaultOf(string? root) => root is null ? "no_root: the lease names no fs_root, and the gate has no default"
        : root != DefaultRoot && !Roots.Permits(root) ? "no_root: the session's root is not below a directory that the operator permits"
        : Roots.HoldsProtected(root) ? "no_root: the gate's own files lie below the session's root; work in a directory beside them"
        : null;
}
