using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using LatchGate.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace LatchGate.Conformance.Suites;

/// <summary>Load cases: the policy as the <c>egress</c> block of a manifest, compiled by the generator.</summary>
internal static class EgressLoads
{
    private const string Manifest = """
        action_id: minimal
        version: 1.0.0
        description: Holds the policy of a case.
        provider_module_digest: builtin:pure
        egress:
        """;

    private static readonly AdditionalText Modules = new Text("providers/modules.lock", $"pure sha256:{new string('1', 64)}\n");
    private static readonly CSharpCompilation Nothing = CSharpCompilation.Create("case");

    /// <summary>What differs from the case's expectation; null when nothing does.</summary>
    internal static string? Mismatch(JsonElement testCase, JsonElement policy)
    {
        var isOpen = testCase.TryGetProperty("gate", out var gate) && gate.TryGetProperty("open_egress", out var open) && open.GetBoolean();
        var messages = CSharpGeneratorDriver
            .Create(
                [new ManifestGenerator().AsSourceGenerator()],
                [Modules, new Text("manifests/case.yaml", $"{Manifest} {JsonSerializer.Serialize(policy)}\n")],
                optionsProvider: new Options(isOpen))
            .RunGenerators(Nothing).GetRunResult().Diagnostics.Select(d => d.GetMessage(System.Globalization.CultureInfo.InvariantCulture)).ToList();
        var expect = testCase.GetProperty("expect");
        if (expect.GetProperty("verdict").GetString() == "loaded")
        {
            return messages.Count == 0 ? null : $"expected to load, but: {string.Join(" | ", messages)}";
        }

        var code = $"({expect.GetProperty("reason").GetString()})";
        return messages.Count > 0 && messages.TrueForAll(message => message.Contains(code, StringComparison.Ordinal))
            ? null
            : $"expected {code}, but: {(messages.Count == 0 ? "it loads" : string.Join(" | ", messages))}";
    }

    private sealed class Text(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }

    private sealed class Options(bool isOpen) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Properties(isOpen);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;
    }

    private sealed class Properties(bool isOpen) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value)
        {
            value = isOpen && key == "build_property.LatchGateOpenEgress" ? "true" : null;
            return value is not null;
        }
    }
}
