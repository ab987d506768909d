using LatchGate.Crypto;
using LatchGate.Pipeline;
using LatchGate.Storage;

namespace LatchGate.Config;

/// <summary>
/// Checks, before anything is opened, that the files that the gate needs are there and those it makes can be made. The sockets'
/// directories are checked when the sockets are bound.
/// </summary>
public static class StartupPaths
{
    /// <summary>Makes missing directories (mode 0700) and checks keys and policy data.</summary>
    /// <exception cref="StartupException">A path is missing, unwritable, or readable by others.</exception>
    public static void Check(GateConfig config)
    {
        Writable(config.StateDir, StartupError.StateDbOpenFailed, "state_dir");
        Writable(Parent(config.LedgerDbPath), StartupError.LedgerOpenFailed, "the directory of ledger_db_path");
        Writable(Parent(config.ReceiptKeysJwksPath), StartupError.SigningKeyFailed, "the directory of receipt_keys_jwks_path");
        Writable(Parent(config.ApprovalsKeyPath), StartupError.SigningKeyFailed, "the directory of approvals_key_path");
        Key(config.ReceiptSigningKeyPath, "receipt key", StartupError.SigningKeyFailed, Ed25519.SeedSize);
        Key(config.GrantSigningKeyPath, "grant key", StartupError.SigningKeyFailed, Ed25519.SeedSize);
        Key(config.IssuerKeyPath, "issuer key", StartupError.IssuerInitFailed, null);
        // A bundle may bring its data along, and an OPA elsewhere has its own.
        if (config.PolicyBundle is null && config.OpaUrl is null && !File.Exists(config.PolicyDataPath))
        {
            throw new StartupException(
                StartupError.PolicyLoadFailed,
                $"The policy data {config.PolicyDataPath} does not exist.",
                "Restore it, or set policy_data_path; 'latchgate up' makes one only where there is no configuration yet.");
        }
    }

    private static string Parent(string path) => Path.GetDirectoryName(path) ?? "/";

    private static void Writable(string directory, StartupError error, string what)
    {
        try
        {
            PrivateFile.EnsureDirectory(directory);
            // Asking the kernel beats reading mode bits: ACLs, read-only mounts and root are its business.
            var probe = Path.Combine(directory, $".probe-{Environment.ProcessId}");
            using (File.Create(probe, 1, FileOptions.DeleteOnClose))
            {
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(error, $"{directory} ({what}) cannot be written: {e.Message}", "Let the gate's user own it, or configure another path.", e);
        }
    }

    private static void Key(string path, string what, StartupError error, int? length)
    {
        if (!File.Exists(path))
        {
            throw new StartupException(error, $"The {what} {path} does not exist.", "Restore it, or name an existing one; 'latchgate up' makes keys only where there is no configuration yet.");
        }

        PrivateFile.RequireOwnersAlone(path, what, error);
        if (length is { } wanted && new FileInfo(path).Length is var actual && actual != wanted)
        {
            throw new StartupException(error, $"The {what} {path} has {actual} bytes instead of {wanted}.", "Restore the file: it is a raw seed without header.");
        }
    }
}
