using System.Collections.Immutable;
using LatchGate.Egress;
using LatchGate.Secrets;

namespace LatchGate.HostIo;

/// <summary>One header field as sent or received.</summary>
/// <param name="Name">A token; of a response in lower case.</param>
/// <param name="Value">Of a request printable ASCII, of a response ISO 8859-1 (RFC 9110 §5.5).</param>
public readonly record struct HeaderField(string Name, string Value);

/// <summary>What goes over the wire beside the route.</summary>
/// <param name="Method">One of <see cref="HttpMethods.IsKnown"/>.</param>
/// <param name="Headers">Checked and filtered.</param>
/// <param name="Body">Null when there is none.</param>
internal sealed record OutboundRequest(string Method, IReadOnlyList<HeaderField> Headers, ReadOnlyMemory<byte>? Body)
{
    /// <summary>Headers of the guest's that are not sent, but could meet a credential of the gate's.</summary>
    internal IReadOnlyList<HeaderField> Withheld { get; init; } = [];

    /// <summary>Names of all headers of the guest's that are not sent, in lower case.</summary>
    internal ImmutableArray<string> Stripped { get; init; } = [];

    /// <summary>Path and query with a credential in it; null where the target's own are sent.</summary>
    internal string? SentPath { get; init; }

    /// <summary>Secrets whose marks stand in headers or path.</summary>
    internal SecretField[] Secrets { get; init; } = [];

    /// <summary>Counts what goes over the wire.</summary>
    internal TrafficMeter? Meter { get; init; }

    /// <summary>Hides secrets where the response is cut.</summary>
    internal SecretRedactor? Redactor { get; init; }

    /// <summary>Whether a response whose body does not come in time still counts by its status.</summary>
    internal bool HeadCounts { get; init; }
}

/// <summary>How one exchange ended.</summary>
/// <param name="Reason"><see cref="EgressReason.Allowed"/> when the whole response is here.</param>
/// <param name="Status">HTTP status; null when none came.</param>
/// <param name="Headers">Response headers, unfiltered, names in lower case; repeated ones repeat.</param>
/// <param name="Body">The body, decoded; empty when <paramref name="Reason"/> refuses it.</param>
internal readonly record struct Exchange(EgressReason Reason, int? Status, IReadOnlyList<HeaderField> Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>Whether the body was cut at its limit.</summary>
    internal bool Truncated { get; init; }

    /// <summary>Who decided.</summary>
    internal EgressLayer Layer { get; init; }

    internal static Exchange Failed(EgressReason reason, int? status = null, EgressLayer layer = EgressLayer.Kernel) =>
        new(reason, status, [], default) { Layer = layer };
}

/// <summary>Performs one exchange over a judged route. Never follows a redirect.</summary>
internal interface IHttpTransport
{
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    ValueTask<Exchange> SendAsync(JudgedRoute route, OutboundRequest request, EgressLimits limits, CancellationToken cancellation);
}
