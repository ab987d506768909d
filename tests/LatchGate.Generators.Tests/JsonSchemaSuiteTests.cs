using LatchGate.Conformance;
using LatchGate.Conformance.Suites;

namespace LatchGate.Generators.Tests;

/// <summary>The official JSON Schema Test Suite through the generator and the compiler; <c>make conformance SUITE=json-schema</c> counts by keyword.</summary>
public sealed class JsonSchemaSuiteTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_schema_that_compiles_judges_as_the_suite_says()
    {
        var results = JsonSchemaSuite.Run(RepositoryFiles.Conformance("json-schema")).ToList();
        var passed = results.Count(static result => result.Outcome == CaseOutcome.Passed);
        output.WriteLine($"{passed} passed, {results.Count(static result => result.Outcome == CaseOutcome.Skipped)} skipped");
        Assert.Empty(results.Where(static result => result.Outcome == CaseOutcome.Failed).Select(static result => $"{result.Name}: {result.Reason}"));
        Assert.True(passed > 2_000, $"Only {passed} cases were judged.");
    }

    [Fact]
    public void What_the_build_refuses_is_refused_for_a_reason_that_is_documented()
    {
        var reasons = JsonSchemaSuite.Run(RepositoryFiles.Conformance("json-schema")).Where(static result => result.Outcome == CaseOutcome.Skipped).Select(static result => result.Reason);
        string[] documented = ["is not supported", "must be", "cannot be compiled", "names no schema here", "own schema takes", "refers to itself", "here it asserts"];
        Assert.All(reasons, reason => Assert.Contains(documented, part => reason.Contains(part, StringComparison.Ordinal)));
    }
}
