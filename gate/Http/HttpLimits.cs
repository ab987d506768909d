namespace LatchGate.Http;

/// <summary>Bounds of what one listener takes. Times are real time; a time-out fires up to two <see cref="SweepInterval"/>s late, never early.</summary>
public sealed record HttpLimits
{
    /// <summary>Bytes of the request line without its CR LF; 64 to 65,536. Over: 414.</summary>
    public int RequestLineBytes { get; init; } = 8 * 1024;

    /// <summary>Bytes of all header lines with their line ends, and likewise of all trailers; 64 to 1,048,576. Over: 431.</summary>
    public int HeaderSectionBytes { get; init; } = 32 * 1024;

    /// <summary>Header lines; 1 to 1,000. Over: 431.</summary>
    public int HeaderCount { get; init; } = 100;

    /// <summary>Bytes of the decoded body; 0 to 1,073,741,824. Over: 413 and the connection closes.</summary>
    public int BodyBytes { get; init; } = 1024 * 1024;

    /// <summary>Open connections; 1 to 1,048,576. Over: 503 and the connection closes.</summary>
    public int Connections { get; init; } = 1024;

    /// <summary>Open connections of one peer uid; 1 to <see cref="Connections"/> to have an effect. Over: 503 and the connection closes.</summary>
    public int ConnectionsPerUid { get; init; } = 256;

    /// <summary>From the first byte of a request to the end of its headers. Over: 408.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the handler asking for the body to its last byte. Over: 408.</summary>
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may wait for the first byte of a request. Over: closed without an answer.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the peer may take to accept a whole response. Over: closed.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long input is still read and dropped after a refusal, so that the peer gets to read the answer.</summary>
    public TimeSpan LingerTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often deadlines are looked at; 1 ms to 10 s.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    internal void Validate()
    {
        Within(RequestLineBytes, 64, 64 * 1024, nameof(RequestLineBytes));
        Within(HeaderSectionBytes, 64, 1024 * 1024, nameof(HeaderSectionBytes));
        Within(HeaderCount, 1, 1000, nameof(HeaderCount));
        Within(BodyBytes, 0, 1 << 30, nameof(BodyBytes));
        Within(Connections, 1, 1 << 20, nameof(Connections));
        Within(ConnectionsPerUid, 1, 1 << 20, nameof(ConnectionsPerUid));
        Within(SweepInterval, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10), nameof(SweepInterval));
        foreach (var timeout in (ReadOnlySpan<TimeSpan>)[HeaderTimeout, BodyTimeout, KeepAliveTimeout, WriteTimeout, LingerTimeout])
        {
            Within(timeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1), "timeout");
        }
    }

    private static void Within<T>(T value, T least, T most, string name) where T : IComparable<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most, name);
    }
}
