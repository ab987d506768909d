using Microsoft.CodeAnalysis;

namespace LatchGate.Generators.Tests;

public sealed class IncrementalityTests
{
    private static readonly AdditionalText First = GeneratorHarness.File("manifests/a/first.yaml", Manifest("first"));
    private static readonly AdditionalText Second = GeneratorHarness.File("manifests/a/second.yaml", Manifest("second"));

    [Fact]
    public void An_edit_of_code_regenerates_nothing()
    {
        var driver = Start();
        var result = driver.RunGenerators(GeneratorHarness.Compilation("class Unrelated;")).GetRunResult().Results.Single();
        Assert.All(Outputs(result), static reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
        Assert.All(Reasons(result, ManifestGenerator.Steps.Results), static reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Fact]
    public void An_edit_of_an_unrelated_file_regenerates_nothing()
    {
        var readme = GeneratorHarness.File("README.md", "one");
        var driver = Start(readme).ReplaceAdditionalText(readme, GeneratorHarness.File("README.md", "two"));
        var result = driver.RunGenerators(GeneratorHarness.Compilation()).GetRunResult().Results.Single();
        Assert.All(Outputs(result), static reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Fact]
    public void A_comment_in_a_manifest_changes_no_output()
    {
        var driver = Start().ReplaceAdditionalText(First, GeneratorHarness.File(First.Path, Manifest("first") + "\n# A remark."));
        var result = driver.RunGenerators(GeneratorHarness.Compilation()).GetRunResult().Results.Single();
        Assert.Contains(IncrementalStepRunReason.Modified, Reasons(result, ManifestGenerator.Steps.Manifests));
        Assert.All(Outputs(result), static reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Fact]
    public void An_edit_of_one_manifest_recompiles_that_one()
    {
        var driver = Start().ReplaceAdditionalText(First, GeneratorHarness.File(First.Path, Manifest("first").Replace("1.0.0", "1.0.1", StringComparison.Ordinal)));
        var result = driver.RunGenerators(GeneratorHarness.Compilation()).GetRunResult().Results.Single();
        var reasons = Reasons(result, ManifestGenerator.Steps.Actions);
        Assert.Single(reasons, IncrementalStepRunReason.Modified);
        Assert.Single(reasons, static reason => reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged);
    }

    [Fact]
    public void A_new_pin_recompiles_the_actions_that_use_it()
    {
        var moved = GeneratorHarness.Modules.GetText()!.ToString().Replace("pure sha256:11", "pure sha256:22", StringComparison.Ordinal);
        var driver = Start().ReplaceAdditionalText(GeneratorHarness.Modules, GeneratorHarness.File(GeneratorHarness.Modules.Path, moved));
        var result = driver.RunGenerators(GeneratorHarness.Compilation()).GetRunResult().Results.Single();
        Assert.All(Reasons(result, ManifestGenerator.Steps.Actions), static reason => Assert.Equal(IncrementalStepRunReason.Modified, reason));
    }

    private static GeneratorDriver Start(params AdditionalText[] more) =>
        GeneratorHarness.Driver([GeneratorHarness.Modules, First, Second, .. more]).RunGenerators(GeneratorHarness.Compilation());

    private static List<IncrementalStepRunReason> Outputs(GeneratorRunResult result)
    {
        var reasons = result.TrackedOutputSteps.Values.SelectMany(static steps => steps).SelectMany(static step => step.Outputs).Select(static o => o.Reason).ToList();
        Assert.NotEmpty(reasons);
        return reasons;
    }

    private static List<IncrementalStepRunReason> Reasons(GeneratorRunResult result, string step) =>
        [.. result.TrackedSteps[step].SelectMany(static run => run.Outputs).Select(static output => output.Reason)];

    private static string Manifest(string id) => RepositoryFiles.Fixture("minimal.yaml").Replace("minimal", id, StringComparison.Ordinal);
}
