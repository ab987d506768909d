namespace LatchGate.Fuzz.Engine;

/// <summary>How long and from where a run goes.</summary>
/// <param name="Seeds">Folder of the seed corpus; its files are run in the order of their names.</param>
/// <param name="Dictionary">Dictionary file; need not exist.</param>
/// <param name="Findings">Folder under which findings are saved.</param>
internal sealed record FuzzOptions(string Seeds, string Dictionary, string Findings)
{
    /// <summary>Stop after this many executions; with a seed the run is then the same each time.</summary>
    internal long MaxExecutions { get; init; } = long.MaxValue;

    /// <summary>Stop after this time.</summary>
    internal TimeSpan MaxTime { get; init; } = TimeSpan.MaxValue;

    /// <summary>Seed of the mutations.</summary>
    internal ulong Seed { get; init; } = 1;

    /// <summary>Longest time of one execution. Generous: the machine may be busy.</summary>
    internal TimeSpan HangLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Stop at this many different findings.</summary>
    internal int MaxFindings { get; init; } = 20;

    /// <summary>Folder to which the small set that covers everything is written at the end, and read at the start; null for neither.</summary>
    internal string? Grown { get; init; }
}

/// <summary>What a run did.</summary>
/// <param name="Target">The target's name.</param>
/// <param name="Executions">Inputs run.</param>
/// <param name="Elapsed">Wall-clock time.</param>
/// <param name="Processor">Processor time of the whole process, compiling and collecting included.</param>
/// <param name="SeedEdges">Edges that the seeds alone cover.</param>
/// <param name="Edges">Edges covered.</param>
/// <param name="Blocks">Basic blocks of the subjects that were entered.</param>
/// <param name="AllBlocks">Basic blocks of the subjects.</param>
/// <param name="CorpusSize">Inputs kept.</param>
/// <param name="FavouredSize">Those of them that cover everything.</param>
/// <param name="CorpusDigest">SHA-256 over the kept inputs, in the order found: two equal runs have equal digests.</param>
/// <param name="Findings">What broke.</param>
internal sealed record FuzzReport(
    string Target,
    long Executions,
    TimeSpan Elapsed,
    TimeSpan Processor,
    int SeedEdges,
    int Edges,
    int Blocks,
    int AllBlocks,
    int CorpusSize,
    int FavouredSize,
    string CorpusDigest,
    IReadOnlyList<Finding> Findings)
{
    /// <summary>Inputs run in a second.</summary>
    internal double Rate => Executions / Math.Max(Elapsed.TotalSeconds, 1e-9);

    /// <summary>Inputs run in a second of processor time: what the rate would be on a machine that does nothing else.</summary>
    internal double ProcessorRate => Executions / Math.Max(Processor.TotalSeconds, 1e-9);

    /// <summary>One line.</summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{Target,-18} {Executions,10:N0} executions {Rate,8:N0}/s ({ProcessorRate,7:N0}/cpu-s)  edges {Edges,5} (seeds {SeedEdges,4})  blocks {Blocks,4}/{AllBlocks,-4}  corpus {CorpusSize,4} ({FavouredSize} favoured)  findings {Findings.Count}");
}
