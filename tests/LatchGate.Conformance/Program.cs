using LatchGate.Conformance;
using LatchGate.Conformance.Suites;

// One line a suite.
Suite[] suites =
[
    JcsSuite.Suite,
    EgressSuite.Suite,
    JsonSchemaSuite.Suite,
    new("toml", "toml", TomlSuite.Run),
    DpopSuite.Suite,
    WycheproofSuite.Suite,
    AgeSuite.Suite,
    RegoIrSuite.Suite,
    WasmSuite.Suite,
];

if (args is not [var directory, var wanted] || suites.FirstOrDefault(s => s.Name == wanted) is not { } suite)
{
    Console.Error.WriteLine($"usage: conformance DIRECTORY SUITE, where SUITE is one of: {string.Join(", ", suites.Select(s => s.Name))}");
    return 64;
}

var folder = Path.Combine(directory, suite.Folder);
if (!Directory.Exists(folder))
{
    Console.WriteLine($"SKIP {suite.Name}: {folder} does not exist; set LATCHGATE_CONFORMANCE to a folder that holds the suite.");
    Console.WriteLine("0 passed, 0 failed, 1 skipped");
    return 0;
}

var (passed, failed, skipped) = (0, 0, 0);
var groups = new SortedDictionary<string, int[]>(StringComparer.Ordinal);
foreach (var result in suite.Run(folder))
{
    if (suite.GroupOf?.Invoke(result.Name) is { } group)
    {
        groups.TryAdd(group, new int[3]);
        groups[group][(int)result.Outcome]++;
    }

    switch (result.Outcome)
    {
        case CaseOutcome.Passed:
            passed++;
            break;
        case CaseOutcome.Failed:
            failed++;
            Console.WriteLine($"FAIL {result.Name}: {result.Reason}");
            break;
        case CaseOutcome.Skipped:
            skipped++;
            Console.WriteLine($"SKIP {result.Name}: {result.Reason}");
            break;
    }
}

foreach (var (group, counts) in groups)
{
    Console.WriteLine($"{group,-52} {counts[(int)CaseOutcome.Passed],5} passed {counts[(int)CaseOutcome.Failed],5} failed {counts[(int)CaseOutcome.Skipped],5} skipped");
}

Console.WriteLine($"{passed} passed, {failed} failed, {skipped} skipped");
return failed == 0 && passed > 0 ? 0 : 1;
