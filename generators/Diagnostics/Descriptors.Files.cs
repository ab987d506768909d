using Microsoft.CodeAnalysis;

namespace LatchGate.Generators.Diagnostics;

/// <summary>
/// Everything that can be wrong with an fs block. Ids are stable: an id is never given a second meaning (docs/diagnostics.md).
/// </summary>
internal static partial class Descriptors
{
    public static readonly DiagnosticDescriptor BadPathGlob = Error(
        "LGM090",
        "A path glob is malformed",
        "The glob '{0}' is malformed: {1}. Write segments with *, ?, [a-z] and **, such as src/**/*.md.");

    public static readonly DiagnosticDescriptor FilesImport = Error(
        "LGM091",
        "An fs block needs the import",
        "An action with files gets them through latchgate:io/fs. Add it to required_imports, or remove the fs block.");

    public static readonly DiagnosticDescriptor FilesBlockRequired = Error(
        "LGM092",
        "A provider with files needs an fs block",
        "The module '{0}' imports latchgate:io/fs, yet the manifest lists no files. Add an fs block.");

    public static readonly DiagnosticDescriptor FilesAndNetwork = Error(
        "LGM093",
        "An action with files has a way out",
        "An action with files has no network and no secrets, so that nothing can be carried out. Remove {0}.");

    public static readonly DiagnosticDescriptor FilesVerifier = Error(
        "LGM094",
        "The verifier does not fit the files",
        "verifier_kind: fs_hash goes with an fs block, and an fs block with it. Set both or neither.");

    public static readonly DiagnosticDescriptor FilesDoNotFit = Error(
        "LGM095",
        "A limit is too small for the files",
        "'{0}' must be at least {1}, so that a file of max_file_bytes fits. Raise it, lower max_file_bytes, or leave it out.");

    public static readonly DiagnosticDescriptor BadFileTemplate = Error(
        "LGM096",
        "A template does not fit its fs block",
        "The template {0}. Change it or the fs block.");
}
