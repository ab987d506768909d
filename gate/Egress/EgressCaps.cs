namespace LatchGate.Egress;

/// <summary>
/// How many bytes may pass under a rule, per principal and action, both directions together, headers included, as they are after TLS
/// (reference/egress.md C7). Null is no bound.
/// </summary>
/// <param name="BytesPerSecond">Bytes a second; passed by waiting, never by refusing.</param>
/// <param name="Burst">Bytes that may pass at once after a rest; null is one second's worth.</param>
/// <param name="BytesPerExecution">Bytes of one execution; once they are used up, its further requests are refused.</param>
/// <param name="BytesPerDay">Bytes of one UTC day; once they are used up, further requests are refused until midnight.</param>
public sealed record BandwidthCap(long? BytesPerSecond, long? Burst, long? BytesPerExecution, long? BytesPerDay);

/// <summary>
/// What model calls under a rule may use up, per principal and action (reference/egress.md C7). Reserved before a request, settled with what
/// the answer reports. Null is no bound.
/// </summary>
/// <param name="TokensPerExecution">Input and output tokens of one execution.</param>
/// <param name="TokensPerDay">Input and output tokens of one UTC day.</param>
/// <param name="MaxOutputTokens">Output tokens that one request may ask for.</param>
/// <param name="UsdMicrosPerDay">Millionths of a US dollar of one UTC day, by the operator's price table.</param>
public sealed record SpendCap(long? TokensPerExecution, long? TokensPerDay, long? MaxOutputTokens, long? UsdMicrosPerDay);
