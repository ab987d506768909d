using System.Text.Json;

namespace LatchGate.Cli;

/// <summary>Reads members of answers and events.</summary>
internal static class JsonMembers
{
    /// <summary>A string member; null when there is none.</summary>
    internal static string? Text(this JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
