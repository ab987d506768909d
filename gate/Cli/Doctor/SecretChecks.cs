using System.Globalization;
using LatchGate.Actions;
using LatchGate.Config;
using LatchGate.Secrets;

namespace LatchGate.Cli.Doctor;

/// <summary>The secrets file is opened as the gate opens it, and compared with what the actions need; values are wiped unseen.</summary>
internal static class SecretChecks
{
    private const int Shown = 3;

    internal static void Run(Section section, GateConfig config, ActionRegistry actions)
    {
        if (config.Secrets.SopsSecretsFile is null)
        {
            section.Skip("secrets", "no secrets file is configured");
            Coverage(section, actions, []);
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

        Coverage(section, actions, opened.Values.Names);
    }

    private static void Coverage(Section section, ActionRegistry actions, IReadOnlyList<string> names)
    {
        var needed = 0;
        var missing = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var action in actions.Actions)
        {
            foreach (var secret in action.Secrets)
            {
                needed++;
                var isThere = false;
                foreach (var name in names)
                {
                    isThere |= name == secret.Name;
                }

                if (!isThere && secret.Required)
                {
                    if (missing.TryGetValue(secret.Name, out var waiting))
                    {
                        waiting.Add(action.Id);
                    }
                    else
                    {
                        missing.Add(secret.Name, [action.Id]);
                    }
                }
            }
        }

        // One for each secret: many actions share one.
        foreach (var (name, waiting) in missing)
        {
            var first = string.Join("', '", waiting.GetRange(0, Math.Min(waiting.Count, Shown)));
            var more = waiting.Count > Shown ? string.Create(CultureInfo.InvariantCulture, $" and {waiting.Count - Shown} more") : "";
            section.Warn(
                "secrets_coverage", $"'{first}'{more} cannot be called: there is no secret '{name}'", $"Set it with: latchgate secrets set {name}");
        }

        if (needed == 0)
        {
            section.Skip("secrets_coverage", "no action needs a secret");
        }
        else if (missing.Count == 0)
        {
            section.Ok("secrets_coverage", "every secret that an action needs is there");
        }
    }
}
