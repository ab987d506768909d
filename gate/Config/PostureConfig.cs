namespace LatchGate.Config;

/// <summary>
/// <c>[posture]</c>: protections that the operator takes off, each by its own name. All false by default. With any of them every event
/// of the ledger carries <c>dev_mode</c>, and the log and the status name it.
/// </summary>
/// <param name="OperatorAuthInsecure">
/// <c>operator_auth_insecure</c>: an operator's API key is enough, without a DPoP proof. Whoever sees one request can then decide.
/// </param>
public sealed record PostureConfig(bool OperatorAuthInsecure)
{
    /// <summary>The keys that this build has.</summary>
    internal const string Keys = "operator_auth_insecure";

    /// <summary>Whether any protection is off.</summary>
    public bool IsRelaxed => OperatorAuthInsecure;

    internal static PostureConfig Read(ConfigTable table)
    {
        var posture = new PostureConfig(table.Boolean("operator_auth_insecure") ?? false);
        table.RefuseUnknownKeys($"This build takes off only: {Keys}.");
        return posture;
    }
}
