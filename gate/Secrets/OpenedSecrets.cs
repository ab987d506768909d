using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Secrets.Age;
using LatchGate.Secrets.Sops;

namespace LatchGate.Secrets;

/// <summary>A secrets file as it was read: its values and, where the gate opened it itself, what is needed to change one.</summary>
internal sealed class OpenedSecrets : IDisposable
{
    private OpenedSecrets(SecretValues values, SopsFile? file, SecureMemory? dataKey, byte[] text) => (Values, File, DataKey, Text) = (values, file, dataKey, text);

    /// <summary>The values.</summary>
    internal SecretValues Values { get; }

    /// <summary>The file; null where the sops program opened it.</summary>
    internal SopsFile? File { get; }

    /// <summary>Its data key; null likewise.</summary>
    internal SecureMemory? DataKey { get; }

    /// <summary>The encrypted file.</summary>
    internal byte[] Text { get; }

    /// <summary>Reads, decrypts and checks the configured file.</summary>
    /// <param name="config">Which file, and which key.</param>
    /// <param name="problem">Why it was not opened.</param>
    /// <returns>The secrets; null with the problem.</returns>
    internal static OpenedSecrets? TryOpen(SecretsConfig config, out SecretProblem? problem)
    {
        if (config.SopsSecretsFile is not { } path)
        {
            problem = new SecretProblem(SecretFault.SecretsNotConfigured, "No secrets file is configured.", "Make one with 'latchgate secrets init', or name one with sops_secrets_file.");
            return null;
        }

        problem = SecretPaths.TryReadSecrets(path, out var text, out _);
        if (problem is not null)
        {
            return null;
        }

        if (SopsFile.FormatOf(path) is not { } format)
        {
            problem = new SecretProblem(SecretFault.SecretsFormatUnknown, $"The name of the secrets file {path} tells no format.", "Let it end in .yaml, .yml, .json or .env.");
            return null;
        }

        if (!SopsFile.TryParse(text!, format, out var file, out problem))
        {
            return null;
        }

        var identities = new List<AgeIdentity>();
        try
        {
            problem = ReadIdentities(config, identities);
            return problem is null ? TryDecrypt(config, file, identities, out problem) : null;
        }
        finally
        {
            foreach (var identity in identities)
            {
                identity.Dispose();
            }
        }
    }

    /// <summary>Reads the configured identities.</summary>
    /// <param name="config">Where they are.</param>
    /// <param name="identities">Takes them; the caller disposes each.</param>
    internal static SecretProblem? ReadIdentities(SecretsConfig config, List<AgeIdentity> identities)
    {
        if (config.InlineKeys is { } inline)
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(inline);
            var problem = AgeKeyText.Read(bytes, "SOPS_AGE_KEY", identities);
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
            if (problem is not null)
            {
                return problem;
            }
        }

        // A file for other key services alone needs none.
        if (config.SopsKeyFile is not { } path)
        {
            return null;
        }

        if (SecretPaths.TryReadKey(path, out var key, out var length) is { } refusal)
        {
            return refusal;
        }

        using (key)
        {
            return AgeKeyText.Read(key!.Span[..length], $"The key file {path}", identities);
        }
    }

    /// <summary>Wipes the values and the key.</summary>
    public void Dispose()
    {
        Values.Dispose();
        DataKey?.Dispose();
    }

    private static OpenedSecrets? TryDecrypt(SecretsConfig config, SopsFile file, List<AgeIdentity> identities, out SecretProblem? problem)
    {
        var dataKey = file.TryOpen(identities, out problem);
        if (dataKey is null)
        {
            if (problem!.Fault != SecretFault.SopsBinaryNeeded || config.SopsBinary is null)
            {
                return null;
            }

            var printed = SopsProgram.TryDecrypt(config, out problem);
            return printed is null ? null : new OpenedSecrets(printed, null, null, file.Text);
        }

        var values = new SecretValues(file.Text.Length);
        problem = file.Decrypt(dataKey.Span, values);
        if (problem is null)
        {
            return new OpenedSecrets(values, file, dataKey, file.Text);
        }

        values.Dispose();
        dataKey.Dispose();
        return null;
    }
}
