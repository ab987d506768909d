using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.Loader;
using LatchGate.Actions;
using LatchGate.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace LatchGate.Conformance.Suites;

/// <summary>Compiles schemas as the build of a gate does.</summary>
internal static class JsonSchemaBuild
{
    private static readonly CSharpParseOptions Language = new(LanguageVersion.Preview);

    /// <summary>An action for each schema, or null and the reason why the build refuses it.</summary>
    internal static (ActionSpec?[] Specs, string[] Refusals) Compile(string[] schemas)
    {
        var refusals = new string[schemas.Length];
        foreach (var diagnostic in Drive(schemas, refusals).GetRunResult().Diagnostics)
        {
            refusals[IndexOf(diagnostic.Location.GetLineSpan().Path)] ??= diagnostic.GetMessage(CultureInfo.InvariantCulture);
        }

        Drive(schemas, refusals).RunGeneratorsAndUpdateCompilation(Nothing(), out var compilation, out _);
        using var image = new MemoryStream();
        var emitted = compilation.Emit(image);
        if (!emitted.Success)
        {
            throw new InvalidOperationException(string.Join('\n', emitted.Diagnostics.Where(static d => d.Severity == DiagnosticSeverity.Error)));
        }

        image.Position = 0;
        var compiled = new AssemblyLoadContext(null).LoadFromStream(image).GetType("LatchGate.Actions.CompiledActions")!;
        var specs = new ActionSpec?[schemas.Length];
        foreach (var spec in (ImmutableArray<ActionSpec>)compiled.GetProperty("All")!.GetValue(null)!)
        {
            specs[int.Parse(spec.Id, CultureInfo.InvariantCulture)] = spec;
        }

        return (specs, refusals);
    }

    private static GeneratorDriver Drive(string[] schemas, string?[] refusals)
    {
        var files = new List<AdditionalText> { new Text("providers/modules.lock", $"pure sha256:{new string('1', 64)}\n") };
        for (var i = 0; i < schemas.Length; i++)
        {
            if (refusals[i] is null)
            {
                files.Add(new Text($"manifests/{i}/action.yaml", $$"""
                    action_id: "{{i}}"
                    version: 1.0.0
                    description: Holds the schema of a case.
                    provider_module_digest: builtin:pure
                    io: { request_schema: schema.json }
                    """));
                files.Add(new Text($"manifests/{i}/schema.json", schemas[i]));
            }
        }

        return CSharpGeneratorDriver.Create([new ManifestGenerator().AsSourceGenerator()], files, Language).RunGenerators(Nothing());
    }

    // The gate opens its internals to this name; the runner's own assembly is loaded under its own.
    private static CSharpCompilation Nothing() => CSharpCompilation.Create(
        "LatchGate.Bench",
        references: ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Append(typeof(ActionSpec).Assembly.Location)
            .Select(static path => MetadataReference.CreateFromFile(path)),
        options: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    private static int IndexOf(string path) => int.Parse(path.Split('/')[1], CultureInfo.InvariantCulture);

    private sealed class Text(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }
}
