using System.Collections.Immutable;
using LatchGate.Learned;

namespace LatchGate.Actions;

/// <summary>What may be done with files.</summary>
[Flags]
public enum FileOperations
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read a whole file.</summary>
    Read = 1,

    /// <summary>Make a file that does not exist.</summary>
    Create = 2,

    /// <summary>Replace a file that exists.</summary>
    Overwrite = 4,

    /// <summary>Take a file away.</summary>
    Delete = 8,
}

/// <summary>The files that an action may touch (<c>fs:</c> of its manifest; reference/kernel.md §1.5). Immutable; built by generated code.</summary>
public sealed class FileSpec
{
    /// <summary>Compiles the globs.</summary>
    /// <param name="operations">What may be done.</param>
    /// <param name="allowedPaths">Globs of the paths that are listed.</param>
    /// <param name="deniedPaths">Globs that win over the others, in any case of letters.</param>
    /// <param name="maxFileBytes">Bytes of a file, before and after, 1 to 32 MiB.</param>
    /// <param name="maxTotalBytes">Bytes that one execution may read and write in all, 1 to 256 MiB.</param>
    /// <param name="createParents">Whether missing directories above a new file are made.</param>
    /// <param name="allowLearning">Whether an unlisted path is put to an operator, who may add it.</param>
    /// <exception cref="ArgumentException">A glob is malformed, which the generator refuses.</exception>
    public FileSpec(
        FileOperations operations, ImmutableArray<string> allowedPaths, ImmutableArray<string> deniedPaths, long maxFileBytes, long maxTotalBytes,
        bool createParents, bool allowLearning)
    {
        (Operations, MaxFileBytes, MaxTotalBytes, CreateParents, AllowLearning) = (operations, maxFileBytes, maxTotalBytes, createParents, allowLearning);
        Rules = new PathRules(Compile(allowedPaths, deny: false), Compile(deniedPaths, deny: true), Learned: []);
    }

    /// <summary>What may be done.</summary>
    public FileOperations Operations { get; }

    /// <summary>Bytes of a file, before and after.</summary>
    public long MaxFileBytes { get; }

    /// <summary>Bytes that one execution may read and write in all.</summary>
    public long MaxTotalBytes { get; }

    /// <summary>Whether missing directories above a new file are made.</summary>
    public bool CreateParents { get; }

    /// <summary>Whether an unlisted path is put to an operator, who may add it.</summary>
    public bool AllowLearning { get; }

    /// <summary>The manifest's paths; nothing learned.</summary>
    internal PathRules Rules { get; }

    private static ImmutableArray<PathGlob> Compile(ImmutableArray<string> texts, bool deny)
    {
        var globs = ImmutableArray.CreateBuilder<PathGlob>(texts.Length);
        foreach (var text in texts)
        {
            if (!(deny ? PathRules.TryParseDeny(text, out var glob, out var fault) : PathGlob.TryParse(text, out glob, out fault)))
            {
                throw new ArgumentException($"The glob '{text}' is malformed: {fault}.", nameof(texts));
            }

            globs.Add(glob);
        }

        return globs.MoveToImmutable();
    }
}
