namespace LatchGate.Config;

/// <summary><c>[limits]</c>: bounds of each HTTP server. Times are milliseconds from 100 to 600000.</summary>
/// <param name="MaxConnections"><c>max_connections</c>: connections at once, 1 to 65536. Default 1024.</param>
/// <param name="MaxConnectionsPerUid"><c>max_connections_per_uid</c>: of one user, 1 to 65536. Default 256.</param>
/// <param name="HeaderTimeoutMs"><c>header_timeout_ms</c>: from a request's first byte to the end of its headers. Default 10000.</param>
/// <param name="BodyTimeoutMs"><c>body_timeout_ms</c>: for the whole body. Default 30000.</param>
/// <param name="IdleTimeoutMs"><c>idle_timeout_ms</c>: between two requests of one connection. Default 60000.</param>
/// <param name="WriteTimeoutMs"><c>write_timeout_ms</c>: for the peer to take an answer. Default 10000.</param>
public sealed record LimitsConfig(
    int MaxConnections,
    int MaxConnectionsPerUid,
    int HeaderTimeoutMs,
    int BodyTimeoutMs,
    int IdleTimeoutMs,
    int WriteTimeoutMs)
{
    /// <summary>What applies where the file says nothing.</summary>
    public static LimitsConfig Default { get; } = new(1024, 256, 10_000, 30_000, 60_000, 10_000);

    internal static LimitsConfig Read(ConfigTable table)
    {
        const int MostConnections = 65536;
        const int ShortestMs = 100;
        const int LongestMs = 600_000;
        var limits = new LimitsConfig(
            table.Integer("max_connections", 1, MostConnections) ?? Default.MaxConnections,
            table.Integer("max_connections_per_uid", 1, MostConnections) ?? Default.MaxConnectionsPerUid,
            table.Integer("header_timeout_ms", ShortestMs, LongestMs) ?? Default.HeaderTimeoutMs,
            table.Integer("body_timeout_ms", ShortestMs, LongestMs) ?? Default.BodyTimeoutMs,
            table.Integer("idle_timeout_ms", ShortestMs, LongestMs) ?? Default.IdleTimeoutMs,
            table.Integer("write_timeout_ms", ShortestMs, LongestMs) ?? Default.WriteTimeoutMs);
        table.RefuseUnknownKeys();
        return limits;
    }
}
