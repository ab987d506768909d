using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using LatchGate.Crypto;

namespace LatchGate.Actions;

/// <summary>
/// The bytes that the provider gets: the template applied to a valid request, or the request itself where the action has
/// no template. Made once, hashed once; what is approved, granted and executed is this and nothing else.
/// </summary>
public sealed class ResolvedTask
{
    private ResolvedTask(ActionSpec action, byte[] bytes, ReadOnlyMemory<byte> expected)
    {
        Action = action;
        Bytes = bytes;
        Expected = expected;
        Hash = Sha256Digest.Of(bytes);
    }

    /// <summary>The action that the task is for.</summary>
    public ActionSpec Action { get; }

    /// <summary>One JSON object, UTF-8.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>SHA-256 of the bytes.</summary>
    public Sha256Digest Hash { get; }

    /// <summary>
    /// One JSON object with the properties of the request that the action's verifier compares the response with; empty where there are
    /// none. The provider does not get it.
    /// </summary>
    public ReadOnlyMemory<byte> Expected { get; }

    /// <summary>Applies the action's template.</summary>
    /// <param name="request">The request.</param>
    /// <param name="task">The task.</param>
    /// <param name="refusal">Which value does not fit the place that the template gives it.</param>
    public static bool TryCreate(
        ValidatedRequest request, [NotNullWhen(true)] out ResolvedTask? task, [NotNullWhen(false)] out TemplateRefusal? refusal)
    {
        if (request.Action.Template is not { } template)
        {
            task = new ResolvedTask(request.Action, request.Effective.Span.ToArray(), ExpectedValues.Of(request));
            refusal = null;
            return true;
        }

        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer);
        refusal = template(request.Root, json);
        if (refusal is not null)
        {
            task = null;
            return false;
        }

        json.Flush();
        task = new ResolvedTask(request.Action, buffer.WrittenSpan.ToArray(), ExpectedValues.Of(request));
        return true;
    }

    /// <summary>Takes back the bytes that an approval froze, if they still are those that were hashed.</summary>
    /// <param name="action">The action as it is now.</param>
    /// <param name="bytes">The frozen bytes.</param>
    /// <param name="frozen">The digest that the operator's decision is bound to.</param>
    /// <param name="task">The task.</param>
    /// <param name="expected">What was frozen of <see cref="Expected"/>.</param>
    public static bool TryThaw(
        ActionSpec action, ReadOnlySpan<byte> bytes, Sha256Digest frozen, [NotNullWhen(true)] out ResolvedTask? task,
        ReadOnlyMemory<byte> expected = default)
    {
        var candidate = new ResolvedTask(action, bytes.ToArray(), expected);
        task = candidate.Hash == frozen ? candidate : null;
        return task is not null;
    }

    /// <summary>
    /// Whether a provider of the build gets it, which does what the task says, once: what the host saw can be compared with it.
    /// </summary>
    internal bool IsForBuiltIn => Action.ProviderReference.StartsWith("builtin:", StringComparison.Ordinal);

    /// <summary>The <c>url</c> of the task, if it is an HTTP task.</summary>
    public bool TryGetUrl([NotNullWhen(true)] out string? url) => TryGetString("url"u8, out url);

    /// <summary>The <c>method</c> of the task; <c>GET</c> where it has none.</summary>
    public string Method => TryGetString("method"u8, out var method) ? method : "GET";

    /// <summary>The <c>path</c> of the task, if it is a file task.</summary>
    public bool TryGetPath([NotNullWhen(true)] out string? path) => TryGetString("path"u8, out path);

    /// <summary>What a file task asks for; none where it is not one, or not one of the contract.</summary>
    internal FileOperations FileOperation => !TryGetString("operation"u8, out var operation) ? FileOperations.None : operation switch
    {
        "read" => FileOperations.Read,
        "delete" => FileOperations.Delete,
        "write" => TryGetString("mode"u8, out var mode) && mode == "create" ? FileOperations.Create : FileOperations.Overwrite,
        _ => FileOperations.None,
    };

    private bool TryGetString(ReadOnlySpan<byte> name, [NotNullWhen(true)] out string? value)
    {
        value = null;
        var reader = new Utf8JsonReader(Bytes.Span);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(name);
            reader.Read();
            if (found && reader.TokenType == JsonTokenType.String)
            {
                value = reader.GetString()!;
                return true;
            }

            reader.Skip();
        }

        return false;
    }
}
