using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Pipeline;
using LatchGate.Policy;

namespace LatchGate.Cli;

/// <summary>The policy without a gate: what a gate would load from these files.</summary>
internal static class OfflinePolicy
{
    /// <summary>The actions that a gate with this configuration would offer.</summary>
    internal static ActionRegistry Actions(CliServices services, GateConfig config)
    {
        _ = Sha256Digest.TryParse(services.ManifestSetDigest(), out var digest);
        return ActionRegistry.Create([.. services.Actions()], digest, config.Actions);
    }

    /// <summary>The built-in policy with the data document in <paramref name="file"/>.</summary>
    /// <exception cref="CliException">No gate would start with it.</exception>
    internal static PolicyEngine Load(string file, ActionRegistry actions)
    {
        try
        {
            var data = new PolicyDataFile(file).Read();
            return PolicyData.Parse(data).RiskyForAll(actions) is not { } risky
                ? PolicyEngine.LoadBuiltIn(data)
                : throw Unusable(file, $"It lets everybody ('*') run '{risky}', whose risk demands a human.", null);
        }
        catch (StartupException e)
        {
            throw Unusable(file, e.Detail, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(file, e.Message, e);
        }
    }

    private static CliException Unusable(string file, string why, Exception? inner) =>
        new(ExitCode.Error, "policy_data_unusable", $"No gate would start with {file}: {why}", "Correct the file, or name another.", inner);
}
