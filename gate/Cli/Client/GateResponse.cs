using System.Text.Json;

namespace LatchGate.Cli.Client;

/// <summary>An answer of the gate.</summary>
public sealed class GateResponse
{
    internal GateResponse(int status, ReadOnlyMemory<byte> content)
    {
        Status = status;
        Content = content;
        Body = Parse(content);
    }

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The body as it came.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>The body when it is JSON; undefined when it is empty or something else.</summary>
    public JsonElement Body { get; }

    /// <summary>Whether the status is 200 to 299.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>A string member of the body's object; null when there is none.</summary>
    public string? Text(string member) =>
        Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>The error code of the body; <c>http_STATUS</c> when it names none.</summary>
    public string ErrorCode => Text("error") ?? $"http_{Status}";

    /// <summary>The error in words, without a full stop: the code, and the reason when one is given.</summary>
    public string ErrorText => (Text("deny_reason") ?? Text("reason") ?? Text("message")) is { } reason ? $"{ErrorCode}: {reason.TrimEnd('.')}" : ErrorCode;

    private static JsonElement Parse(ReadOnlyMemory<byte> content)
    {
        if (content.IsEmpty)
        {
            return default;
        }

        try
        {
            using var document = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = 128 });
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // A body that is not JSON (413 comes as text) says nothing beyond the status.
            return default;
        }
    }
}

/// <summary>Nothing answers at the gate's socket.</summary>
/// <param name="socket">Path of the socket.</param>
/// <param name="reason">Why, as the system says it.</param>
/// <param name="inner">The cause.</param>
public sealed class GateUnreachableException(string socket, string reason, Exception inner)
    : Exception($"No gate answers at {socket}: {reason.TrimEnd('.')}.", inner)
{
    /// <summary>Whether the gate may have got the request, and may have done what it asks.</summary>
    public bool MayHaveHappened { get; init; }

    /// <summary>What to do.</summary>
    public string Remedy => MayHaveHappened
        ? "What was asked may have happened. When the gate is up again, look with 'latchgate audit' and 'latchgate intents list' before you repeat it."
        : "Start it with 'latchgate up', or name its socket.";
}
