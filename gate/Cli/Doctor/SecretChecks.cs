using System.Globalization;
using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Secrets;

namespace LatchGate.Cli.Doctor;

/// <summary>The secrets file is opened as the gate opens it, and compared with what the actions need; values are wiped unseen.</summary>
internal static class SecretChecks
{
    internal static void Run(Section section, GateConfig config, ActionRegistry actions)
    {
        if (config.Secrets.SopsSecretsFile is null)
        {
            section.Skip("secrets", "no secrets file is configured");
            Coverage(section, actions, [], isStored: false);
            return;
        }

        using var opened = OpenedSecrets.TryOpen(config.Secrets, out var problem);
        if (opened is null)
        {
            section.Error("secrets", $"{problem!.Code}: {problem.Detail}", problem.Remedy);
            return;
        }

        section.Ok("secrets", string.Create(CultureInfo.InvariantCulture, $"{config.Secrets.SopsSecretsFile}: {opened.Values.Names.Count} secrets"));
        foreach (var name in opened.Values.TooShort)
        {
            section.Warn("secret_too_short", $"'{name}' has fewer than {SecretValues.MinimumLength} bytes, so no action gets it", "Replace it by a longer one.");
        }

        Coverage(section, actions, opened.Values.Names, isStored: true);
    }

    // One finding, however many actions wait: a catalogue offers more than anybody has secrets for.
    private static void Coverage(Section section, ActionRegistry actions, IReadOnlyList<string> names, bool isStored)
    {
        var there = new HashSet<string>(names, StringComparer.Ordinal);
        var missing = new SortedSet<string>(StringComparer.Ordinal);
        var (needed, waiting, one) = (0, 0, "");
        foreach (var action in actions.Actions)
        {
            var isWaiting = false;
            foreach (var secret in action.Secrets)
            {
                needed++;
                if (secret.Required && !there.Contains(secret.Name))
                {
                    missing.Add(secret.Name);
                    isWaiting = true;
                }
            }

            (waiting, one) = isWaiting ? (waiting + 1, action.Id) : (waiting, one);
        }

        if (needed == 0)
        {
            section.Skip("secrets_coverage", "no action needs a secret");
        }
        else if (missing.Count == 0)
        {
            section.Ok("secrets_coverage", "every secret that an action needs is there");
        }
        else if (!isStored)
        {
            // A gate of its first day: nothing is wrong, and what waits is said.
            section.Skip(
                "secrets_coverage",
                string.Create(CultureInfo.InvariantCulture, $"{waiting} of {actions.Actions.Length} actions wait for secrets: begin with 'latchgate secrets init'"));
        }
        else
        {
            var who = waiting == 1 ? $"'{one}'" : string.Create(CultureInfo.InvariantCulture, $"{waiting} actions");
            section.Warn(
                "secrets_coverage",
                $"{who} cannot be called: there is no secret {string.Join(", ", missing)}",
                missing.Count == 1
                    ? $"Set it with: latchgate secrets set {missing.Min}"
                    : "Set those that you use with 'latchgate secrets set NAME', or name the actions that you use in 'actions' of the configuration.");
        }
    }
}
