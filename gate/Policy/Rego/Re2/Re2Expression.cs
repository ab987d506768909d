namespace LatchGate.Policy.Rego.Re2;

/// <summary>
/// A regular expression in RE2's syntax, which matches what Go's <c>regexp</c> matches, in time that grows with pattern and text and
/// never exponentially. Immutable.
/// </summary>
internal sealed class Re2Expression
{
    private readonly Re2Program _program;

    private Re2Expression(Re2Program program, Dictionary<string, int> names) => (_program, Names) = (program, names);

    /// <summary>Numbers of named groups.</summary>
    internal Dictionary<string, int> Names { get; }

    /// <summary>Groups, the whole match among them.</summary>
    internal int Groups => _program.Slots / 2;

    /// <summary>Instructions: what one code point of a text costs at most.</summary>
    internal int Cost => _program.Instructions.Count;

    /// <summary>Compiles a pattern; null where it is none, or too large a one.</summary>
    internal static Re2Expression? Compile(string pattern) =>
        Re2Parser.Parse(pattern, out var names, out var groups) is { } root && Re2Program.Of(root, groups) is { } program
            ? new Re2Expression(program, names)
            : null;

    /// <summary>Whether it matches somewhere.</summary>
    internal bool IsMatch(string text) => Re2Matcher.IsMatch(_program, text);

    /// <summary>The matches in a text.</summary>
    internal Re2Matches In(string text) => new(_program, text);
}
