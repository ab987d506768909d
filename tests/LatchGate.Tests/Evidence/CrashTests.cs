using System.Diagnostics;
using LatchGate.Crypto;
using LatchGate.Evidence;

namespace LatchGate.Tests.Evidence;

/// <summary>The process dies without warning while it writes; what it confirmed must be there, and the chain whole.</summary>
public sealed class CrashTests
{
    private const string FolderVariable = "LATCHGATE_TEST_CRASH_FOLDER";

    [Fact]
    public async Task What_was_confirmed_survives_a_kill_and_the_chain_is_whole()
    {
        using var temp = new TempLedger(open: false);
        var confirmedFile = Path.Combine(temp.Folder, "confirmed");
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { "exec", typeof(CrashTests).Assembly.Location, "--filter-method", $"{typeof(CrashTests).FullName}.{nameof(Writes_until_it_is_killed)}" },
            Environment = { [FolderVariable] = temp.Folder },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            await Eventually.HoldsAsync(async () =>
            {
                Assert.False(child.HasExited, child.HasExited ? await child.StandardOutput.ReadToEndAsync() : "");
                return File.Exists(confirmedFile) && new FileInfo(confirmedFile).Length >= 50 * sizeof(long);
            }, "the child has written 50 events");
        }
        finally
        {
            child.Kill(); // SIGKILL
            await child.WaitForExitAsync();
        }

        var confirmed = new byte[sizeof(long)];
        using (var file = File.OpenRead(confirmedFile))
        {
            file.Position = (file.Length / sizeof(long) - 1) * sizeof(long);
            file.ReadExactly(confirmed);
        }

        temp.Reopen();
        var events = temp.Ledger.Read(r => r.CountEvents());
        Assert.InRange(events, BitConverter.ToInt64(confirmed), long.MaxValue);
        await temp.CallAsync();
        temp.Close();
        var report = LedgerVerifier.Verify(temp.Path, temp.Keys);
        Assert.Null(report.Defect);
        Assert.Equal(events + 2, report.Events);
    }

    [Fact]
    public async Task Writes_until_it_is_killed()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable);
        Assert.SkipWhen(folder is null, "runs only in the process that the crash test kills");
        using var signer = new Ed25519Signer(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());
        var ledger = Ledger.Open(Path.Combine(folder!, "ledger.db"), signer, TimeProvider.System, TempLedger.Options);
        await using var confirmed = new FileStream(Path.Combine(folder!, "confirmed"), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                var written = await ledger.AppendEventAsync(TempLedger.Event());
                Assert.True(written.IsDurable);
                lock (confirmed)
                {
                    confirmed.Write(BitConverter.GetBytes(written.Value));
                }
            }
        })));
    }
}
