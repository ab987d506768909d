using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace LatchGate.Learned;

/// <summary>
/// A glob that an operator may add to an action's paths. Every segment is looked at (D-109); a path that an approval learns is
/// escaped first (<see cref="PathGlob.Escape"/>, D-43). Only <see cref="TryParse"/> makes one.
/// </summary>
internal sealed class LearnedPath
{
    /// <summary>Longest glob in UTF-8 bytes.</summary>
    internal const int MaxBytes = 1024;

    private LearnedPath(PathGlob glob) => Glob = glob;

    /// <summary>What it covers.</summary>
    internal PathGlob Glob { get; }

    /// <summary>The stored spelling: blanks around it are taken away, nothing else is changed.</summary>
    internal string Text => Glob.Text;

    /// <summary>Reads what an operator wrote (reference/wire.md §7.6).</summary>
    /// <param name="input">As it came.</param>
    /// <param name="path">The path, when true is returned.</param>
    /// <param name="fault">What is wrong with it, in one sentence; empty when nothing is.</param>
    internal static bool TryParse(string input, [NotNullWhen(true)] out LearnedPath? path, out string fault)
    {
        path = null;
        var text = input.Trim();
        fault = FaultOf(text);
        if (fault.Length > 0 || !PathGlob.TryParse(text, out var glob, out fault))
        {
            return false;
        }

        foreach (var segment in glob.Segments)
        {
            if (segment is "." or ".." || segment.Replace("\\", "", StringComparison.Ordinal) is "." or "..")
            {
                fault = "a segment is '.' or '..', which leads elsewhere";
                return false;
            }
        }

        if (SensitiveNames.IsNamedBy(glob, out var sensitive))
        {
            fault = $"{sensitive} holds credentials; no path to it can be learned";
            return false;
        }

        if (!HasWord(text))
        {
            fault = "it covers nearly everything; name at least a part of a file or directory, as in 'src/**'";
            return false;
        }

        path = new LearnedPath(glob);
        return true;
    }

    private static string FaultOf(string text)
    {
        if (text.Length == 0)
        {
            return "it is empty";
        }

        if (Encoding.UTF8.GetByteCount(text) > MaxBytes)
        {
            return $"it is longer than {MaxBytes} bytes";
        }

        foreach (var c in text)
        {
            if (char.IsControl(c))
            {
                return "it has a control character";
            }
        }

        return text[0] == '/' ? "it begins with a slash; paths are relative to the session's root" : "";
    }

    // A letter or digit outside of a class: without one, only wildcards and punctuation are left.
    private static bool HasWord(string text)
    {
        var inClass = false;
        foreach (var c in text)
        {
            inClass = c == '[' || (inClass && c != ']');
            if (!inClass && (char.IsLetterOrDigit(c) || char.IsSurrogate(c)))
            {
                return true;
            }
        }

        return false;
    }
}
