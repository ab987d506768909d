namespace LatchGate.HostIo;

/// <summary>
/// One exchange as the streams below the HTTP client see it. The client lends its pooled connections out without saying for
/// which request, but it writes a request in the asynchronous flow of whoever sends it: that flow carries this object.
/// </summary>
/// <param name="secrets">What the connection writes instead of the marks in the client's texts.</param>
/// <param name="meter">Counts, and may slow down or end, what goes over the wire.</param>
internal sealed class WireExchange(SecretField[] secrets, TrafficMeter meter)
{
    private static readonly AsyncLocal<WireExchange?> Flow = new();

    /// <summary>The exchange of the current flow; null outside of <see cref="Enter"/>.</summary>
    internal static WireExchange? Current => Flow.Value;

    internal SecretField[] Secrets => secrets;

    internal TrafficMeter Meter => meter;

    /// <summary>Makes this the exchange of the current flow, until the asynchronous method that calls it ends.</summary>
    internal void Enter() => Flow.Value = this;
}
