using System.Buffers;
using System.Text;
using System.Text.Json;
using LatchGate.Actions;
using LatchGate.Cli.Client;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Pipeline;
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
    internal static IReadOnlyList<string> Complete(FirstRunLayout layout, ConfigEnvironment environment, IReadOnlyList<ActionSpec> actions)
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
            Create(layout.PolicyData, PolicyData(PrincipalOf(environment), actions), created);
            Create(layout.ConfigFile, Encoding.UTF8.GetBytes(FirstRunConfig.Text(layout, environment, PrincipalOf(environment), ThumbprintOf(layout.OperatorKey))), created);
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

    /// <summary>Grants the principal every compiled action; the policy's risk rule still holds high and critical ones for approval.</summary>
    private static ReadOnlySpan<byte> PolicyData(string principal, IReadOnlyList<ActionSpec> actions)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("policy_version", "v1");
            json.WriteStartObject("acl");
            json.WriteStartObject(principal);
            WriteSorted(json, "allowed_actions", actions.Select(action => action.Id));
            WriteSorted(json, "allowed_sinks", actions.SelectMany(action => action.SideEffects));
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan;
    }

    private static void WriteSorted(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static string ThumbprintOf(string pemFile)
    {
        using var key = OperatorDiscovery.ReadKey(pemFile);
        return key.PublicKey.Thumbprint.ToString();
    }
}
