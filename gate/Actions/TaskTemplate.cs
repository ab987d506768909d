using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>Writes the provider's task JSON for a valid request.</summary>
/// <param name="request">The request, already valid against the schema, defaults not yet applied.</param>
/// <param name="task">Receives one JSON object: <c>url</c>, <c>method</c>, <c>headers</c>, and <c>body</c> where the manifest has one.</param>
/// <returns><see cref="TemplateFault.None"/>, or why this request cannot be rendered; what was written is then discarded.</returns>
public delegate TemplateFault TaskTemplate(JsonElement request, Utf8JsonWriter task);

/// <summary>Why a valid request cannot be turned into a task.</summary>
public enum TemplateFault
{
    /// <summary>Rendered.</summary>
    None,

    /// <summary>A path segment would be <c>.</c>, <c>..</c> or empty, which changes the path it stands in.</summary>
    DotSegment,

    /// <summary>A value for a host label is empty, too long, or holds a character that no host name has.</summary>
    InvalidHostLabel,

    /// <summary>A value for a header holds a character outside printable ASCII.</summary>
    InvalidHeaderValue,
}
