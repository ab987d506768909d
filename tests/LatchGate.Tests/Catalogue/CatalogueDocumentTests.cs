using System.Text.RegularExpressions;
using LatchGate.Actions;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.Catalogue;

public sealed partial class CatalogueDocumentTests
{
    /// <summary>With LATCHGATE_WRITE_CATALOGUE=1 in its environment the test writes the tables instead of comparing them.</summary>
    [Fact]
    public void The_tables_of_the_page_are_those_of_the_manifests()
    {
        var page = File.ReadAllText(CatalogueTable.DocumentPath);
        var begin = page.IndexOf(CatalogueTable.Begin, StringComparison.Ordinal);
        var end = page.IndexOf(CatalogueTable.End, StringComparison.Ordinal);
        Assert.True(begin >= 0 && end > begin, "docs/catalogue.md has lost the place of its tables.");
        var made = CatalogueTable.Render();
        if (Environment.GetEnvironmentVariable("LATCHGATE_WRITE_CATALOGUE") == "1")
        {
            File.WriteAllText(CatalogueTable.DocumentPath, page[..begin] + made + page[(end + CatalogueTable.End.Length)..]);
            return;
        }

        Assert.Equal(made, page[begin..(end + CatalogueTable.End.Length)], ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void Every_manifest_says_why_it_has_its_risk_level_and_what_its_token_needs()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "manifests"), "*.yaml", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file);
            var id = Path.GetFileNameWithoutExtension(file);
            Assert.True(ActionRegistry.OfThisBuild().TryFind(id, out var action), $"{file} is not named like its action.");
            var (stated, level) = (Rationale().Match(text), Level().Match(text).Groups[1].Value);
            Assert.True(stated.Success && stated.Groups[1].Value == level, $"{id}: Risk rationale");
            Assert.True(action!.Secrets.IsEmpty || text.Contains("\n# Scopes: ", StringComparison.Ordinal), $"{id}: Scopes");
        }
    }

    [GeneratedRegex("^# Risk rationale: ([a-z]+)[.] [A-Z]", RegexOptions.Multiline)]
    private static partial Regex Rationale();

    [GeneratedRegex("^risk_level: ([a-z]+)", RegexOptions.Multiline)]
    private static partial Regex Level();
}
