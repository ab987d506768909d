using LatchGate.Config;
using LatchGate.Pipeline;
using LatchGate.Secrets;
using LatchGate.Webhooks;

namespace LatchGate.Cli.Doctor;

/// <summary>The webhooks are judged as the gate judges them when it starts; nothing is looked up and nothing is sent.</summary>
internal static class WebhookChecks
{
    internal static void Run(Section section, GateConfig config, TimeProvider time)
    {
        if (config.Webhooks.IsEmpty)
        {
            section.Skip("webhooks", "none is configured");
            return;
        }

        // Where the store cannot be opened, another check says so.
        using var opened = config.Secrets.SopsSecretsFile is null ? null : OpenedSecrets.TryOpen(config.Secrets, out _);
        var ceiling = GateStartup.CeilingOf(config);
        foreach (var endpoint in config.Webhooks)
        {
            var check = "webhook_" + endpoint.Name;
            if (endpoint.Disabled)
            {
                section.Skip(check, "disabled");
            }
            else if (WebhookSetup.Problem(endpoint, ceiling, Has, time.GetUtcNow(), out var remedy) is { } problem)
            {
                section.Error(check, problem, remedy);
            }
            else
            {
                section.Ok(check, $"{endpoint.Format.ToWire()} to {endpoint.Target.Origin}");
            }
        }

        bool Has(string name)
        {
            if (opened is null)
            {
                return config.Secrets.SopsSecretsFile is not null;
            }

            var isThere = false;
            foreach (var known in opened.Values.Names)
            {
                isThere |= known == name;
            }

            return isThere;
        }
    }
}
