using LatchGate.Config;

namespace LatchGate.Cli.FirstRun;

/// <summary>Where <c>latchgate up</c> keeps its files.</summary>
/// <param name="ConfigDirectory">Holds <c>latchgate.toml</c> and <c>operators/</c>.</param>
/// <param name="StateDirectory">Holds the ledger, <c>keys/</c> and <c>policies/</c>.</param>
internal sealed record FirstRunLayout(string ConfigDirectory, string StateDirectory)
{
    /// <summary>In the project when it has a <c>.latchgate</c> or wants one, else in the user's XDG directories.</summary>
    internal static FirstRunLayout Choose(ConfigEnvironment environment, bool local) =>
        local || Directory.Exists(environment.LocalDirectory)
            ? new FirstRunLayout(environment.LocalDirectory, Path.Combine(environment.LocalDirectory, "data"))
            : new FirstRunLayout(environment.ConfigDirectory, environment.StateDirectory);

    internal string ConfigFile => Path.Combine(ConfigDirectory, ConfigLocation.FileName);

    internal string OperatorKey => Path.Combine(ConfigDirectory, "operators", "default.pem");

    internal string OperatorApiKey => Path.Combine(ConfigDirectory, "operators", "default.key");

    internal string ReceiptKey => Path.Combine(StateDirectory, "keys", "receipt.key");

    internal string GrantKey => Path.Combine(StateDirectory, "keys", "grant.key");

    internal string ApprovalsKey => Path.Combine(StateDirectory, "keys", "approvals.key");

    internal string IssuerKey => Path.Combine(StateDirectory, "keys", "issuer.pem");

    internal string PolicyData => Path.Combine(StateDirectory, "policies", "data.json");
}
