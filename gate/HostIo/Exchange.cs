using LatchGate.Egress;

namespace LatchGate.HostIo;

/// <summary>One header field as sent or received.</summary>
/// <param name="Name">A token; of a response in lower case.</param>
/// <param name="Value">Of a request printable ASCII, of a response ISO 8859-1 (RFC 9110 §5.5).</param>
public readonly record struct HeaderField(string Name, string Value);

/// <summary>What goes over the wire beside the route.</summary>
/// <param name="Method">One of <see cref="HttpMethods.IsKnown"/>.</param>
/// <param name="Headers">Checked and filtered.</param>
/// <param name="Body">Null when there is none.</param>
internal sealed record OutboundRequest(string Method, IReadOnlyList<HeaderField> Headers, ReadOnlyMemory<byte>? Body);

/// <summary>How one exchange ended.</summary>
/// <param name="Reason"><see cref="EgressReason.Allowed"/> when the whole response is here.</param>
/// <param name="Status">HTTP status; null when none came.</param>
/// <param name="Headers">Response headers, unfiltered, names in lower case; repeated ones repeat.</param>
/// <param name="Body">The raw body; empty when <paramref name="Reason"/> refuses it.</param>
internal readonly record struct Exchange(EgressReason Reason, int? Status, IReadOnlyList<HeaderField> Headers, ReadOnlyMemory<byte> Body)
{
    internal static Exchange Failed(EgressReason reason, int? status = null) => new(reason, status, [], default);
}

/// <summary>Performs one exchange over a judged route. Never follows a redirect.</summary>
internal interface IHttpTransport
{
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    ValueTask<Exchange> SendAsync(JudgedRoute route, OutboundRequest request, EgressLimits limits, CancellationToken cancellation);
}
