using System;
using System.Linq;

namespace LatchGate.Generators.Emit;

/// <summary>Bytes that a model holds in hexadecimal.</summary>
internal static class HexBytes
{
    /// <summary>As a C# collection, which the compiler keeps in the binary's read-only data.</summary>
    public static string Of(string hex) => "[" + string.Join(", ", Enumerable.Range(0, hex.Length / 2).Select(i => "0x" + hex.Substring(2 * i, 2))) + "]";

    /// <summary>In base64 (RFC 4648).</summary>
    public static string ToBase64(string hex) =>
        Convert.ToBase64String([.. Enumerable.Range(0, hex.Length / 2).Select(i => Convert.ToByte(hex.Substring(2 * i, 2), 16))]);
}
