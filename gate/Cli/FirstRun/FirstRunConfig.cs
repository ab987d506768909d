using System.Globalization;
using System.Text;

namespace LatchGate.Cli.FirstRun;

/// <summary>The commented configuration of a first run.</summary>
internal static class FirstRunConfig
{
    internal static string Text(FirstRunLayout layout, FirstRunPlan plan, string operatorJkt)
    {
        // Below the file, a path moves with it; elsewhere, it is absolute.
        string Relative(string path)
        {
            var relative = Path.GetRelativePath(layout.ConfigDirectory, path);
            return Quote(relative.StartsWith("..", StringComparison.Ordinal) ? path : relative);
        }

        return string.Create(CultureInfo.InvariantCulture, $"""
            # LatchGate's configuration (TOML 1.0), preset {plan.Selection.Preset.Name}. A key that the gate does not know stops it.
            # Paths are relative to this file. Environment variables (LATCHGATE_LEASE_TTL_SECONDS, …) win over it.

            # The gate's own files: ledger, keys, policy data.
            state_dir = {Relative(layout.StateDirectory)}
            receipt_signing_key_path = {Relative(layout.ReceiptKey)}
            grant_signing_key_path = {Relative(layout.GrantKey)}
            approvals_key_path = {Relative(layout.ApprovalsKey)}
            issuer_key_path = {Relative(layout.IssuerKey)}
            policy_data_path = {Relative(layout.PolicyData)}

            # What DPoP proofs name; nothing listens there.
            # public_base_url = "http://localhost:3000"

            # Life of a lease in seconds, 61 to 3600.
            # lease_ttl_seconds = 300

            # Only these actions; without the key, all that are compiled in ('latchgate actions').
            {Actions(plan)}

            [identity]
            provider = "peercred"

            # Who the users of this machine are to the gate. What a principal may do stands in the policy data.
            {Principals(plan)}
            # Who approves. The key file is operators/NAME.pem.
            [operator_credentials.default]
            api_key_file = {Relative(layout.OperatorApiKey)}
            dpop_jkt = {Quote(operatorJkt)}

            [egress]
            # Private networks that actions asking for private targets may reach.
            private_cidrs = []
            # Hosts that no action may reach.
            deny = []
            # The only hosts that any action may reach; without the key, what the actions' manifests say.
            # ceiling_hosts = ["api.github.com", ".example.com"]

            """);
    }

    private static string Actions(FirstRunPlan plan)
    {
        if (plan.Selection.IsWhole)
        {
            return "# actions = [\"http_fetch\"]";
        }

        var text = new StringBuilder("actions = [");
        foreach (var action in plan.Selection.Actions)
        {
            text.Append("\n    ").Append(Quote(action.Id)).Append(',');
        }

        return text.Append(plan.Selection.Actions.Count > 0 ? "\n]" : "]").ToString();
    }

    private static string Principals(FirstRunPlan plan)
    {
        var text = new StringBuilder();
        foreach (var principal in plan.Principals)
        {
            if (principal.UserId is { } user)
            {
                text.Append("[identity.peercred.principals.").Append(user.ToString(CultureInfo.InvariantCulture))
                    .Append("]\nprincipal = ").Append(Quote(principal.Name)).Append("\nscopes = [\"tools:call\"]\n\n");
            }
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>A TOML basic string.</summary>
    internal static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                _ when char.IsControl(c) => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }
}
