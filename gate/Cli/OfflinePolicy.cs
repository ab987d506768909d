using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Crypto;
using LatchGate.Pipeline;
using LatchGate.Policy;

namespace LatchGate.Cli;

/// <summary>The policy without a gate: what a gate with this configuration would load.</summary>
internal static class OfflinePolicy
{
    /// <summary>The actions that a gate with this configuration would offer.</summary>
    internal static ActionRegistry Actions(CliServices services, GateConfig config)
    {
        _ = Sha256Digest.TryParse(services.ManifestSetDigest(), out var digest);
        return ActionRegistry.Create([.. services.Actions()], digest, config.Actions);
    }

    /// <summary>The configured policy. With <paramref name="file"/>, that stands in its place: data in JSON, or a bundle (<c>.tar.gz</c>).</summary>
    /// <exception cref="CliException">No gate would start with it.</exception>
    internal static PolicyDecisionPoint Load(string? file, GateConfig config, ActionRegistry actions, TimeProvider time)
    {
        var isBundle = file is not null && (file.EndsWith(".tar.gz", StringComparison.Ordinal) || file.EndsWith(".tgz", StringComparison.Ordinal));
        try
        {
            return PolicyDecisionPoint.Open(
                file is null ? config
                    : isBundle ? config with { PolicyBundle = file, OpaUrl = null }
                    : config with { PolicyDataPath = file, OpaUrl = null },
                actions, time);
        }
        catch (StartupException e)
        {
            throw new CliException(
                ExitCode.Error, "policy_data_unusable", $"No gate would start with {file ?? "this policy"}: {e.Detail}", e.Remedy, e);
        }
    }
}
