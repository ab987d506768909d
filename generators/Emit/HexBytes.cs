using System.Linq;

namespace LatchGate.Generators.Emit;

/// <summary>Bytes as a C# collection that the compiler keeps in the binary's read-only data.</summary>
internal static class HexBytes
{
    public static string Of(string hex) => "[" + string.Join(", ", Enumerable.Range(0, hex.Length / 2).Select(i => "0x" + hex.Substring(2 * i, 2))) + "]";
}
