namespace LatchGate.Fuzz.Tests;

/// <summary>A short run of every target, the same each time. `make fuzz` is the long one.</summary>
public sealed class TargetTests(ITestOutputHelper output) : IDisposable
{
    private readonly FuzzRun _run = new();

    public static TheoryData<string, int> Bounds => new(
        TargetList.All().Select(static target => (target.Name, ExecutionsOf(target.Name))));

    public void Dispose() => _run.Dispose();

    [Theory]
    [MemberData(nameof(Bounds))]
    public void A_property_holds_for_every_input_tried(string name, int executions)
    {
        var report = _run.Of(TargetList.Find(name)!, executions);
        output.WriteLine(report.ToString());
        Assert.Empty(report.Findings.Select(static finding => finding.What));
        Assert.InRange(report.Executions, executions, executions * 2L);
        Assert.True(report.Edges > report.SeedEdges, "Mutation found nothing that the seeds had not covered.");
        Assert.True(report.Blocks > report.AllBlocks / 5, "The inputs reach too little of the code under test.");
    }

    [Fact]
    public void Every_target_has_seeds_and_a_dictionary()
    {
        foreach (var name in FuzzRun.Targets)
        {
            Assert.NotEmpty(Directory.GetFiles(FuzzRun.CorpusOf(name)));
            Assert.True(File.Exists(Path.Combine(FuzzRun.CorpusOf(name), "..", "..", "dictionaries", name + ".dict")), $"{name} has no dictionary.");
        }
    }

    // What signs, parses YAML, fills tables of ports or opens connections takes longer for each.
    private static int ExecutionsOf(string name) => name switch
    {
        "manifest" or "dpop-proof" => 2_000,
        "redactor" => 4_000,
        "egress-dial" => 2_000,
        "proxy-list" => 500,
        "json-schema" => 60_000,
        _ => 20_000,
    };
}
