using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace LatchGate.Json;

/// <summary>
/// Reads JSON from outside: RFC 8259 grammar, I-JSON (RFC 7493: UTF-8, no duplicate names, no lone surrogates, numbers that a
/// double holds), and limits. Two readers of an accepted text cannot disagree about it.
/// </summary>
public static class StrictJson
{
    /// <summary>Reads one JSON text.</summary>
    /// <param name="utf8">The text. The document refers to it, so it must live and stay unchanged as long as the document.</param>
    /// <param name="limits">Bounds; see <see cref="JsonLimits.Payload"/>.</param>
    /// <param name="document">The document, which the caller disposes; null on a fault.</param>
    /// <param name="fault">What is wrong and where.</param>
    public static bool TryParse(
        ReadOnlyMemory<byte> utf8, JsonLimits limits, [NotNullWhen(true)] out JsonDocument? document, out JsonFault fault)
    {
        using var pass = JsonPass.Over(utf8.Span, limits);
        fault = pass.Fault;
        document = fault.None ? Parse(utf8, limits) : null;
        return fault.None;
    }

    /// <summary>Reads one JSON text and its canonical form (RFC 8785) in the same pass.</summary>
    /// <param name="utf8">The text. The document refers to it, so it must live and stay unchanged as long as the document.</param>
    /// <param name="limits">Bounds; see <see cref="JsonLimits.Payload"/>.</param>
    /// <param name="document">The document, which the caller disposes; null on a fault.</param>
    /// <param name="canonical">The canonical form; null on a fault.</param>
    /// <param name="fault">What is wrong and where.</param>
    public static bool TryParse(
        ReadOnlyMemory<byte> utf8,
        JsonLimits limits,
        [NotNullWhen(true)] out JsonDocument? document,
        [NotNullWhen(true)] out CanonicalBytes? canonical,
        out JsonFault fault)
    {
        using var pass = JsonPass.Over(utf8.Span, limits);
        fault = pass.Fault;
        (document, canonical) = fault.None ? (Parse(utf8, limits), CanonicalBytes.Of(pass)) : (null, null);
        return fault.None;
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> utf8, JsonLimits limits) =>
        JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = limits.MaxDepth + 1 });
}
