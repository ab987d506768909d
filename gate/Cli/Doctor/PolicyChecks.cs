using LatchGate.Actions;
using LatchGate.Config;

namespace LatchGate.Cli.Doctor;

/// <summary>Whether the policy and its data can be loaded, and answer.</summary>
internal static class PolicyChecks
{
    internal static async Task RunAsync(Section section, GateConfig config, ActionRegistry actions, TimeProvider time)
    {
        try
        {
            using var policy = OfflinePolicy.Load(null, config, actions, time);
            if (await policy.IsHealthyAsync().ConfigureAwait(false))
            {
                section.Ok("policy", policy.OwnsData ? $"policy data {policy.PolicyVersion} can be used" : $"{config.OpaUrl} answers");
            }
            else
            {
                section.Error("policy", $"{config.OpaUrl} does not answer, so every call is refused", "Start that OPA, or correct opa_url.");
            }
        }
        catch (CliException e)
        {
            section.Error("policy", e.Message, e.Remedy ?? "");
        }
    }
}
