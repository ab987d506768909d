using System.Text.Encodings.Web;
using System.Text.Json;

namespace LatchGate.Json;

/// <summary>How the gate writes JSON that it makes itself: compact, without escapes that JSON does not demand.</summary>
internal static class JsonOutput
{
    /// <summary>For answers. They are JSON, never embedded in HTML, so quotes and angle brackets need no extra escapes.</summary>
    internal static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = false };
}
