using LatchGate.Evidence;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.Evidence;

/// <summary>The tamper table of docs/evidence.md: each row is done to a ledger, and the verifier says what the row says.</summary>
public sealed class TamperTableTests
{
    [Fact]
    public async Task Every_row_is_what_the_verifier_says()
    {
        var page = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "docs", "evidence.md"));
        var start = Array.IndexOf(page, "## What was changed, and what verify said");
        Assert.True(start >= 0, "docs/evidence.md has no tamper table.");
        var rows = page.Skip(start + 1).TakeWhile(l => !l.StartsWith("## ", StringComparison.Ordinal))
            .Where(l => l.StartsWith("| ", StringComparison.Ordinal) && l.Contains("` | `", StringComparison.Ordinal))
            .Select(l => Array.ConvertAll(l.Split('|', StringSplitOptions.RemoveEmptyEntries), cell => cell.Trim().Trim('`'))).ToArray();
        Assert.True(rows.Length >= 20, $"{rows.Length} rows");
        var wrong = new List<string>();
        foreach (var row in rows)
        {
            using var temp = await TamperTests.FilledAsync();
            TamperTests.Attack(temp, row[1]);
            var said = LedgerVerifier.Verify(temp.Path, temp.Keys).Defect?.ToString();
            if (said != row[2])
            {
                wrong.Add($"{row[0]}\n  said: {said}\n  row:  {row[2]}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }
}
