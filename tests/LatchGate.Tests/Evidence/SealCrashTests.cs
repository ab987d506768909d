using System.Diagnostics;
using LatchGate.Evidence;
using LatchGate.Evidence.Segments;

namespace LatchGate.Tests.Evidence;

/// <summary>The process dies at each step of a sealing: what is left is the ledger as it was or the sealed one, and never less.</summary>
public sealed class SealCrashTests
{
    private const string FolderVariable = "LATCHGATE_TEST_SEAL_FOLDER";
    private const string StepVariable = "LATCHGATE_TEST_SEAL_STEP";

    [Theory]
    [InlineData(nameof(SealStep.Chosen), 0, null)]
    [InlineData(nameof(SealStep.Written), 0, "segment-000001-1-11.jsonl.tmp")]
    [InlineData(nameof(SealStep.Named), 0, "segment-000001-1-11.jsonl")]
    [InlineData(nameof(SealStep.Checked), 0, "segment-000001-1-11.jsonl")]
    [InlineData(nameof(SealStep.Deleted), 0, "segment-000001-1-11.jsonl")]
    [InlineData(nameof(SealStep.Committed), 11, "segment-000001-1-11.jsonl")]
    public async Task A_kill_at_any_step_loses_nothing_and_the_next_attempt_ends_it(string step, long sealedThrough, string? left)
    {
        using var rig = await SealRig.FilledAsync();
        var grants = rig.Verify().Unresolved.Select(i => i.GrantId).ToArray();
        rig.Temp.Close();
        await KillAtAsync(rig, step);

        // As it was left, without any repair.
        Assert.Equal(left is null ? [] : [left], rig.Files());
        var report = rig.Verify();
        Assert.Null(report.Defect);
        Assert.Equal((sealedThrough, sealedThrough == 0 ? 11 : 1), (report.SealedThrough, report.Events));
        Assert.Equal(grants, report.Unresolved.Select(i => i.GrantId));

        rig.Temp.Reopen();
        var again = await rig.SealAsync();
        Assert.Equal(sealedThrough == 0 ? SealOutcome.Sealed : SealOutcome.NothingToSeal, again.Outcome);
        Assert.Equal(["segment-000001-1-11.jsonl"], rig.Files());
        await rig.Temp.CallAsync();
        var files = await rig.VerifyFilesAsync();
        Assert.Null(files.Defect);
        Assert.Equal((11, 3), (files.Events, files.Receipts));
        report = rig.Verify();
        Assert.Null(report.Defect);
        Assert.Equal((3, 1, grants[0]), (report.Events, report.Receipts, Assert.Single(report.Unresolved).GrantId));
    }

    [Fact]
    public async Task Seals_until_it_is_killed()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable);
        Assert.SkipWhen(folder is null, "runs only in the process that the crash test kills");
        var last = Enum.Parse<SealStep>(Environment.GetEnvironmentVariable(StepVariable)!);
        using var signer = new LatchGate.Crypto.Ed25519Signer(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());
        var time = new ManualTime(TempLedger.Start.AddMinutes(30));
        var ledger = Ledger.Open(Path.Combine(folder!, "ledger.db"), signer, time, TempLedger.Options);
        using var sealer = new LedgerSealer(ledger, VerificationKeys.Of(signer), Path.Combine(folder!, "segments"), time, null, step =>
        {
            if (step == last)
            {
                Process.GetCurrentProcess().Kill(); // SIGKILL
                Thread.Sleep(Timeout.Infinite);
            }
        });
        await sealer.SealAsync(new SealRequest(null, 0), SealRig.Announcement, TestContext.Current.CancellationToken);
        Assert.Fail($"the sealing ended without the step {last}");
    }

    private static async Task KillAtAsync(SealRig rig, string step)
    {
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { "exec", typeof(SealCrashTests).Assembly.Location, "--filter-method",
                $"{typeof(SealCrashTests).FullName}.{nameof(Seals_until_it_is_killed)}" },
            Environment = { [FolderVariable] = rig.Temp.Folder, [StepVariable] = step },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var said = child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(child.ExitCode == 128 + 9, $"exit code {child.ExitCode}: {await said}");
    }
}
