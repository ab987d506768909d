namespace LatchGate.Policy.Rego;

/// <summary>The types of Rego values, in the order that Rego sorts them.</summary>
internal enum RegoKind : byte
{
    /// <summary><c>null</c>.</summary>
    Null,

    /// <summary><c>false</c>, then <c>true</c>.</summary>
    Boolean,

    /// <summary>A decimal number of any size.</summary>
    Number,

    /// <summary>A string of Unicode code points.</summary>
    String,

    /// <summary>A list.</summary>
    Array,

    /// <summary>A map whose keys are any values.</summary>
    Object,

    /// <summary>A set of any values.</summary>
    Set,
}

/// <summary>
/// A Rego value. Undefined is not a value; it is a null reference. A collection is written only by the evaluation
/// that made it, before it is shared, and is read-only from then on.
/// </summary>
internal abstract class RegoValue : IEquatable<RegoValue>, IComparable<RegoValue>
{
    /// <summary>The type of the value.</summary>
    internal abstract RegoKind Kind { get; }

    /// <summary>Order by type, then by value, as Rego sorts.</summary>
    public int CompareTo(RegoValue? other) => other is null ? 1 : RegoOrder.Compare(this, other);

    /// <summary>Equality by value; 1 equals 1.0.</summary>
    public bool Equals(RegoValue? other) => other is not null && (ReferenceEquals(this, other) || RegoOrder.AreEqual(this, other));

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as RegoValue);

    /// <inheritdoc/>
    public abstract override int GetHashCode();

    /// <summary>The value as Rego writes it, for example <c>{"a", "b"}</c> for a set.</summary>
    public sealed override string ToString() => RegoText.ToRego(this);

    /// <summary>The member at <paramref name="key"/>, or null where there is none.</summary>
    internal virtual RegoValue? Get(RegoValue key) => null;
}

/// <summary>The value <c>null</c>.</summary>
internal sealed class RegoNull : RegoValue
{
    internal static readonly RegoNull Instance = new();

    private RegoNull()
    {
    }

    internal override RegoKind Kind => RegoKind.Null;

    public override int GetHashCode() => 1;
}

/// <summary>A truth value.</summary>
internal sealed class RegoBoolean : RegoValue
{
    internal static readonly RegoBoolean True = new(true);

    internal static readonly RegoBoolean False = new(false);

    private RegoBoolean(bool value) => Value = value;

    internal bool Value { get; }

    internal override RegoKind Kind => RegoKind.Boolean;

    internal static RegoBoolean Of(bool value) => value ? True : False;

    public override int GetHashCode() => Value ? 3 : 2;
}

/// <summary>A string.</summary>
internal sealed class RegoString(string value) : RegoValue
{
    internal static readonly RegoString Empty = new("");

    internal string Value { get; } = value;

    internal override RegoKind Kind => RegoKind.String;

    public override int GetHashCode() => string.GetHashCode(Value, StringComparison.Ordinal);
}
