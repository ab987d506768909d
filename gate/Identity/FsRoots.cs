using System.Collections.Frozen;

namespace LatchGate.Identity;

/// <summary>Why a lease's <c>fs_root</c> is refused.</summary>
public enum FsRootFault
{
    /// <summary>It is permitted.</summary>
    None,

    /// <summary>It is empty, relative, missing, unreadable, or no directory.</summary>
    Invalid,

    /// <summary>It is a system directory, or not below a permitted one.</summary>
    Denied,
}

/// <summary>
/// Checks the directory that a lease request names as its root for file actions (reference/wire.md §3.5). Clients send their
/// working directory with every lease, whether or not they mean to use files.
/// </summary>
/// <param name="allowedPrefixes">Absolute directories; a root is one of them or below one. None permits nothing.</param>
public sealed class FsRoots(IReadOnlyList<string> allowedPrefixes)
{
    // Never a root themselves, whatever the prefixes say; directories below them may be.
    private static readonly FrozenSet<string> Blocked = FrozenSet.ToFrozenSet(
    [
        "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/proc", "/root", "/run", "/sbin", "/snap",
        "/srv", "/sys", "/tmp", "/usr", "/var",
    ]);

    private readonly string[] _prefixes = [.. allowedPrefixes.Select(Canonical).OfType<string>()];

    /// <summary>Checks <paramref name="root"/> and replaces it by its canonical path, symbolic links resolved.</summary>
    public FsRootFault Admit(ref string root)
    {
        if (!Path.IsPathFullyQualified(root) || root.Contains('\0', StringComparison.Ordinal) || Canonical(root) is not { } canonical)
        {
            return FsRootFault.Invalid;
        }

        root = canonical;
        if (Blocked.Contains(canonical))
        {
            return FsRootFault.Denied;
        }

        foreach (var prefix in _prefixes)
        {
            if (canonical == prefix || canonical.StartsWith(prefix + "/", StringComparison.Ordinal))
            {
                return FsRootFault.None;
            }
        }

        return FsRootFault.Denied;
    }

    // The path with every symbolic link resolved; null when it is not a directory that can be listed.
    private static string? Canonical(string path)
    {
        try
        {
            var resolved = "/";
            foreach (var part in Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                var next = new DirectoryInfo(Path.Combine(resolved, part));
                resolved = next.ResolveLinkTarget(returnFinalTarget: true) is { } target ? Canonical(target.FullName) ?? "" : next.FullName;
                if (resolved.Length == 0 || !Directory.Exists(resolved))
                {
                    return null;
                }
            }

            using var entries = Directory.EnumerateFileSystemEntries(resolved).GetEnumerator();
            entries.MoveNext();
            return resolved;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be looked at is not a usable root; the caller says so.
            return null;
        }
    }
}
