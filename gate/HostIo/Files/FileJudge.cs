using LatchGate.Actions;
using LatchGate.Learned;

namespace LatchGate.HostIo.Files;

/// <summary>Whether an action may do something to a path, by text alone. Pure; nothing is opened.</summary>
internal static class FileJudge
{
    /// <summary>Judges one operation (reference/kernel.md §11.6: operation, then text, then deny globs, then allow globs).</summary>
    /// <param name="spec">The action's bounds.</param>
    /// <param name="rules">Its paths, learned ones included.</param>
    /// <param name="operation">Exactly one.</param>
    /// <param name="path">Relative to the session's root.</param>
    /// <returns>Null when it is permitted.</returns>
    internal static FileRefusal? Judge(FileSpec spec, PathRules rules, FileOperations operation, string path)
    {
        if ((spec.Operations & operation) == 0)
        {
            return new FileRefusal(FileFault.OperationNotAllowed, $"the action does not {Name(operation)} files");
        }

        return rules.Judge(path) switch
        {
            PathVerdict.Allowed => null,
            PathVerdict.Sensitive => new FileRefusal(FileFault.PathDenied, "the path leads to a place that holds credentials"),
            PathVerdict.Denied => new FileRefusal(FileFault.PathDenied, "a rule refuses the path"),
            PathVerdict.NotListed => new FileRefusal(FileFault.PathNotAllowed, "no rule of the action lists the path"),
            _ when PathText.Climbs(path) => new FileRefusal(FileFault.Traversal, "a segment of the path is '..'"),
            _ => new FileRefusal(FileFault.PathInvalid, "the path is not relative, or a segment is empty, too long, a dot, or has a character that names cannot have"),
        };
    }

    /// <summary>The word for an operation.</summary>
    internal static string Name(FileOperations operation) => operation switch
    {
        FileOperations.Read => "read",
        FileOperations.Create => "create",
        FileOperations.Overwrite => "overwrite",
        FileOperations.Delete => "delete",
        _ => "do this to",
    };
}
