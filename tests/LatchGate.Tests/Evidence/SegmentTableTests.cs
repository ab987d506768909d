using System.Diagnostics;
using LatchGate.Tests.Pipeline;

namespace LatchGate.Tests.Evidence;

/// <summary>The table of docs/evidence.md about sealed ledgers: each row is done to a ledger or its files, and the verifier says what the
/// row says.</summary>
public sealed class SegmentTableTests
{
    [Fact]
    public async Task Every_row_is_what_the_verifier_says()
    {
        var page = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "docs", "evidence.md"));
        var start = Array.IndexOf(page, "### What was changed in a sealed ledger");
        Assert.True(start >= 0, "docs/evidence.md has no table of sealed ledgers.");
        var rows = page.Skip(start + 1).TakeWhile(l => !l.StartsWith('#'))
            .Where(l => l.StartsWith("| ", StringComparison.Ordinal) && l.Contains("` | `", StringComparison.Ordinal))
            .Select(l => Array.ConvertAll(l.Split('|', StringSplitOptions.RemoveEmptyEntries), cell => cell.Trim().Trim('`'))).ToArray();
        Assert.True(rows.Length >= 12, $"{rows.Length} rows");
        var wrong = new List<string>();
        foreach (var row in rows)
        {
            using var rig = await SealRig.SealedAsync();
            if (char.IsAsciiLetterUpper(row[1][0]))
            {
                TamperTests.Attack(rig.Temp, row[1]);
            }
            else
            {
                await RunAsync(rig.Archive, row[1]);
            }

            var said = ((await rig.VerifyFilesAsync()).Defect ?? rig.Verify().Defect)?.ToString();
            if (said != row[2])
            {
                wrong.Add($"{row[0]}\n  said: {said}\n  row:  {row[2]}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static async Task RunAsync(string directory, string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh") { ArgumentList = { "-ec", command },
            WorkingDirectory = directory })!;
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, shell.ExitCode);
    }
}
