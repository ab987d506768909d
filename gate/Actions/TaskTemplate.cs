using System.Text.Json;

namespace LatchGate.Actions;

/// <summary>Writes the provider's task JSON for a valid request.</summary>
/// <param name="request">The request, valid against the schema.</param>
/// <param name="task">
/// Receives one JSON object: <c>url</c>, <c>method</c>, <c>headers</c>, and <c>body</c>, <c>body_text</c> or <c>body_base64</c> where the
/// manifest has one; or the task of the fs provider.
/// </param>
/// <returns>Null, or why this request cannot be rendered; what was written is then discarded.</returns>
public delegate TemplateRefusal? TaskTemplate(JsonElement request, Utf8JsonWriter task);

/// <summary>Why a valid request cannot be turned into a task.</summary>
/// <param name="Fault">What is wrong.</param>
/// <param name="Pointer">Where in the request: a JSON pointer (RFC 6901).</param>
public sealed record TemplateRefusal(TemplateFault Fault, string Pointer)
{
    /// <summary>What is wrong and where, without any value.</summary>
    public override string ToString() => $"{Pointer}: {Rule}";

    private string Rule => Fault switch
    {
        TemplateFault.DotSegment => "a path segment would be '.', '..' or empty, which leads elsewhere",
        TemplateFault.InvalidHostLabel => "a value for a host name holds a character that no host name has, or too many",
        TemplateFault.InvalidPort => "a port is a number from 1 to 65535",
        TemplateFault.InvalidHeaderValue => "a value for a header holds a character outside printable ASCII, or a blank at an end",
        TemplateFault.InvalidLine => "a value that stands on one line holds a control character",
        TemplateFault.InvalidXml => "a value holds a control character, which no XML document has",
        TemplateFault.InvalidItem => "an item is not a string, a number or a boolean",
        TemplateFault.CommaInItem => "an item holds a comma, which separates items here",
        TemplateFault.NameTaken => "the name is set by the action itself",
        TemplateFault.InvalidBase64 => "the value is not base64 (RFC 4648, with padding, without blanks)",
        _ => throw new InvalidOperationException($"{Fault} has no rule."),
    };
}

/// <summary>Why a value does not fit the place that a template gives it.</summary>
public enum TemplateFault
{
    /// <summary>It fits.</summary>
    None,

    /// <summary>A path segment would be <c>.</c>, <c>..</c> or empty, which changes the path it stands in.</summary>
    DotSegment,

    /// <summary>A value for a host is empty, too long, or holds a character that no host name has.</summary>
    InvalidHostLabel,

    /// <summary>A port is not from 1 to 65535.</summary>
    InvalidPort,

    /// <summary>A value for a header holds a character outside printable ASCII, or would begin or end it with a blank.</summary>
    InvalidHeaderValue,

    /// <summary>A value that stands on one line holds a control character.</summary>
    InvalidLine,

    /// <summary>A value for XML holds a control character.</summary>
    InvalidXml,

    /// <summary>An item of an array, or a member of a spread object, is no string, number or boolean.</summary>
    InvalidItem,

    /// <summary>An item of a list with commas is empty or holds one.</summary>
    CommaInItem,

    /// <summary>A member of a spread object has a name that the template sets itself.</summary>
    NameTaken,

    /// <summary>A value is not base64.</summary>
    InvalidBase64,
}
