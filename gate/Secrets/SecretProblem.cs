using System.Text.Json;

namespace LatchGate.Secrets;

/// <summary>Why secrets could not be read or written, and what to do.</summary>
/// <param name="Fault">The stable reason.</param>
/// <param name="Detail">One sentence: what is wrong and where. Never a value.</param>
/// <param name="Remedy">One sentence.</param>
internal sealed record SecretProblem(SecretFault Fault, string Detail, string Remedy)
{
    /// <summary>The stable code.</summary>
    internal string Code => JsonNamingPolicy.SnakeCaseLower.ConvertName(Fault.ToString());
}
