using System.Buffers;

namespace LatchGate.Identity;

/// <summary>
/// Names of principals: 1 to 253 of <c>A-Z a-z 0-9 . _ : @ / -</c>. So none is empty, none is the <c>*</c> that policy reads as
/// everybody, and none holds a character that moves a terminal's cursor or ends a log line.
/// </summary>
public static class PrincipalName
{
    /// <summary>The most characters.</summary>
    public const int MaxLength = 253;

    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@/-");

    /// <summary>Whether <paramref name="name"/> is a principal's name, one that the gate gives out itself included.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> name) => name.Length is > 0 and <= MaxLength && !name.ContainsAnyExcept(Alphabet);
}
