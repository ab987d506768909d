using System.Text;
using LatchGate.Cli.Client;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Pipeline;
using LatchGate.Policy;
using LatchGate.Storage;

namespace LatchGate.Cli.FirstRun;

/// <summary>
/// Makes what a first run needs: keys, an operator, the policy's data, and last the configuration that names them. What exists is
/// left alone, so a run that was cut short is completed by the next, and a later run changes nothing.
/// </summary>
internal static class FirstRunSetup
{
    /// <summary>Makes what is missing and says which files were made.</summary>
    /// <exception cref="StartupException">A file cannot be written, or an existing operator key cannot be used.</exception>
    internal static IReadOnlyList<string> Complete(FirstRunLayout layout, ConfigEnvironment environment, FirstRunPlan plan)
    {
        if (File.Exists(layout.ConfigFile))
        {
            return [];
        }

        var created = new List<string>();
        try
        {
            foreach (var directory in new[] { layout.ConfigDirectory, layout.StateDirectory })
            {
                PrivateFile.EnsureDirectory(directory);
            }

            if (layout.ConfigDirectory == environment.LocalDirectory)
            {
                // Keeps the keys out of the project's history.
                Create(Path.Combine(layout.ConfigDirectory, ".gitignore"), "*\n"u8, created);
            }

            CreateSigningKey(layout.ReceiptKey, "receipt", created);
            CreateSigningKey(layout.GrantKey, "grant", created);
            CreateKey(layout.ApprovalsKey, () => KeyFile.LoadOrCreateSymmetric(layout.ApprovalsKey, "approvals", Approvals.PlanVault.KeySize), created);
            CreateEcKey(layout.IssuerKey, "issuer", StartupError.IssuerInitFailed, created);
            CreateEcKey(layout.OperatorKey, "operator", StartupError.ConfigValidationFailed, created);
            CreateApiKey(layout.OperatorApiKey, created);
            Create(layout.PolicyData, FirstRunPolicy.Text(plan), created);
            Create(layout.ConfigFile, Encoding.UTF8.GetBytes(FirstRunConfig.Text(layout, plan, ThumbprintOf(layout.OperatorKey))), created);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                StartupError.ConfigValidationFailed,
                $"The first-run files cannot be made in {layout.ConfigDirectory} and {layout.StateDirectory}: {e.Message}",
                "Make both writable, or run 'latchgate up --local' in a directory of your own.",
                e);
        }

        return created;
    }

    /// <summary>
    /// Puts the configuration and the policy data of an earlier run aside, as <c>FILE.bak</c>, so that <see cref="Complete"/> makes
    /// new ones. Keys and operators stay: receipts of before are still checked with them.
    /// </summary>
    /// <returns>The <c>policy_version</c> for the new data: receipts name it, so it never comes back with another meaning.</returns>
    /// <exception cref="StartupException">A file cannot be moved.</exception>
    internal static string PutAside(FirstRunLayout layout)
    {
        try
        {
            var version = File.Exists(layout.PolicyData) ? PolicyVersion.Next(VersionOf(layout.PolicyData)) : FirstRunPlan.FirstVersion;
            foreach (var file in new[] { layout.ConfigFile, layout.PolicyData })
            {
                if (File.Exists(file))
                {
                    AtomicFile.MoveOver(file, file + ".bak");
                }
            }

            return version;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                StartupError.ConfigValidationFailed,
                $"The files in {layout.ConfigDirectory} and {layout.StateDirectory} cannot be replaced: {e.Message}",
                "Make both writable.", e);
        }
    }

    // Data that no gate can load were never in a receipt.
    private static string VersionOf(string policyData)
    {
        try
        {
            return PolicyData.Parse(File.ReadAllBytes(policyData)).Version;
        }
        catch (StartupException)
        {
            return "";
        }
    }

    /// <summary>The principal of the user who runs <c>up</c>: <c>agent:USER</c>.</summary>
    internal static string PrincipalOf(ConfigEnvironment environment)
    {
        var isName = environment.UserName.Length is > 0 and <= 64 && environment.UserName.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
        return isName ? $"agent:{environment.UserName}" : $"agent:uid-{environment.UserId}";
    }

    private static void Create(string path, ReadOnlySpan<byte> content, List<string> created)
    {
        PrivateFile.EnsureDirectory(Path.GetDirectoryName(path)!);
        if (PrivateFile.TryCreate(path, content))
        {
            created.Add(path);
        }
    }

    // A key that is there already is checked all the same: better now than at the gate's start.
    private static void CreateSigningKey(string path, string kind, List<string> created) =>
        CreateKey(path, () => KeyFile.LoadOrCreateEd25519(path, kind), created);

    private static void CreateEcKey(string path, string kind, StartupError error, List<string> created) =>
        CreateKey(path, () => KeyFile.LoadOrCreateP256(path, kind, error), created);

    private static void CreateKey(string path, Func<IDisposable> loadOrCreate, List<string> created)
    {
        PrivateFile.EnsureDirectory(Path.GetDirectoryName(path)!);
        var isNew = !File.Exists(path);
        loadOrCreate().Dispose();
        if (isNew)
        {
            created.Add(path);
        }
    }

    private static void CreateApiKey(string path, List<string> created)
    {
        PrivateFile.EnsureDirectory(Path.GetDirectoryName(path)!);
        if (ApiKeyFile.TryCreate(path, "default"))
        {
            created.Add(path);
        }
    }

    internal static string ThumbprintOf(string pemFile)
    {
        using var key = OperatorDiscovery.ReadKey(pemFile);
        return key.PublicKey.Thumbprint.ToString();
    }
}
