using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>Carries a connection's refusal through the HTTP client, whose connect callback can only answer with an exception.</summary>
internal sealed class EgressConnectException(EgressReason reason, Exception? inner = null) : IOException(reason.Label(), inner)
{
    internal EgressReason Reason { get; } = reason;

    /// <summary>Who refused.</summary>
    internal EgressLayer Layer { get; init; }
}
