namespace LatchGate.Policy.Rego.Re2;

/// <summary>What a node of an expression stands for.</summary>
internal enum Re2Kind
{
    /// <summary>The empty text.</summary>
    Empty,

    /// <summary>One code point of <see cref="Re2Node.Set"/>.</summary>
    Rune,

    /// <summary>A place between code points (<see cref="Re2Node.Place"/>).</summary>
    Assertion,

    /// <summary>The children, one after another.</summary>
    Concatenation,

    /// <summary>One of the children; the earlier the better.</summary>
    Alternation,

    /// <summary>The child, <see cref="Re2Node.Min"/> to <see cref="Re2Node.Max"/> times.</summary>
    Repetition,

    /// <summary>The child, remembered as group <see cref="Re2Node.Group"/>.</summary>
    Group,
}

/// <summary>Places that an expression can ask for.</summary>
internal enum Re2Place
{
    /// <summary><c>\A</c>, and <c>^</c> without the flag m.</summary>
    TextStart,

    /// <summary><c>\z</c>, and <c>$</c> without the flag m.</summary>
    TextEnd,

    /// <summary><c>^</c> with the flag m.</summary>
    LineStart,

    /// <summary><c>$</c> with the flag m.</summary>
    LineEnd,

    /// <summary><c>\b</c>, of ASCII words.</summary>
    WordEdge,

    /// <summary><c>\B</c>.</summary>
    NoWordEdge,
}

/// <summary>A part of a parsed expression.</summary>
internal sealed class Re2Node(Re2Kind kind)
{
    /// <summary>No upper bound of a repetition.</summary>
    internal const int Unbounded = -1;

    internal static Re2Node Nothing { get; } = new(Re2Kind.Empty);

    internal Re2Kind Kind { get; } = kind;

    internal RuneSet Set { get; init; } = RuneSet.Any;

    internal Re2Place Place { get; init; }

    internal Re2Node[] Children { get; init; } = [];

    internal int Min { get; init; }

    internal int Max { get; init; }

    internal bool IsGreedy { get; init; } = true;

    internal int Group { get; init; }

    /// <summary>Whether it can match the empty text.</summary>
    internal bool IsNullable => Kind switch
    {
        Re2Kind.Empty or Re2Kind.Assertion => true,
        Re2Kind.Rune => false,
        Re2Kind.Concatenation => Array.TrueForAll(Children, static child => child.IsNullable),
        Re2Kind.Alternation => Array.Exists(Children, static child => child.IsNullable),
        Re2Kind.Repetition => Min == 0 || Children[0].IsNullable,
        Re2Kind.Group => Children[0].IsNullable,
        _ => throw new InvalidOperationException($"{Kind} is no kind."),
    };
}
