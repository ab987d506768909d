namespace LatchGate.Config;

/// <summary>
/// <c>[rate_limits]</c>: requests per second, 1 to 100000 each; as many may come at once. There is no "unlimited".
/// </summary>
/// <param name="ExecuteRpsPerSession"><c>execute_rps_per_session</c>: calls of one session. Default 20.</param>
/// <param name="ExecuteRpsAnonymous"><c>execute_rps_anonymous</c>: calls of one user that name no session. Default 5.</param>
/// <param name="ExecuteRpsPerPeer"><c>execute_rps_per_peer</c>: calls of one user of this machine, all its sessions together. Default 1000.</param>
/// <param name="LeaseRps"><c>lease_rps</c>: lease requests of one user, and of one principal. Default 50.</param>
/// <param name="OperatorReadRps"><c>operator_read_rps</c>: reads of one operator. Default 100.</param>
/// <param name="OperatorWriteRps"><c>operator_write_rps</c>: decisions and changes of one operator. Default 20.</param>
/// <param name="OperatorFailureRps">
/// <c>operator_failure_rps</c>: failed authentications of one user as an operator; ten seconds' worth may come at once. As many of a
/// user's, as an operator or as an agent, get an event each. Default 5.
/// </param>
public sealed record RateLimitsConfig(
    int ExecuteRpsPerSession,
    int ExecuteRpsAnonymous,
    int ExecuteRpsPerPeer,
    int LeaseRps,
    int OperatorReadRps,
    int OperatorWriteRps,
    int OperatorFailureRps)
{
    /// <summary>What applies where the file says nothing.</summary>
    public static RateLimitsConfig Default { get; } = new(20, 5, 1000, 50, 100, 20, 5);

    internal static RateLimitsConfig Read(ConfigTable table)
    {
        int Rate(string key, int fallback) => table.Integer(key, 1, 100_000) ?? fallback;

        var limits = new RateLimitsConfig(
            Rate("execute_rps_per_session", Default.ExecuteRpsPerSession),
            Rate("execute_rps_anonymous", Default.ExecuteRpsAnonymous),
            Rate("execute_rps_per_peer", Default.ExecuteRpsPerPeer),
            Rate("lease_rps", Default.LeaseRps),
            Rate("operator_read_rps", Default.OperatorReadRps),
            Rate("operator_write_rps", Default.OperatorWriteRps),
            Rate("operator_failure_rps", Default.OperatorFailureRps));
        table.RefuseUnknownKeys();
        return limits;
    }
}
