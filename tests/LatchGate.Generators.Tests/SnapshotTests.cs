namespace LatchGate.Generators.Tests;

/// <summary>What is generated, as text. Set LATCHGATE_UPDATE_SNAPSHOTS=1 to write the files anew, and review the difference.</summary>
public sealed class SnapshotTests
{
    [Theory]
    [InlineData("CompiledActions.g.cs")]
    public void The_generated_source_is_the_reviewed_one(string name)
    {
        var result = GeneratorHarness.Run(
            GeneratorHarness.Modules,
            GeneratorHarness.File("manifests/a/minimal.yaml", RepositoryFiles.Fixture("minimal.yaml")),
            GeneratorHarness.File("manifests/a/everything.yaml", RepositoryFiles.Fixture("everything.yaml")),
            GeneratorHarness.File("manifests/a/schemas/answer.json", RepositoryFiles.Fixture("answer.json")));
        Assert.Empty(result.Diagnostics.Select(static d => d.ToString()));
        var generated = result.GeneratedSources.Single(source => source.HintName == name).SourceText.ToString();
        if (Environment.GetEnvironmentVariable("LATCHGATE_UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllText(Path.Combine(RepositoryFiles.Root, "tests/LatchGate.Generators.Tests/Snapshots", name + ".txt"), generated);
        }

        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Snapshots", name + ".txt")), generated);
    }
}
