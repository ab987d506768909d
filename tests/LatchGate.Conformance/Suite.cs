namespace LatchGate.Conformance;

/// <summary>How one public case ended.</summary>
internal enum CaseOutcome
{
    Passed,
    Failed,
    Skipped,
}

/// <summary>One public case: its name, how it ended, and why where it did not pass.</summary>
internal readonly record struct CaseResult(string Name, CaseOutcome Outcome, string Reason)
{
    internal static CaseResult Pass(string name) => new(name, CaseOutcome.Passed, "");

    internal static CaseResult Fail(string name, string reason) => new(name, CaseOutcome.Failed, reason);

    internal static CaseResult Skip(string name, string reason) => new(name, CaseOutcome.Skipped, reason);
}

/// <summary>A public test suite, read from data files. Any subset of its files works.</summary>
/// <param name="Name">The word after <c>SUITE=</c>.</param>
/// <param name="Folder">The folder below the conformance directory.</param>
/// <param name="Run">Runs each case found in the folder.</param>
/// <param name="GroupOf">What a case is counted under, by its name; null for one count of all.</param>
internal sealed record Suite(string Name, string Folder, Func<string, IEnumerable<CaseResult>> Run, Func<string, string>? GroupOf = null);
