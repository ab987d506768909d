using System.Text;
using LatchGate.Fuzz.Engine;
using LatchGate.Fuzz.Subjects;

namespace LatchGate.Fuzz.Tests;

/// <summary>The loop finds what it is for, and says what it did.</summary>
public sealed class EngineTests : IDisposable
{
    private readonly FuzzRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Coverage_leads_to_a_bug_that_chance_would_not_find()
    {
        // One input in 2^68 reaches it; without guidance this many would not come past the second byte.
        var report = _run.Of(new PlantedTarget(), executions: 400_000, findings: 1);
        var finding = Assert.Single(report.Findings);
        Assert.Equal(FindingKind.Crash, finding.Kind);
        Assert.Contains("planted bug", finding.What, StringComparison.Ordinal);
        Assert.StartsWith("latch", Encoding.Latin1.GetString(File.ReadAllBytes(finding.Path)), StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => new PlantedTarget().Run(File.ReadAllBytes(finding.Path)));
    }

    [Fact]
    public void A_seed_gives_the_same_run_again()
    {
        var first = _run.Of(TargetList.Find("chunked-body")!, executions: 5_000, seed: 7);
        var second = _run.Of(TargetList.Find("chunked-body")!, executions: 5_000, seed: 7);
        var other = _run.Of(TargetList.Find("chunked-body")!, executions: 5_000, seed: 8);
        Assert.Equal((first.Executions, first.Edges, first.CorpusDigest), (second.Executions, second.Edges, second.CorpusDigest));
        Assert.NotEqual(first.CorpusDigest, other.CorpusDigest);
    }

    [Fact]
    public void The_favoured_inputs_alone_cover_what_all_of_them_cover()
    {
        var grown = Path.Combine(_run.Findings, "grown");
        var target = TargetList.Find("http-request")!;
        var options = new FuzzOptions(FuzzRun.CorpusOf(target.Name), "", _run.Findings) { MaxExecutions = 5_000, Grown = grown };
        var all = FuzzLoop.Run(target, options);
        Assert.True(all.FavouredSize < all.CorpusSize);
        var few = FuzzLoop.Run(target, options with { Seeds = grown, Grown = null, MaxExecutions = 0 });
        Assert.Equal(all.Edges, few.Edges);
    }

    [Fact]
    public void What_ran_when_a_process_died_is_recovered()
    {
        var store = new FindingStore(_run.Findings, "dead");
        Directory.CreateDirectory(store.Folder);
        File.WriteAllBytes(Path.Combine(store.Folder, ".running"), [3, 0, 0, 0, (byte)'a', (byte)'b', (byte)'c', (byte)'z']);
        var finding = Journal.Recover(store)!;
        Assert.Equal(FindingKind.Death, finding.Kind);
        Assert.Equal("abc"u8.ToArray(), File.ReadAllBytes(finding.Path));
        Assert.Null(Journal.Recover(store));
    }

    [Theory]
    [InlineData("""  kw="a\x00\\\"é"  """, new byte[] { (byte)'a', 0, (byte)'\\', (byte)'"', 0xC3, 0xA9 })]
    [InlineData("\"x\"", new byte[] { (byte)'x' })]
    public void A_dictionary_line_is_read_as_AFL_reads_it(string line, byte[] token)
    {
        var path = Path.Combine(_run.Findings, "d.dict");
        File.WriteAllText(path, "# comment\n\n" + line + "\n");
        Assert.Equal(token, Assert.Single(TokenDictionary.Read(path)));
    }

    private sealed class PlantedTarget : FuzzTarget
    {
        internal override string Name => "planted";

        internal override string Property => "does not hold";

        internal override IReadOnlyList<string> Subjects => ["LatchGate.Fuzz.Subjects.PlantedBug"];

        internal override int MaxLength => 16;

        internal override void Run(ReadOnlySpan<byte> input) => PlantedBug.Read(input);
    }
}
