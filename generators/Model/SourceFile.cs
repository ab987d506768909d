namespace LatchGate.Generators.Model;

/// <summary>One additional file, held by value so that an incremental step can compare it.</summary>
/// <param name="Path">The path as the build gave it, with forward slashes.</param>
/// <param name="Text">The whole text.</param>
internal sealed record SourceFile(string Path, string Text)
{
    /// <summary>The folder of the file, with a slash at the end.</summary>
    public string Folder => Path.Substring(0, Path.LastIndexOf('/') + 1);
}
