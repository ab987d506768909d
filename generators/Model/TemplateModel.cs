namespace LatchGate.Generators.Model;

/// <summary>A compiled template. Without a method it makes a file task, and its body is the whole task.</summary>
internal sealed record TemplateModel(
    string Method,
    ImmutableEquatableArray<VariableModel> Variables,
    ImmutableEquatableArray<UrlStep> Url,
    ImmutableEquatableArray<HeaderModel> Headers,
    BodyMode BodyMode,
    BodyModel? Body,
    ImmutableEquatableArray<FormField> Form);

/// <summary>A property of the request that the template uses.</summary>
/// <param name="Name">The property.</param>
/// <param name="MayBeAbsent">Whether a valid request may lack it, with no default to stand in.</param>
/// <param name="Types">The types that its schema allows.</param>
/// <param name="Default">What stands in when it is absent.</param>
internal sealed record VariableModel(string Name, bool MayBeAbsent, JsonTypes Types, JsonLiteral? Default);

/// <summary>One step of writing a URL.</summary>
internal enum UrlStepKind
{
    /// <summary>The text as it stands.</summary>
    Literal,

    /// <summary>The whole URL is the value.</summary>
    Raw,

    /// <summary>The value is (part of) a host label.</summary>
    HostLabel,

    /// <summary>A path segment with a placeholder begins.</summary>
    BeginSegment,

    /// <summary>The value, percent-encoded, in the segment.</summary>
    Segment,

    /// <summary>The segment ends: it must not be empty or a dot segment.</summary>
    EndSegment,

    /// <summary>The value is several segments, each encoded and none empty or a dot segment.</summary>
    Segments,

    /// <summary>A query pair with optional placeholders begins; it is dropped when <see cref="UrlStep.Optional"/> has an absent one.</summary>
    BeginPair,

    /// <summary>The value, percent-encoded, in the query.</summary>
    Query,

    /// <summary>The pair ends.</summary>
    EndPair,
}

/// <summary>One step of writing a URL, with its text, variable and the variables that may be absent.</summary>
internal sealed record UrlStep(UrlStepKind Kind, string Text, int Variable, ImmutableEquatableArray<int> Optional)
{
    public static UrlStep Of(UrlStepKind kind, string text = "", int variable = -1) => new(kind, text, variable, ImmutableEquatableArray<int>.Empty);
}

/// <summary>A piece of mixed text: a literal, or a variable where the index is not -1.</summary>
internal sealed record TextPart(string Text, int Variable);

/// <summary>A header.</summary>
internal sealed record HeaderModel(string Name, ImmutableEquatableArray<TextPart> Parts);

/// <summary>A field of a form.</summary>
internal sealed record FormField(string Name, ImmutableEquatableArray<TextPart> Parts);

/// <summary>How the body is carried.</summary>
internal enum BodyMode
{
    None,
    Json,
    Form,
    Text,
}

/// <summary>What a body value is made of.</summary>
internal enum BodyKind
{
    Object,
    Array,

    /// <summary>The value of a variable, with its type.</summary>
    Value,

    /// <summary>Text with placeholders.</summary>
    Text,

    /// <summary>A constant.</summary>
    Literal,
}

/// <summary>A value of a body template.</summary>
internal sealed record BodyModel(
    BodyKind Kind,
    ImmutableEquatableArray<BodyMember> Members,
    ImmutableEquatableArray<TextPart> Parts,
    int Variable,
    JsonLiteral? Literal);

/// <summary>A member of an object, or an element of an array with an empty name.</summary>
internal sealed record BodyMember(string Name, BodyModel Value);
