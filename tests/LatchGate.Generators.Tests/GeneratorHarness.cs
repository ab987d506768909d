using System.Collections.Immutable;
using System.Runtime.Loader;
using LatchGate.Actions;
using LatchGate.Crypto;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace LatchGate.Generators.Tests;

/// <summary>Runs the generator in memory, and compiles and loads what it made.</summary>
internal static class GeneratorHarness
{
    public const string ModuleDigest = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    public static readonly AdditionalText Modules = File("providers/modules.lock", $"""
        # The pinned modules.
        http_api sha256:{ModuleDigest} latchgate:io/http,latchgate:io/log
        fs sha256:{ModuleDigest.Replace('0', '2')} latchgate:io/fs
        pure sha256:{ModuleDigest.Replace('0', '1')}
        """);

    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Append(typeof(ActionSpec).Assembly.Location)
            .Select(static path => MetadataReference.CreateFromFile(path)),
    ];

    public static AdditionalText File(string path, string text) => new MemoryText(path, text);

    public static AdditionalText Manifest(string text) => File("manifests/test/action.yaml", text);

    public static GeneratorDriver Driver(params AdditionalText[] files) => Driver(openEgress: false, files);

    public static GeneratorDriver Driver(bool openEgress, params AdditionalText[] files) => CSharpGeneratorDriver.Create(
        [new ManifestGenerator().AsSourceGenerator()],
        files,
        new CSharpParseOptions(LanguageVersion.Preview),
        new BuildProperties(openEgress),
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    // The gate opens its internals to this name; the tests' own assembly is already loaded under its own.
    public static CSharpCompilation Compilation(string source = "") => CSharpCompilation.Create(
        "LatchGate.Bench",
        [CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Preview))],
        References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    public static GeneratorRunResult Run(params AdditionalText[] files) =>
        Driver(files).RunGenerators(Compilation()).GetRunResult().Results.Single();

    public static ImmutableArray<Diagnostic> Diagnose(params AdditionalText[] files) => Run(files).Diagnostics;

    /// <summary>The diagnostics of a build whose property LatchGateOpenEgress is as given.</summary>
    public static ImmutableArray<Diagnostic> Diagnose(bool openEgress, params AdditionalText[] files) =>
        Driver(openEgress, files).RunGenerators(Compilation()).GetRunResult().Results.Single().Diagnostics;

    /// <summary>The compiled actions and the digest of the set.</summary>
    public static (ImmutableArray<ActionSpec> All, Sha256Digest Digest) Load(params AdditionalText[] files)
    {
        var driver = Driver(files).RunGeneratorsAndUpdateCompilation(Compilation(), out var compilation, out var diagnostics);
        Assert.Empty(diagnostics);
        using var image = new MemoryStream();
        var result = compilation.Emit(image);

        // CS0436: the generated registry hides the gate's own, which is what is meant here. CS1701: the gate is built for an older framework.
        Assert.Empty(result.Diagnostics.Where(static d => d.Severity >= DiagnosticSeverity.Warning && d.Id is not ("CS0436" or "CS1701")).Select(static d => d.ToString()));
        image.Position = 0;
        var type = new AssemblyLoadContext(null).LoadFromStream(image).GetType("LatchGate.Actions.CompiledActions")!;
        return ((ImmutableArray<ActionSpec>)type.GetProperty("All")!.GetValue(null)!, (Sha256Digest)type.GetProperty("ManifestSetDigest")!.GetValue(null)!);
    }

    public static ActionSpec LoadOne(string manifest) => Assert.Single(Load(Modules, Manifest(manifest)).All);

    private sealed class BuildProperties(bool openEgress) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Properties(openEgress);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;
    }

    private sealed class Properties(bool openEgress) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value)
        {
            value = openEgress && key == "build_property.LatchGateOpenEgress" ? "true" : null;
            return value is not null;
        }
    }

    private sealed class MemoryText(string path, string text) : AdditionalText
    {
        private readonly SourceText _text = SourceText.From(text);

        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => _text;
    }
}
