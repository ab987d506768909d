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

    private ValidatedRequest(ActionSpec action, JsonDocument document, CanonicalBytes canonical)
    {
        Action = action;
        _document = document;
        Canonical = canonical;
    }

    /// <summary>The action that the request fits.</summary>
    public ActionSpec Action { get; }

    /// <summary>The request's canonical form; its digest is the <c>request_hash</c>.</summary>
    public CanonicalBytes Canonical { get; }

    /// <summary>The request, parsed from its canonical form.</summary>
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

        request = new ValidatedRequest(action, document, canonical);
        reason = null;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _document.Dispose();
}
