using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LatchGate.Json;

/// <summary>
/// JSON Canonicalization Scheme (RFC 8785): members sorted by the UTF-16 code units of their names, no white space, the fewest
/// escapes, numbers as ECMAScript writes them. What is not I-JSON (RFC 7493) has no canonical form.
/// </summary>
public static class Jcs
{
    /// <summary>The canonical form of <paramref name="value"/>, which the gate made or has already checked.</summary>
    /// <exception cref="JsonException">It is not I-JSON, or exceeds a limit.</exception>
    public static CanonicalBytes Canonicalize(JsonElement value, JsonLimits limits) =>
        Canonicalize(JsonMarshal.GetRawUtf8Value(value), limits);

    /// <summary>The canonical form of <paramref name="utf8"/>, which the gate made or has already checked.</summary>
    /// <exception cref="JsonException">It is not I-JSON, or exceeds a limit.</exception>
    public static CanonicalBytes Canonicalize(ReadOnlySpan<byte> utf8, JsonLimits limits) =>
        TryCanonicalize(utf8, limits, out var canonical, out var fault) ? canonical : throw new JsonException(fault.Describe("value"));

    /// <summary>The canonical form of <paramref name="value"/>, or why it has none.</summary>
    public static bool TryCanonicalize(
        JsonElement value, JsonLimits limits, [NotNullWhen(true)] out CanonicalBytes? canonical, out JsonFault fault) =>
        TryCanonicalize(JsonMarshal.GetRawUtf8Value(value), limits, out canonical, out fault);

    /// <summary>The canonical form of <paramref name="utf8"/>, or why it has none.</summary>
    public static bool TryCanonicalize(
        ReadOnlySpan<byte> utf8, JsonLimits limits, [NotNullWhen(true)] out CanonicalBytes? canonical, out JsonFault fault)
    {
        using var pass = JsonPass.Over(utf8, limits);
        fault = pass.Fault;
        canonical = fault.None ? CanonicalBytes.Of(pass) : null;
        return fault.None;
    }

    /// <summary>Whether <paramref name="utf8"/> is canonical already, byte for byte.</summary>
    public static bool IsCanonical(ReadOnlySpan<byte> utf8, JsonLimits limits)
    {
        using var pass = JsonPass.Over(utf8, limits);
        return pass.Fault.None && pass.Canonical.SequenceEqual(utf8);
    }
}
