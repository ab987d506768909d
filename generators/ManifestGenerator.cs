using System;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using LatchGate.Generators.Diagnostics;
using LatchGate.Generators.Emit;
using LatchGate.Generators.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LatchGate.Generators;

/// <summary>Compiles manifests into typed actions and their registry.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class ManifestGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        // The texts, by value: an edit of anything else changes none of them.
        var manifests = Files(context, ".yaml").WithTrackingName(Steps.Manifests);
        var schemas = Files(context, ".json").Where(static file => !LockReader.IsOurs(file.Path)).Collect()
            .Select(static (files, _) => files.ToEquatableArray())
            .WithTrackingName(Steps.Schemas);

        // The modules that are pinned, and those that the provider build made.
        var modules = Files(context, "modules.lock").Collect().Combine(Files(context, "modules.built").Collect())
            .Select(static (files, _) => ReadModules(files.Left, files.Right))
            .WithTrackingName(Steps.Modules);

        var openEgress = context.AnalyzerConfigOptionsProvider.Select(static (options, _) =>
            options.GlobalOptions.TryGetValue("build_property.LatchGateOpenEgress", out var open) && string.Equals(open, "true", StringComparison.OrdinalIgnoreCase));

        // Each manifest on its own, so that an edit of one compiles one.
        var results = manifests.Combine(schemas).Combine(modules.Select(static (read, _) => read.Pins)).Combine(openEgress)
            .Select(static (input, _) => ManifestReader.Read(input.Left.Left.Left, input.Left.Left.Right, input.Left.Right, input.Right))
            .WithTrackingName(Steps.Results);
        var actions = results.Where(static result => result.Action is not null)
            .Select(static (result, _) => result.Action!)
            .WithTrackingName(Steps.Actions);

        // The set as a whole: who is in it twice.
        var entries = results.Where(static result => result.Action is not null)
            .Select(static (result, _) => EntryOf(result))
            .Collect();
        var registry = entries.Select(static (entries, _) => RegistryModel.Of(entries))
            .WithTrackingName(Steps.Registry);
        var duplicates = registry.Select(static (model, _) => model.Duplicates);

        // The actions are one table. Its order is that of the ids, whatever the order of the files.
        var table = actions.Collect().Combine(duplicates)
            .Select(static (input, _) => input.Left.Where(action => !input.Right.Contains(action.ClassName))
                .OrderBy(static action => action.Id, StringComparer.Ordinal).ToEquatableArray())
            .WithTrackingName(Steps.Table);

        // What was released under a version stays what it is.
        var versions = entries.Combine(Files(context, "/" + LockReader.FileName).Collect()).Combine(modules.Select(static (read, _) => read.Pins))
            .Select(static (input, _) => LockReader.Check(input.Left.Left, input.Left.Right.FirstOrDefault(), input.Right))
            .WithTrackingName(Steps.Versions);

        context.RegisterSourceOutput(modules, static (output, read) => Report(output, read.Diagnostics));
        context.RegisterSourceOutput(results, static (output, result) => Report(output, result.Diagnostics));
        context.RegisterSourceOutput(registry, static (output, model) => Report(output, model.Diagnostics));
        context.RegisterSourceOutput(versions, static (output, diagnostics) => Report(output, diagnostics));
        context.RegisterSourceOutput(table, static (output, sorted) => output.AddSource("CompiledActions.g.cs", RegistryEmitter.Emit(sorted)));
    }

    private static IncrementalValuesProvider<SourceFile> Files(IncrementalGeneratorInitializationContext context, string ending) =>
        context.AdditionalTextsProvider
            .Where(file => file.Path.EndsWith(ending, StringComparison.Ordinal))
            .Select(static (file, cancellation) => Read(file, file.GetText(cancellation)));

    // The compiler takes a file that is not UTF-8 for one of the machine's code page.
    private static SourceFile Read(AdditionalText file, SourceText? text) => new(
        file.Path.Replace('\\', '/'), text?.ToString() ?? "", text?.Encoding is null or UTF8Encoding or UnicodeEncoding or UTF32Encoding);

    /// <summary>What the set needs of one manifest.</summary>
    internal static RegistryEntry EntryOf(ManifestResult result)
    {
        var action = result.Action!;
        return new RegistryEntry(action.Id, action.Version, action.Digest, action.ClassName, result.IdLocation, result.VersionLocation);
    }

    private static ModuleLists ReadModules(ImmutableArray<SourceFile> pinned, ImmutableArray<SourceFile> built)
    {
        var diagnostics = new DiagnosticBag();
        var pins = new ModulePins(ModuleListReader.Read(pinned, diagnostics), ModuleListReader.Read(built, diagnostics));
        return new ModuleLists(pins, diagnostics.ToEquatableArray());
    }

    private static void Report(SourceProductionContext output, ImmutableEquatableArray<DiagnosticInfo> diagnostics)
    {
        foreach (var diagnostic in diagnostics)
        {
            output.ReportDiagnostic(diagnostic.ToDiagnostic());
        }
    }

    /// <summary>The names that the incrementality tests look steps up by.</summary>
    internal static class Steps
    {
        public const string Manifests = nameof(Manifests);
        public const string Schemas = nameof(Schemas);
        public const string Modules = nameof(Modules);
        public const string Results = nameof(Results);
        public const string Actions = nameof(Actions);
        public const string Registry = nameof(Registry);
        public const string Versions = nameof(Versions);
        public const string Table = nameof(Table);
    }

    private sealed record ModuleLists(ModulePins Pins, ImmutableEquatableArray<DiagnosticInfo> Diagnostics);
}
