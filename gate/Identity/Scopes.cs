using System.Buffers;

namespace LatchGate.Identity;

/// <summary>
/// Scopes of a lease: <c>tools:call</c>, <c>audit:read</c>, or a custom <c>namespace:name</c> (reference/wire.md §3.4).
/// </summary>
/// <remarks>
/// <code>
/// custom = 4 to 64 of [a-z0-9:_-], first [a-z], with a ':' that is not the last character
/// </code>
/// </remarks>
public static class Scopes
{
    /// <summary>Needed to execute actions.</summary>
    public const string ToolsCall = "tools:call";

    /// <summary>A built-in scope that no route asks for yet.</summary>
    public const string AuditRead = "audit:read";

    private static readonly SearchValues<char> Alphabet = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789:_-");

    /// <summary>True when <paramref name="scope"/> is a built-in or a well-formed custom scope. Every built-in one is well-formed.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> scope) =>
        scope.Length is >= 4 and <= 64
        && scope[0] is >= 'a' and <= 'z'
        && scope.Contains(':')
        && scope[^1] != ':'
        && !scope.ContainsAnyExcept(Alphabet);
}
