using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Pipeline;
using LatchGate.Secrets;
using LatchGate.Telemetry;

namespace LatchGate.Cli.Doctor;

/// <summary>Whether the secrets file opens, and has what actions need. Names alone are told.</summary>
internal static class SecretChecks
{
    internal static void Run(Section section, GateConfig config, ActionRegistry actions, TimeProvider time)
    {
        if (config.Secrets.SopsSecretsFile is not { } file)
        {
            section.Skip("secrets", "no sops_secrets_file is configured");
            Cover(section, [], actions);
            return;
        }

        try
        {
            using var store = SecretStore.Open(config.Secrets, new GateLog(TextWriter.Null, LogLevel.Error, time));
            section.Ok("secrets", $"{file}: {store.Names.Count} secrets open");
            Cover(section, store.Names, actions);
        }
        catch (StartupException e)
        {
            section.Error("secrets", e.Detail, e.Remedy);
        }
    }

    private static void Cover(Section section, IReadOnlyList<string> names, ActionRegistry actions)
    {
        var known = new HashSet<string>(names, StringComparer.Ordinal);
        foreach (var action in actions.Actions)
        {
            foreach (var secret in action.Secrets)
            {
                if (secret.Required && !known.Contains(secret.Name))
                {
                    section.Warn("secrets_coverage", $"{action.Id} needs the secret {secret.Name}, which is not there: its calls are refused", $"Add it with 'latchgate secrets set {secret.Name}', or leave the action out of actions.");
                }
            }
        }
    }
}
