using LatchGate.Generators.Model;
using Microsoft.CodeAnalysis;

namespace LatchGate.Manifests;

/// <summary>What the repository knows of manifests without a build: <c>lint</c>, <c>lock</c> and <c>schema</c>.</summary>
internal static class ManifestTool
{
    private const int Clean = 0;
    private const int Faulty = 1;
    private const int Usage = 64;

    private const string Help = """
        usage: latchgate-manifests lint PATH [--format text|sarif] [--modules FILE]...
               latchgate-manifests lock DIR [--amend ID]... [--check] [--modules FILE]...
               latchgate-manifests schema

        lint    prints what the build would say of the manifests below PATH, or of the one file; exit code 1 when it would fail
        lock    adds new versions to DIR/lock.json; --amend enters a version anew that nobody has used yet; --check only says whether
                all versions are listed
        schema  prints the JSON Schema of manifests for editors

        --modules names a list of provider modules, as often as there are lists; without it, the repository's modules.lock
        """;

    private static int Main(string[] arguments) => Run(arguments, Console.Out, Console.Error);

    /// <summary>Runs one command.</summary>
    internal static int Run(string[] arguments, TextWriter output, TextWriter error)
    {
        if (Options.Parse(arguments) is not { } options)
        {
            error.WriteLine(Help);
            return Usage;
        }

        if (options.Command == "schema")
        {
            output.Write(EditorSchema.Text);
            return Clean;
        }

        try
        {
            var set = ManifestSet.Read(options.Path, [.. Modules(options).Select(ManifestSet.Source)]);
            return options.Command == "lint" ? Lint(set, options, output) : Lock(set, options, output, error);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"latchgate-manifests: {e.Message}");
            return Faulty;
        }
    }

    private static List<string> Modules(Options options) => options.Modules.Count > 0
        ? options.Modules
        : [Beside("providers/modules.lock") ?? throw new FileNotFoundException("providers/modules.lock is not found; name it with --modules.")];

    private static int Lint(ManifestSet set, Options options, TextWriter output)
    {
        output.Write(options.Format == "sarif" ? Report.Sarif(set.Diagnostics) : Report.Text(set.Diagnostics));
        if (options.Format == "text")
        {
            var errors = set.Diagnostics.Count(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
            output.WriteLine($"{set.CountSound()} sound, {errors} errors, {set.Diagnostics.Count - errors} warnings");
        }

        return set.HasErrors ? Faulty : Clean;
    }

    private static int Lock(ManifestSet set, Options options, TextWriter output, TextWriter error)
    {
        var amended = set.Entries.Where(entry => options.Amend.Contains(entry.Id)).Select(static entry => entry.Location.Path).ToHashSet(StringComparer.Ordinal);
        var faults = set.Diagnostics.Where(diagnostic => diagnostic.Id is not ("LGM101" or "LGM103")
            && !(diagnostic.Id == "LGM100" && amended.Contains(diagnostic.Location.GetLineSpan().Path))).ToList();
        if (faults.Count > 0)
        {
            error.Write(Report.Text(faults));
            return Faulty;
        }

        var file = Path.Combine(set.Root, LockReader.FileName);
        var text = LockFile.Extend(set, options.Amend);
        if (text == set.LockFile?.Text)
        {
            output.WriteLine($"{file} lists all {set.Entries.Length} versions");
            return Clean;
        }

        if (options.IsCheck)
        {
            error.Write(Report.Text(set.Diagnostics));
            error.WriteLine($"{file} does not list all versions; run make manifests-lock");
            return Faulty;
        }

        File.WriteAllText(file, text);
        output.WriteLine($"{file} now lists all {set.Entries.Length} versions");
        return Clean;
    }

    // The repository that the tool was built from is above it.
    private static string? Beside(string path)
    {
        for (var at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
        {
            if (File.Exists(Path.Combine(at, path)))
            {
                return Path.Combine(at, path);
            }
        }

        return null;
    }
}
