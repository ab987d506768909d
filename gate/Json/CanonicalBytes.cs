using System.Text;
using System.Text.Json;
using LatchGate.Crypto;

namespace LatchGate.Json;

/// <summary>
/// JSON in canonical form (RFC 8785) and its SHA-256. Only <see cref="Jcs"/> and <see cref="CanonicalWriter"/> lead here, so what
/// is hashed, signed, stored and exported is one and the same text.
/// </summary>
public sealed class CanonicalBytes
{
    private readonly byte[] _bytes;
    private readonly Sha256Digest _digest;

    private CanonicalBytes(ReadOnlySpan<byte> canonical)
    {
        _bytes = canonical.ToArray();
        _digest = Sha256Digest.Of(canonical);
    }

    /// <summary>The text, UTF-8.</summary>
    public ReadOnlySpan<byte> Span => _bytes;

    /// <summary>The text, UTF-8.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>Bytes of the text.</summary>
    public int Length => _bytes.Length;

    /// <summary>SHA-256 of the text.</summary>
    public Sha256Digest Digest => _digest;

    /// <summary>Parses the text again; the caller disposes the document.</summary>
    public JsonDocument Parse() => JsonDocument.Parse(Memory, new JsonDocumentOptions { MaxDepth = JsonLimits.DeepestAllowed });

    /// <summary>The text as a string.</summary>
    public override string ToString() => Encoding.UTF8.GetString(_bytes);

    internal static CanonicalBytes Of(JsonPass pass) => pass.Fault.None
        ? new CanonicalBytes(pass.Canonical)
        : throw new InvalidOperationException($"Not canonical: {pass.Fault.Kind}.");

    internal static CanonicalBytes Of(CanonicalWriter writer) => new(writer.Complete);
}
