using System.Collections.Immutable;

namespace LatchGate.Webhooks;

/// <summary>
/// A text of the configuration in which <c>${NAME}</c> stands for a secret of the store: the path of a URL, or a header's value. The text
/// itself holds no secret.
/// </summary>
/// <remarks>
/// <code>
/// text = *( literal / "${" name "}" )      a "$" that is not followed by "{" is a literal
/// name = 1*128( ALPHA / DIGIT / "_" / "-" / "." )
/// </code>
/// </remarks>
internal sealed class SecretText
{
    private const int LongestName = 128;

    private SecretText(ImmutableArray<string> literals, ImmutableArray<string> names) => (Literals, Names) = (literals, names);

    /// <summary>What stands around the secrets: one more than there are names, any of them empty.</summary>
    internal ImmutableArray<string> Literals { get; }

    /// <summary>The names of the secrets, in their order.</summary>
    internal ImmutableArray<string> Names { get; }

    /// <summary>Reads a text; false when a <c>${</c> is no name of a secret.</summary>
    internal static bool TryParse(string text, out SecretText parsed)
    {
        parsed = null!;
        var (literals, names) = (ImmutableArray.CreateBuilder<string>(), ImmutableArray.CreateBuilder<string>());
        var rest = text;
        for (int at; (at = rest.IndexOf("${", StringComparison.Ordinal)) >= 0;)
        {
            var end = rest.IndexOf('}', at);
            if (end < 0 || !IsName(rest.AsSpan((at + 2)..end)))
            {
                return false;
            }

            literals.Add(rest[..at]);
            names.Add(rest[(at + 2)..end]);
            rest = rest[(end + 1)..];
        }

        literals.Add(rest);
        parsed = new SecretText(literals.ToImmutable(), names.ToImmutable());
        return true;
    }

    /// <summary>Whether a text can be a secret's name.</summary>
    internal static bool IsName(ReadOnlySpan<char> name)
    {
        var isName = name.Length is > 0 and <= LongestName;
        foreach (var c in name)
        {
            isName &= char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.';
        }

        return isName;
    }

    /// <summary>The text with something in each secret's place.</summary>
    /// <param name="stand">Gives it, for each name in order.</param>
    internal string With(Func<string, string> stand)
    {
        if (Names.IsEmpty)
        {
            return Literals[0];
        }

        var text = new System.Text.StringBuilder(Literals[0]);
        for (var i = 0; i < Names.Length; i++)
        {
            text.Append(stand(Names[i])).Append(Literals[i + 1]);
        }

        return text.ToString();
    }
}
