using System.Collections.Immutable;
using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Egress;
using LatchGate.Evidence;
using LatchGate.HostIo.Files;
using LatchGate.Http;
using LatchGate.Identity;
using LatchGate.Learned;
using LatchGate.Sandbox;
using LatchGate.Telemetry;

namespace LatchGate.Pipeline;

/// <summary>The steps of starting: each turns a part of the configuration into a part of the gate, or says why it cannot.</summary>
internal static class GateStartup
{
    /// <summary>Refuses to start when a provider in this binary is not the code that the manifests pin.</summary>
    internal static void RequirePinnedProviders(ActionRegistry actions)
    {
        foreach (var action in actions.Actions)
        {
            if (SandboxModule.Find(action.ProviderName) is not { } module || module.Digest != action.ModuleDigest)
            {
                throw new StartupException(
                    StartupError.WasmModulesLoadFailed,
                    $"The provider '{action.ProviderName}' of action '{action.Id}' is not the module that its manifest pins.",
                    "Build the gate again: make gate.");
            }
        }
    }

    /// <summary>Says what the ledger's state means for the operator.</summary>
    internal static void Report(Ledger ledger, GateLog log)
    {
        if (!ledger.IsDurable)
        {
            log.Warn("ledger_not_durable", $"the ledger is on {ledger.FileSystem}, where a commit does not survive loss of power");
        }

        foreach (var intent in ledger.Read(static reader => reader.UnresolvedIntents()))
        {
            log.Warn("unresolved_intent", $"trace {intent.TraceId}, grant {intent.GrantId}, started {intent.StartedAt}: the effect may have happened, and no receipt says so");
        }
    }

    /// <summary>Says which protections are off.</summary>
    internal static void Report(PostureConfig posture, GateLog log)
    {
        if (posture.OperatorAuthInsecure)
        {
            log.Warn("posture_relaxed", "operator_auth_insecure: an operator's API key is enough, without a proof; every event carries dev_mode");
        }
    }

    internal static EgressCeiling CeilingOf(EgressConfig egress) => new()
    {
        PrivateCidrs = egress.PrivateCidrs,
        Nat64Prefixes = egress.Nat64Prefixes,
        Deny = egress.Deny,
        RuntimeAllowlist = egress.CeilingHosts,
        GateAddresses = [.. LocalAddresses.Enumerate()],
    };

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
            config.ReceiptKeysJwksPath, config.PolicyDataPath, config.ListenUdsPath, config.ListenAdminUdsPath,
        ];
        foreach (var path in new[] { config.Source.File, config.PolicyBundle, config.PolicyBundleKey })
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

    internal static PeercredMap PeersOf(IdentityConfig identity)
    {
        var peers = new Dictionary<uint, PeercredPrincipal>(identity.Principals.Count);
        foreach (var (uid, principal) in identity.Principals)
        {
            peers.Add(uid, new PeercredPrincipal(principal.Principal, principal.Scopes, principal.Owner));
        }

        return new PeercredMap(peers, identity.AllowUnmapped);
    }

    internal static IReadOnlyList<Identity.OperatorCredential> OperatorsOf(GateConfig config)
    {
        var operators = new List<Identity.OperatorCredential>(config.OperatorCredentials.Length);
        foreach (var credential in config.OperatorCredentials)
        {
            using var key = credential.ReadApiKey();
            if (!JwkThumbprint.TryParse(credential.DpopJkt.AsSpan(), out var thumbprint))
            {
                throw new StartupException(
                    StartupError.ConfigValidationFailed, $"dpop_jkt of {credential} is not a thumbprint.", "Give 43 characters of base64url without padding.");
            }

            operators.Add(new Identity.OperatorCredential(credential.Name, key.Span, thumbprint, credential.Role));
        }

        return operators;
    }

    internal static HttpLimits LimitsOf(LimitsConfig limits) => new()
    {
        Connections = limits.MaxConnections,
        ConnectionsPerUid = limits.MaxConnectionsPerUid,
        HeaderTimeout = TimeSpan.FromMilliseconds(limits.HeaderTimeoutMs),
        BodyTimeout = TimeSpan.FromMilliseconds(limits.BodyTimeoutMs),
        KeepAliveTimeout = TimeSpan.FromMilliseconds(limits.IdleTimeoutMs),
        WriteTimeout = TimeSpan.FromMilliseconds(limits.WriteTimeoutMs),
    };
}
