using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace LatchGate.Config;

/// <summary>Splits a command into words. It is no shell: nothing is expanded, redirected, joined or run in between.</summary>
/// <remarks>
/// <code>
/// command = word *(1*blank word)              blank: space, tab
/// word    = 1*(plain / "'" *any "'" / DQUOTE *(any / "\" any) DQUOTE / "\" any)
/// </code>
/// </remarks>
internal static class CommandWords
{
    internal static bool TrySplit(string command, [NotNullWhen(true)] out string[]? words)
    {
        words = null;
        var found = new List<string>();
        var word = new StringBuilder();
        var (inWord, quote) = (false, '\0');
        for (var i = 0; i < command.Length; i++)
        {
            var c = command[i];
            if (char.IsControl(c) && c != '\t')
            {
                return false;
            }

            if (quote == '\0' && c is (' ' or '\t'))
            {
                End();
            }
            else if (c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is ('\'' or '"'))
            {
                (inWord, quote) = (true, c);
            }
            else if (c == '\\' && quote != '\'')
            {
                if (++i == command.Length)
                {
                    return false;
                }

                inWord = true;
                word.Append(command[i]);
            }
            else
            {
                inWord = true;
                word.Append(c);
            }
        }

        End();
        words = [.. found];
        return quote == '\0' && words is [{ Length: > 0 }, ..];

        void End()
        {
            if (inWord)
            {
                found.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }
    }
}
