using System.Text.Json;

namespace LatchGate.Approvals;

/// <summary>What the gate remembers after an approved call succeeded (reference/wire.md §7.3).</summary>
/// <param name="Domain">The host that is listed from now on; null when none was asked for, or it could not be stored.</param>
/// <param name="Path">The path, likewise.</param>
/// <param name="Fault">Why something that was asked for is not remembered; the call was executed all the same.</param>
internal sealed record LearnedEntries(string? Domain, string? Path, string? Fault)
{
    /// <summary>Writes the members that there are.</summary>
    internal void Write(Utf8JsonWriter json)
    {
        Write(json, "learned_domain"u8, Domain);
        Write(json, "learned_path"u8, Path);
        Write(json, "learn_error"u8, Fault);
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
