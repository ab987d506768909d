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
/// <param name="protectedPaths">The gate's own directories and files: no root lies within one. Null for none.</param>
public sealed class FsRoots(IReadOnlyList<string> allowedPrefixes, IReadOnlyList<string>? protectedPaths = null)
{
    // Never a root themselves, whatever the prefixes say; directories below them may be.
    private static readonly FrozenSet<string> Blocked = FrozenSet.ToFrozenSet(
    [
        "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/proc", "/root", "/run", "/sbin", "/snap",
        "/srv", "/sys", "/tmp", "/usr", "/var",
    ]);

    private readonly string[] _prefixes = [.. allowedPrefixes.Select(Canonical).OfType<string>()];
    private readonly string[] _protected = [.. (protectedPaths ?? []).Select(Protected)];

    /// <summary>Checks <paramref name="root"/> and replaces it by its canonical path, symbolic links resolved.</summary>
    public FsRootFault Admit(ref string root)
    {
        if (!Path.IsPathFullyQualified(root) || root.Contains('\0', StringComparison.Ordinal) || Canonical(root) is not { } canonical)
        {
            return FsRootFault.Invalid;
        }

        root = canonical;
        return Permits(canonical) ? FsRootFault.None : FsRootFault.Denied;
    }

    /// <summary>Whether a canonical path may be a root under the bounds of now. Nothing is looked up.</summary>
    internal bool Permits(string canonical)
    {
        if (IsBlocked(canonical))
        {
            return false;
        }

        foreach (var prefix in _prefixes)
        {
            if (IsWithin(canonical, prefix))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a directory is never a root, whatever is configured: a system's directory, or within the gate's own.</summary>
    internal bool IsBlocked(string canonical)
    {
        foreach (var own in _protected)
        {
            if (IsWithin(canonical, own))
            {
                return true;
            }
        }

        return Blocked.Contains(canonical);
    }

    /// <summary>
    /// Whether file actions below a root could reach the gate's own files. A lease may name such a root, as clients send whatever directory
    /// they work in; it is good for everything but files. What no path rule ever opens (<see cref="Learned.SensitiveNames"/>) is out of reach.
    /// </summary>
    internal bool HoldsProtected(string canonical)
    {
        foreach (var own in _protected)
        {
            if (own != canonical && IsWithin(own, canonical)
                && !Learned.SensitiveNames.Touches(own[(canonical.Length + 1)..].Split('/')))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The path of a directory with every symbolic link resolved; null when it is none that can be listed.</summary>
    internal static string? CanonicalOf(string path) => Canonical(path);

    // A file, and what does not exist yet, by its directory.
    private static string Protected(string path) =>
        Canonical(path) ?? Path.Combine(Canonical(Path.GetDirectoryName(path) ?? "/") ?? Path.GetDirectoryName(path) ?? "/", Path.GetFileName(path));

    private static bool IsWithin(string path, string directory) =>
        path == directory || path.StartsWith(directory == "/" ? directory : directory + "/", StringComparison.Ordinal);

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
