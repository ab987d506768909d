using LatchGate.Config;
using LatchGate.Egress;
using LatchGate.Pipeline;
using LatchGate.Secrets;

namespace LatchGate.Webhooks;

/// <summary>Looks at the endpoints as the gate will: whether the operator's own bounds let them be reached, and whether their secrets are there.</summary>
internal static class WebhookSetup
{
    /// <summary>Refuses to start with an endpoint that nothing could ever be delivered to.</summary>
    /// <exception cref="StartupException"><see cref="StartupError.WebhookConfigInvalid"/>.</exception>
    internal static void Require(GateConfig config, EgressCeiling ceiling, ISecretSource secrets, DateTimeOffset now)
    {
        foreach (var endpoint in config.Webhooks)
        {
            if (!endpoint.Disabled && Problem(endpoint, ceiling, name => Has(secrets, name), now, out var remedy) is { } problem)
            {
                throw new StartupException(StartupError.WebhookConfigInvalid, $"The webhook '{endpoint.Name}' {problem}.", remedy);
            }
        }
    }

    /// <summary>What is wrong with an endpoint; null when nothing is.</summary>
    /// <param name="endpoint">Which.</param>
    /// <param name="ceiling">The operator's bounds.</param>
    /// <param name="hasSecret">Whether the store has a secret.</param>
    /// <param name="now">The time of the question.</param>
    /// <param name="remedy">What to do about it.</param>
    internal static string? Problem(WebhookConfig endpoint, EgressCeiling ceiling, Func<string, bool> hasSecret, DateTimeOffset now, out string remedy)
    {
        var question = new WebhookEndpoint(endpoint).Ask(ceiling, now);
        var verdict = EgressJudge.JudgeBeforeDns(in question, out var permit);

        // A name is looked up for each connection; what it means then is judged then.
        if (permit is not null && endpoint.Target.Address is { } literal)
        {
            verdict = EgressJudge.JudgeAddresses(permit, [literal], out _);
        }

        if (!verdict.Allowed)
        {
            remedy = verdict.Reason == EgressReason.PrivateTarget
                ? "Open its network in egress.private_cidrs, or give a public address."
                : "Let egress.deny and egress_runtime_allowlist permit it, or give another address.";
            return $"can never be reached at {endpoint.Target.Origin}: {verdict.Reason.Label()}";
        }

        foreach (var name in endpoint.SecretNames())
        {
            if (!hasSecret(name))
            {
                remedy = $"Set it with: latchgate secrets set {name}";
                return $"needs the secret '{name}', which the store does not have";
            }
        }

        remedy = "";
        return null;
    }

    private static bool Has(ISecretSource secrets, string name)
    {
        if (!secrets.TryOpen(name, out var lease))
        {
            return false;
        }

        lease.Dispose();
        return true;
    }
}
