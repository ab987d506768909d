namespace LatchGate.HostIo.Files;

/// <summary>Why a file operation was refused or failed: the cases of <c>fs-error</c> (providers/wit/io-fs.wit).</summary>
public enum FileFault
{
    /// <summary>It was done.</summary>
    None,

    /// <summary>The action's manifest does not list the operation.</summary>
    OperationNotAllowed,

    /// <summary>No rule lists the path.</summary>
    PathNotAllowed,

    /// <summary>A rule refuses the path, or it leads to a place that holds credentials.</summary>
    PathDenied,

    /// <summary>There is no such file, or no such directory to make one in.</summary>
    PathNotFound,

    /// <summary>It is not a relative path of plain segments.</summary>
    PathInvalid,

    /// <summary>A file that was to be created exists.</summary>
    AlreadyExists,

    /// <summary>The file or the content is over the action's bounds.</summary>
    TooLarge,

    /// <summary>A symbolic link or a mount stands in the way.</summary>
    SymlinkEscape,

    /// <summary>A segment is <c>..</c>.</summary>
    Traversal,

    /// <summary>It is no regular file, or a file with further names.</summary>
    SpecialFile,

    /// <summary>The file is not the one that was expected, or was changed meanwhile.</summary>
    Conflict,

    /// <summary>The request is malformed.</summary>
    InvalidContent,

    /// <summary>The operating system refused or failed.</summary>
    IoError,
}

/// <summary>A refusal or failure, with its reason in one sentence that names neither the root nor what a file holds.</summary>
internal readonly record struct FileRefusal(FileFault Fault, string Message);

/// <summary>Words of <see cref="FileFault"/>.</summary>
internal static class FileFaults
{
    /// <summary>The code that guests, callers and receipts see.</summary>
    internal static string Label(this FileFault fault) => fault switch
    {
        FileFault.None => "none",
        FileFault.OperationNotAllowed => "operation_not_allowed",
        FileFault.PathNotAllowed => "path_not_allowed",
        FileFault.PathDenied => "path_denied",
        FileFault.PathNotFound => "path_not_found",
        FileFault.PathInvalid => "path_invalid",
        FileFault.AlreadyExists => "already_exists",
        FileFault.TooLarge => "too_large",
        FileFault.SymlinkEscape => "symlink_escape",
        FileFault.Traversal => "traversal",
        FileFault.SpecialFile => "special_file",
        FileFault.Conflict => "conflict",
        FileFault.InvalidContent => "invalid_content",
        FileFault.IoError => "io_error",
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "Not a fault."),
    };

    /// <summary>Whether a rule refused it; else it was permitted and could not be done.</summary>
    internal static bool IsRefusal(this FileFault fault) => fault is FileFault.OperationNotAllowed or FileFault.PathNotAllowed or FileFault.PathDenied
        or FileFault.PathInvalid or FileFault.SymlinkEscape or FileFault.Traversal or FileFault.SpecialFile;
}
