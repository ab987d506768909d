namespace LatchGate.Generators.Model;

/// <summary>One additional file, held by value so that an incremental step can compare it.</summary>
/// <param name="Path">The path as the build gave it, with forward slashes.</param>
/// <param name="Text">The whole text.</param>
/// <param name="IsUnicode">Whether its bytes are UTF-8 or UTF-16: readers guess at any other encoding, each in its own way.</param>
internal sealed record SourceFile(string Path, string Text, bool IsUnicode = true)
{
    /// <summary>The folder of the file, with a slash at the end.</summary>
    public string Folder => Path.Substring(0, Path.LastIndexOf('/') + 1);
}
