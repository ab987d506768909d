namespace LatchGate.Actions;

/// <summary>
/// The instructions of a compiled schema, in 7-bit bytes. The generator writes them (it compiles this file too) and <c>SchemaWalk</c> reads
/// them. Numbers are six bits a byte, lowest first, with 64 added to all but the last; a reference is the offset of a sub-schema, and an
/// optional one is the offset plus one, or zero.
/// </summary>
/// <remarks>
/// <code>
/// schema  = *op End
/// op      = Type mask / Never / Const literal / Enum n *literal
///         / Text length [MinLength number] [MaxLength number] [Pattern table source] [Format kind] End
///         / Numeric length *( bound decimal ) End
///         / Array length *( item-op ) End
///         / Object length flags [counts] [members] [patterns] [additional] [names] [dependents]
///         / Also ref / AnyOf n *ref / OneOf n *ref / Not ref / If ref optional-ref optional-ref
/// literal = kind [text]        ; kind is one of n t f d s j: null, true, false, a number, a string, other JSON
/// </code>
/// </remarks>
internal static class SchemaOp
{
    public const byte End = 0;
    public const byte Type = 1;
    public const byte Never = 2;
    public const byte Const = 3;
    public const byte Enum = 4;
    public const byte Text = 5;
    public const byte Numeric = 6;
    public const byte Array = 7;
    public const byte Object = 8;
    public const byte Also = 9;
    public const byte AnyOf = 10;
    public const byte OneOf = 11;
    public const byte Not = 12;
    public const byte If = 13;

    // Within Text.
    public const byte MinLength = 1;
    public const byte MaxLength = 2;
    public const byte Pattern = 3;
    public const byte Format = 4;

    // Within Numeric.
    public const byte Minimum = 1;
    public const byte Maximum = 2;
    public const byte ExclusiveMinimum = 3;
    public const byte ExclusiveMaximum = 4;
    public const byte MultipleOf = 5;

    // Within Array.
    public const byte MinItems = 1;
    public const byte MaxItems = 2;
    public const byte UniqueItems = 3;
    public const byte Prefix = 4;
    public const byte Items = 5;
    public const byte Contains = 6;

    // Flags of Object.
    public const byte HasCounts = 1;
    public const byte HasMembers = 2;
    public const byte HasPatterns = 4;
    public const byte HasAdditional = 8;
    public const byte HasNames = 16;
    public const byte HasDependents = 32;

    // Flags of a member.
    public const byte Required = 1;
    public const byte Declared = 2;

    // Bits of a type mask.
    public const byte NullType = 1;
    public const byte BooleanType = 2;
    public const byte IntegerType = 4;
    public const byte NumberType = 8;
    public const byte StringType = 16;
    public const byte ArrayType = 32;
    public const byte ObjectType = 64;
}
