using LatchGate.Actions;
using LatchGate.HostIo.Files;
using LatchGate.Learned;

namespace LatchGate.Pipeline;

/// <summary>
/// Judges a file task's operation, path and root before anything is spent on it. The host judges again what the provider asks for, and
/// opens nothing outside of the root (reference/kernel.md §3.1, step 5b).
/// </summary>
internal sealed class FilePrecheck(FileBounds bounds)
{
    /// <summary>For a gate without a root.</summary>
    internal static FilePrecheck Closed { get; } = new(FileBounds.Closed);

    /// <summary>The paths of an action, as of one snapshot.</summary>
    internal PathRules RulesOf(ActionSpec action, LearnedSnapshot learned) => action.Files is null ? PathRules.Closed : bounds.RulesOf(action, learned);

    /// <summary>The subject with the root that its file actions have: the lease's, or the operator's.</summary>
    internal CallSubject Rooted(ActionSpec action, CallSubject subject) => action.Files is null ? subject : subject with { FsRoot = bounds.RootOf(subject) };

    /// <summary>Judges a task; nothing is wrong with one of an action without files.</summary>
    /// <param name="action">The action.</param>
    /// <param name="rules">Its paths, learned ones included.</param>
    /// <param name="task">What the provider will get.</param>
    /// <param name="subject">Who asks, with its root.</param>
    /// <param name="unlisted">The path, if it is refused only for being unlisted and the action permits learning: policy then asks a human.</param>
    /// <returns>Why it is refused; null when it is not, or when <paramref name="unlisted"/> is set.</returns>
    internal Denial? Judge(ActionSpec action, PathRules rules, ResolvedTask task, CallSubject subject, out string? unlisted)
    {
        unlisted = null;
        if (action.Files is not { } files)
        {
            return null;
        }

        if (!task.TryGetPath(out var path))
        {
            return Denied(new FileRefusal(FileFault.PathInvalid, "the task names no path"));
        }

        if (FileJudge.Judge(files, rules, task.FileOperation, path) is { } refusal)
        {
            if (refusal.Fault != FileFault.PathNotAllowed || !files.AllowLearning)
            {
                return Denied(refusal);
            }

            unlisted = path;
        }

        if (bounds.FaultOf(subject.FsRoot) is not { } fault)
        {
            return null;
        }

        unlisted = null;
        return new Denial(GateFailure.FileDenied, fault, "no_root");
    }

    /// <summary>The denial for a file operation that was refused, or that failed.</summary>
    internal static Denial Denied(FileRefusal refusal)
    {
        var word = refusal.Fault.Label();
        return new Denial(refusal.Fault.IsRefusal() ? GateFailure.FileDenied : GateFailure.FileFailed, $"{word}: {refusal.Message}", word)
        {
            Status = refusal.Fault == FileFault.IoError ? 502 : null,
        };
    }
}
