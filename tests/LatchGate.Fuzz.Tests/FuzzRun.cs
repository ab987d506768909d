using LatchGate.Fuzz.Engine;

// Coverage is of the process: one run at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace LatchGate.Fuzz.Tests;

/// <summary>Runs a target from its committed corpus into a folder that is gone afterwards.</summary>
internal sealed class FuzzRun : IDisposable
{
    private static readonly string _root = FindRoot();

    internal string Findings { get; } = Directory.CreateTempSubdirectory("latchgate-fuzz-").FullName;

    /// <summary>Every target's name.</summary>
    internal static IEnumerable<string> Targets => TargetList.All().Select(static target => target.Name);

    public void Dispose() => Directory.Delete(Findings, recursive: true);

    internal FuzzReport Of(FuzzTarget target, long executions, ulong seed = 1, int findings = 20) => FuzzLoop.Run(
        target,
        new FuzzOptions(CorpusOf(target.Name), Path.Combine(_root, "fuzz", "dictionaries", target.Name + ".dict"), Findings)
        {
            MaxExecutions = executions,
            Seed = seed,
            MaxFindings = findings,
            HangLimit = TimeSpan.FromSeconds(30),
        });

    internal static string CorpusOf(string target) => Path.Combine(_root, "fuzz", "corpus", target);

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "latchgate.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The repository is not above the tests.");
        }

        return folder;
    }
}
