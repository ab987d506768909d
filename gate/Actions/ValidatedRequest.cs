using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using LatchGate.Json;

namespace LatchGate.Actions;

/// <summary>
/// A request that fits its action: strict JSON, within the limits, valid against the schema. Only <see cref="TryCreate"/>
/// makes one. Owns the parsed document.
/// </summary>
public sealed class ValidatedRequest : IDisposable
{
    private static readonly byte[] EmptyObject = "{}"u8.ToArray();

    private readonly JsonDocument _document;

    private ValidatedRequest(ActionSpec action, JsonDocument document, CanonicalBytes canonical, CanonicalBytes effective)
    {
        Action = action;
        _document = document;
        Canonical = canonical;
        Effective = effective;
    }

    /// <summary>The action that the request fits.</summary>
    public ActionSpec Action { get; }

    /// <summary>
    /// The canonical form of what the caller sent; its digest is the <c>request_hash</c>. So a caller can compute it, and find a receipt by
    /// it, without knowing the schema's defaults.
    /// </summary>
    public CanonicalBytes Canonical { get; }

    /// <summary>
    /// The canonical form of what is executed: the request with the schema's defaults, but for those that the template puts in. The digest
    /// of the task covers it, and with that so do policy, approval and grant.
    /// </summary>
    public CanonicalBytes Effective { get; }

    /// <summary>The request as it is executed, parsed from <see cref="Effective"/>.</summary>
    public JsonElement Root => _document.RootElement;

    /// <summary>Checks <paramref name="body"/>; an empty body stands for <c>{}</c> (reference/kernel.md §3.1, step 4).</summary>
    /// <param name="action">The action.</param>
    /// <param name="body">UTF-8.</param>
    /// <param name="request">The request, which the caller disposes.</param>
    /// <param name="reason">What is wrong, without any value of the request.</param>
    public static bool TryCreate(
        ActionSpec action,
        ReadOnlyMemory<byte> body,
        [NotNullWhen(true)] out ValidatedRequest? request,
        [NotNullWhen(false)] out string? reason)
    {
        request = null;
        var text = body.IsEmpty ? EmptyObject : body;
        if (!Jcs.TryCanonicalize(text.Span, JsonLimits.Payload(action.Io.MaxRequestBytes), out var canonical, out var fault))
        {
            reason = fault.Describe("request");
            return false;
        }

        // What is checked is what is hashed, approved and executed. Digits that no double holds are gone in it, and may make the difference:
        // 2.4999999999999999999 is below 2.5, and is written 2.5.
        var document = canonical.Parse();
        var errors = new SchemaErrors();
        action.ValidateRequest?.Invoke(document.RootElement, ref errors);
        if (!errors.None)
        {
            document.Dispose();
            reason = $"schema validation failed: {errors}";
            return false;
        }

        var effective = canonical;
        if (action.Defaults is { } defaults && defaults.AreMissing(document.RootElement))
        {
            effective = Complete(defaults, document.RootElement);
            document.Dispose();
            document = effective.Parse();

            // Keywords that look at several members, such as dependentRequired, may take what was sent and not what defaults make of it.
            action.ValidateRequest?.Invoke(document.RootElement, ref errors);
            if (!errors.None)
            {
                document.Dispose();
                reason = $"schema validation failed with the defaults of the schema: {errors}";
                return false;
            }
        }

        request = new ValidatedRequest(action, document, canonical, effective);
        reason = null;
        return true;
    }

    private static CanonicalBytes Complete(RequestDefaults defaults, JsonElement sent)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer);
        defaults.Write(sent, json);
        json.Flush();
        return Jcs.Canonicalize(buffer.WrittenSpan, JsonLimits.Evidence);
    }

    /// <inheritdoc/>
    public void Dispose() => _document.Dispose();
}
