using System.Collections.Immutable;
using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.HostIo.Files;
using LatchGate.Identity;
using LatchGate.Learned;

namespace LatchGate.Pipeline;

/// <summary>Turns the configuration into the operator's bounds on file actions, or says why the gate cannot have any.</summary>
internal static class FileStartup
{
    /// <summary>The operator's bounds on file actions.</summary>
    /// <exception cref="StartupException">
    /// The gate has file actions, and the kernel cannot keep their paths below a root; or <c>fs_root_path</c> cannot be a root.
    /// </exception>
    internal static FileBounds FilesOf(GateConfig config, ActionRegistry actions)
    {
        var roots = new FsRoots(config.FsRootAllowedPrefixes, OwnPaths(config));
        RequireOpenAt2(actions);
        return new FileBounds(roots, config.FsRootPath is { } path ? DefaultRoot(path, roots) : null, DeniedPathsOf(config));
    }

    /// <summary>The globs of paths that no action may touch.</summary>
    internal static ImmutableArray<PathGlob> DeniedPathsOf(GateConfig config)
    {
        var deny = ImmutableArray.CreateBuilder<PathGlob>(config.FsDeniedPaths.Length);
        foreach (var text in config.FsDeniedPaths)
        {
            // The reader of the configuration took it as one.
            if (PathRules.TryParseDeny(text, out var glob, out _))
            {
                deny.Add(glob);
            }
        }

        return deny.DrainToImmutable();
    }

    private static void RequireOpenAt2(ActionRegistry actions)
    {
        foreach (var action in actions.Actions)
        {
            if (action.Files is null)
            {
                continue;
            }

            using var root = LinuxFiles.OpenRoot("/", out var error);
            if (root is null)
            {
                throw new StartupException(
                    StartupError.FsRootOpenFailed,
                    $"The kernel refuses openat2 (error {error}), which keeps the paths of file actions such as '{action.Id}' below their root.",
                    "Run Linux 5.6 or later with a system call filter that permits openat2, or leave file actions out: actions = [...].");
            }

            return;
        }
    }

    // The operator's own choice: it need not lie below a permitted prefix.
    private static string DefaultRoot(string path, FsRoots roots)
    {
        if (FsRoots.CanonicalOf(path) is not { } canonical)
        {
            throw new StartupException(
                StartupError.FsRootOpenFailed, $"fs_root_path {path} is not a directory that can be read.", "Make it, or leave fs_root_path out.");
        }

        return roots.IsBlocked(canonical) || roots.HoldsProtected(canonical)
            ? throw new StartupException(
                StartupError.FsRootOpenFailed,
                $"fs_root_path {canonical} is a system directory, or the gate's own files lie in it or it in theirs.",
                "Name a directory that holds the agents' files alone.")
            : canonical;
    }

    // What an agent that may write files must never reach.
    private static string[] OwnPaths(GateConfig config)
    {
        List<string> own =
        [
            config.StateDir, config.LedgerDbPath, config.ReceiptSigningKeyPath, config.GrantSigningKeyPath, config.ApprovalsKeyPath, config.IssuerKeyPath,
            config.ReceiptKeysJwksPath, config.PolicyDataPath, config.ListenUdsPath, config.ListenAdminUdsPath, config.Retention.ArchiveDir,
        ];
        foreach (var path in new[]
        {
            config.Source.File, config.PolicyBundle, config.PolicyBundleKey, config.Secrets.SopsSecretsFile, config.Secrets.SopsKeyFile,
            config.EgressProxy.LiveAllowlistPath, config.ListenMetricsUdsPath,
        })
        {
            if (path is not null)
            {
                own.Add(path);
            }
        }

        foreach (var credential in config.OperatorCredentials)
        {
            if (credential.ApiKeyFile is { } file)
            {
                own.Add(file);
            }
        }

        return [.. own];
    }
}
