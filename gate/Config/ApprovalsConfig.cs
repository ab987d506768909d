namespace LatchGate.Config;

/// <summary><c>[approvals]</c>: calls that wait for an operator.</summary>
/// <param name="TtlSeconds"><c>ttl_seconds</c>: how long a call waits, 30 to 86400. Default 300. Silence denies.</param>
/// <param name="MaxPending"><c>max_pending</c>: calls that wait at once, 1 to 1000000. Default 10000.</param>
/// <param name="MaxPendingPerPrincipal"><c>max_pending_per_principal</c>: of one principal, 1 to 1000000. Default 1000.</param>
/// <param name="SeparateUid">
/// <c>separate_uid</c>: whether a decision to allow must come from another user id than the request. Default false: on a machine of one
/// person it is the same.
/// </param>
public sealed record ApprovalsConfig(int TtlSeconds, int MaxPending, int MaxPendingPerPrincipal, bool SeparateUid)
{
    /// <summary>The longest that a call may wait, in seconds.</summary>
    public const int LongestTtlSeconds = 86_400;

    /// <summary>What applies where the file says nothing.</summary>
    public static ApprovalsConfig Default { get; } = new(300, 10_000, 1000, SeparateUid: false);

    internal static ApprovalsConfig Read(ConfigTable table)
    {
        var approvals = new ApprovalsConfig(
            table.Integer("ttl_seconds", 30, LongestTtlSeconds) ?? Default.TtlSeconds,
            table.Integer("max_pending", 1, 1_000_000) ?? Default.MaxPending,
            table.Integer("max_pending_per_principal", 1, 1_000_000) ?? Default.MaxPendingPerPrincipal,
            table.Boolean("separate_uid") ?? Default.SeparateUid);
        table.RefuseUnknownKeys();
        return approvals;
    }
}
