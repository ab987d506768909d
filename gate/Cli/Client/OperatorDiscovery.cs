using System.Security.Cryptography;
using System.Text;
using LatchGate.Config;
using LatchGate.Pipeline;

namespace LatchGate.Cli.Client;

/// <summary>Finds out which operator is calling (reference/ops.md §1.3).</summary>
internal static class OperatorDiscovery
{
    private const int LargestPem = 16 * 1024;

    /// <summary>
    /// The client of operator <paramref name="name"/>, or of the only one configured. The key is <paramref name="pemFile"/>, or
    /// <c>LATCHGATE_OPERATOR_PRIVATE_KEY</c>, or <c>operators/NAME.pem</c> beside the configuration file.
    /// </summary>
    /// <exception cref="CliException">No operator, several without a choice, or a key that is not the configured one.</exception>
    internal static OperatorClient Open(GateConfig config, string? name, string? pemFile, ConfigEnvironment environment, TimeProvider time)
    {
        var credential = Choose(config, name);
        var pem = pemFile ?? environment.Variable("LATCHGATE_OPERATOR_PRIVATE_KEY");
        var file = pem is { Length: > 0 }
            ? Path.GetFullPath(pem, environment.CurrentDirectory)
            : Path.Combine(Path.GetDirectoryName(config.Source.File) ?? environment.ConfigDirectory, "operators", $"{credential.Name}.pem");
        var key = ReadKey(file);
        try
        {
            if (key.Thumbprint != credential.DpopJkt)
            {
                throw new CliException(
                    ExitCode.Error,
                    "operator_key_mismatch",
                    $"{file} is not the key that operator_credentials.{credential.Name}.dpop_jkt names.",
                    $"Name the right file with --operator-pem, or set dpop_jkt to {key.Thumbprint}.");
            }

            return new OperatorClient(config.ListenAdminUdsPath, config.PublicBaseUrl, credential.ReadApiKey(), key, time);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static OperatorConfig Choose(GateConfig config, string? name)
    {
        var all = config.OperatorCredentials;
        var names = string.Join(", ", all.Select(c => c.Name));
        return (name, all) switch
        {
            (_, []) => throw new CliException(
                ExitCode.Error,
                "no_operator",
                $"{config.Source.File ?? "The compiled configuration"} has no operator.",
                "Run 'latchgate up', or add an [operator_credentials.NAME] table."),
            (null, [var only]) => only,
            (null, _) => throw CliException.Usage($"Several operators are configured: {names}.", "Choose one with --operator NAME."),
            _ => all.FirstOrDefault(c => c.Name == name) ?? throw CliException.Usage($"There is no operator '{name}'.", $"Configured: {names}."),
        };
    }

    internal static DpopKey ReadKey(string file)
    {
        var bytes = PrivateFile.Read(file, "operator key", LargestPem, StartupError.ConfigValidationFailed);
        var text = new char[bytes.Length];
        try
        {
            var length = Encoding.UTF8.GetChars(bytes, text);
            return DpopKey.FromPem(text.AsSpan(0, length));
        }
        catch (CryptographicException e)
        {
            throw new CliException(ExitCode.Error, "operator_key_unusable", $"{file} is not a PKCS#8 PEM of a P-256 key.", "Name the right file with --operator-pem.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
            text.AsSpan().Clear();
        }
    }
}
