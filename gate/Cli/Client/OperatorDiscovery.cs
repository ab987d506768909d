using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Identity;
using LatchGate.Pipeline;

namespace LatchGate.Cli.Client;

/// <summary>Finds out which operator is calling (reference/ops.md §1.3).</summary>
internal static class OperatorDiscovery
{
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
            var thumbprint = key.PublicKey.Thumbprint.ToString();
            if (thumbprint != credential.DpopJkt)
            {
                throw new CliException(
                    ExitCode.Error,
                    "operator_key_mismatch",
                    $"{file} is not the key that operator_credentials.{credential.Name}.dpop_jkt names.",
                    $"Name the right file with --operator-pem, or set dpop_jkt to {thumbprint}.");
            }

            return new OperatorClient(config.ListenAdminUdsPath, config.PublicBaseUrl, credential.ReadApiKey(), new DpopProofFactory(key, time));
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

    /// <summary>The operator's key.</summary>
    /// <exception cref="CliException">There is no such file.</exception>
    /// <exception cref="StartupException">The file is unsafe or holds no such key.</exception>
    internal static P256SigningKey ReadKey(string file) =>
        KeyFile.TryLoadP256(file, "operator", StartupError.ConfigValidationFailed)
        ?? throw new CliException(ExitCode.Error, "operator_key_unusable", $"{file} does not exist.", "Name the right file with --operator-pem.");
}
