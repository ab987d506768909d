namespace LatchGate.Api;

/// <summary>Commands that a person may copy into a POSIX shell as they are.</summary>
internal static class ShellText
{
    /// <summary>The command that gives <paramref name="principal"/> the action.</summary>
    internal static string GrantCommand(string principal, string actionId)
    {
        // An argument that begins with a hyphen is no option after "--".
        var end = principal.StartsWith('-') || actionId.StartsWith('-') ? "-- " : "";
        return $"latchgate policy grant {end}{Quote(principal)} {Quote(actionId)}";
    }

    /// <summary>One word of a shell, quoted where it holds a character that the shell reads.</summary>
    internal static string Quote(string word)
    {
        var isPlain = word.Length > 0;
        foreach (var c in word)
        {
            isPlain &= char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ':' or '/' or '@' or '%' or '+' or ',' or '=';
        }

        return isPlain ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }
}
