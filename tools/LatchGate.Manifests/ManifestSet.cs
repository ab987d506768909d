using System.Collections.Immutable;
using System.Text;
using LatchGate.Generators;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Model;
using Microsoft.CodeAnalysis;

namespace LatchGate.Manifests;

/// <summary>Manifests as the build sees them: every <c>*.yaml</c> below a directory, or one file.</summary>
internal sealed class ManifestSet
{
    // How far above a single file its lock.json is looked for.
    private const int MostParents = 4;

    private ManifestSet(string root, ImmutableArray<RegistryEntry> entries, SourceFile? lockFile, ModulePins pins, List<Diagnostic> diagnostics)
    {
        Root = root;
        Entries = entries;
        LockFile = lockFile;
        Pins = pins;
        Diagnostics = diagnostics;
    }

    /// <summary>The directory that <c>lock.json</c> belongs to.</summary>
    public string Root { get; }

    /// <summary>The manifests that are sound by themselves; one of them may still be at odds with another, or with the list of versions.</summary>
    public ImmutableArray<RegistryEntry> Entries { get; }

    /// <summary>The list of versions; null where there is none.</summary>
    public SourceFile? LockFile { get; }

    /// <summary>The provider modules.</summary>
    public ModulePins Pins { get; }

    /// <summary>What is wrong, by file and place.</summary>
    public List<Diagnostic> Diagnostics { get; }

    /// <summary>Whether any of it ends a build.</summary>
    public bool HasErrors => Diagnostics.Exists(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

    /// <summary>How many manifests would end no build.</summary>
    public int CountSound()
    {
        var faulty = Diagnostics.Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            .Select(static diagnostic => diagnostic.Location.GetLineSpan().Path).ToHashSet(StringComparer.Ordinal);
        return Entries.Count(entry => !faulty.Contains(entry.Location.Path));
    }

    /// <summary>Reads the set.</summary>
    /// <param name="path">A directory or a file.</param>
    /// <param name="modules">The lists of provider modules.</param>
    /// <exception cref="IOException">Something cannot be read.</exception>
    public static ManifestSet Read(string path, IReadOnlyList<SourceFile> modules)
    {
        var isDirectory = Directory.Exists(path);
        var root = isDirectory ? path : RootOf(path);
        var folder = isDirectory ? path : Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        var schemas = Files(folder, "*.json").Where(static file => !LockReader.IsOurs(file.Path)).ToEquatableArray();
        var manifests = isDirectory ? Files(path, "*.yaml") : [Source(path)];
        var bag = new DiagnosticBag();
        var pins = new ModulePins(ModuleListReader.Read(modules, bag), ImmutableEquatableArray<ModulePin>.Empty);
        var found = new List<DiagnosticInfo>(bag.ToEquatableArray());
        var entries = ImmutableArray.CreateBuilder<RegistryEntry>();
        foreach (var manifest in manifests)
        {
            var result = ManifestReader.Read(manifest, schemas, pins);
            found.AddRange(result.Diagnostics);
            if (result.Action is not null)
            {
                entries.Add(ManifestGenerator.EntryOf(result));
            }
        }

        var lockPath = Path.Combine(root, LockReader.FileName);
        var lockFile = File.Exists(lockPath) ? Source(lockPath) : null;
        var all = entries.ToImmutable();
        found.AddRange(RegistryModel.Of(all).Diagnostics);
        found.AddRange(LockReader.Check(all, lockFile, pins));
        return new ManifestSet(root, all, lockFile, pins, [.. found.Select(static info => info.ToDiagnostic())]);
    }

    /// <summary>A file as the generator takes it: with slashes in its path.</summary>
    public static SourceFile Source(string path)
    {
        var name = path.Replace('\\', '/');
        try
        {
            return new SourceFile(name, File.ReadAllText(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)));
        }
        catch (DecoderFallbackException)
        {
            return new SourceFile(name, "", IsUnicode: false);
        }
    }

    private static List<SourceFile> Files(string folder, string pattern) =>
        [.. Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(Source)];

    private static string RootOf(string file)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        for (var at = folder; at is not null && at.Length > 0; at = Path.GetDirectoryName(at))
        {
            if (File.Exists(Path.Combine(at, LockReader.FileName)))
            {
                return at;
            }

            if (folder.Count(static c => c == '/') - at.Count(static c => c == '/') >= MostParents)
            {
                break;
            }
        }

        return folder;
    }
}
