using System;
using LatchGate.Actions.Formats;
using LatchGate.Generators.Manifest;

namespace LatchGate.Generators.Model;

/// <summary>A schema as a flat list of sub-schemas that refer to one another by index, the first being the whole.</summary>
/// <param name="Nodes">The sub-schemas.</param>
/// <param name="Json">The schema in canonical JSON.</param>
internal sealed record SchemaDocument(ImmutableEquatableArray<SchemaModel> Nodes, string Json);

/// <summary>JSON's types; <see cref="Integer"/> is a number without fraction.</summary>
[Flags]
internal enum JsonTypes
{
    Any = 0,
    Null = 1,
    Boolean = 2,
    Integer = 4,
    Number = 8,
    String = 16,
    Array = 32,
    Object = 64,
}

/// <summary>A constant: the text of a string, or the canonical JSON of anything else.</summary>
internal sealed record JsonLiteral(JsonTypes Type, string Text)
{
    /// <summary>The constant as JSON.</summary>
    public string ToJson() => Type == JsonTypes.String ? CanonicalJson.Quote(Text) : Text;
}

/// <summary>A named property and the index of its schema.</summary>
internal sealed record PropertyModel(string Name, int Schema);

/// <summary>A pattern for names and the index of the schema for their values.</summary>
internal sealed record PatternPropertyModel(DfaModel Pattern, int Schema);

/// <summary>The names that must be there where <paramref name="Name"/> is.</summary>
internal sealed record DependentModel(string Name, ImmutableEquatableArray<string> Required);

/// <summary>A list of indexes that stands for one keyword.</summary>
internal sealed record SchemaGroup(ImmutableEquatableArray<int> Schemas)
{
    public static SchemaGroup None { get; } = new(ImmutableEquatableArray<int>.Empty);
}

/// <summary>One sub-schema. An index is -1 where the keyword is absent, and so is a count.</summary>
internal sealed record SchemaModel
{
    public bool? Always { get; init; }

    public JsonTypes Types { get; init; }

    public ImmutableEquatableArray<JsonLiteral>? Enum { get; init; }

    public JsonLiteral? Const { get; init; }

    public JsonLiteral? Default { get; init; }

    public long MinLength { get; init; } = -1;

    public long MaxLength { get; init; } = -1;

    public DfaModel? Pattern { get; init; }

    public TextFormat Format { get; init; }

    public string? Minimum { get; init; }

    public string? Maximum { get; init; }

    public string? ExclusiveMinimum { get; init; }

    public string? ExclusiveMaximum { get; init; }

    public string? MultipleOf { get; init; }

    public long MinItems { get; init; } = -1;

    public long MaxItems { get; init; } = -1;

    public bool UniqueItems { get; init; }

    public SchemaGroup PrefixItems { get; init; } = SchemaGroup.None;

    public int Items { get; init; } = -1;

    public int Contains { get; init; } = -1;

    public long MinContains { get; init; } = -1;

    public long MaxContains { get; init; } = -1;

    public long MinProperties { get; init; } = -1;

    public long MaxProperties { get; init; } = -1;

    public ImmutableEquatableArray<string> Required { get; init; } = ImmutableEquatableArray<string>.Empty;

    public ImmutableEquatableArray<PropertyModel> Properties { get; init; } = ImmutableEquatableArray<PropertyModel>.Empty;

    public ImmutableEquatableArray<PatternPropertyModel> PatternProperties { get; init; } =
        ImmutableEquatableArray<PatternPropertyModel>.Empty;

    public int AdditionalProperties { get; init; } = -1;

    public int PropertyNames { get; init; } = -1;

    public ImmutableEquatableArray<DependentModel> DependentRequired { get; init; } = ImmutableEquatableArray<DependentModel>.Empty;

    public ImmutableEquatableArray<PropertyModel> DependentSchemas { get; init; } = ImmutableEquatableArray<PropertyModel>.Empty;

    public SchemaGroup AllOf { get; init; } = SchemaGroup.None;

    public SchemaGroup AnyOf { get; init; } = SchemaGroup.None;

    public SchemaGroup OneOf { get; init; } = SchemaGroup.None;

    public int Not { get; init; } = -1;

    public int If { get; init; } = -1;

    public int Then { get; init; } = -1;

    public int Else { get; init; } = -1;

    public int Reference { get; init; } = -1;
}

/// <summary>
/// A pattern as a deterministic automaton over classes of code points. State 0 refuses for good, state 1 accepts for good, state 2 begins.
/// </summary>
/// <param name="Source">The pattern as written.</param>
/// <param name="Starts">The first code point of each range, ascending from 0.</param>
/// <param name="Classes">The class of each range.</param>
/// <param name="ClassCount">How many classes there are: the width of a row of <paramref name="Next"/>.</param>
/// <param name="Next">The next state by state and class.</param>
/// <param name="AcceptsAtEnd">Whether a state accepts when the text ends there.</param>
internal sealed record DfaModel(
    string Source,
    ImmutableEquatableArray<int> Starts,
    ImmutableEquatableArray<int> Classes,
    int ClassCount,
    ImmutableEquatableArray<int> Next,
    ImmutableEquatableArray<bool> AcceptsAtEnd);
