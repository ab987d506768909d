using System.Runtime.InteropServices;
using LatchGate.Demo;

const int Usage = 64;

if (args is not [var binary] || !File.Exists(binary))
{
    Console.Error.WriteLine("usage: LatchGate.Demo GATE_BINARY    (run it with: make demo)");
    return Usage;
}

var keep = Environment.GetEnvironmentVariable("LATCHGATE_DEMO_KEEP") is { Length: > 0 } chosen ? Path.GetFullPath(chosen) : null;
if (keep is not null && (File.Exists(keep) || (Directory.Exists(keep) && Directory.EnumerateFileSystemEntries(keep).Any())))
{
    // What is there may be another ledger, and ledgers are not overwritten.
    Console.Error.WriteLine($"demo: LATCHGATE_DEMO_KEEP names {keep}, which is not an empty directory. Name a new one.");
    return Usage;
}

using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(90));
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
try
{
    return await RunAsync(Path.GetFullPath(binary), keep, stop.Token) ? 0 : 1;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"demo: {e.Message}");
    return 1;
}

static async Task<bool> RunAsync(string binary, string? keep, CancellationToken stop)
{
    using var workplace = new Workplace(binary, keep);
    var timeline = new Timeline(Console.Out, Timeline.WantsColour());
    await using var gate = new Gate(workplace);
    await using var world = new OutsideWorld();
    try
    {
        await new Scenario(workplace, gate, world, timeline).RunAsync(stop);
    }
    catch (StepFailedException)
    {
        timeline.Note("The steps after this one need it, so the demo ends here.");
    }
    catch (OperationCanceledException) when (stop.IsCancellationRequested)
    {
        timeline.Fail("stopped before its end, by a signal or after 90 seconds");
    }

    await gate.DisposeAsync();
    if (timeline.Failures > 0)
    {
        timeline.Block("What the gate wrote:", gate.Log);
    }

    if (keep is not null)
    {
        workplace.Keep();
        timeline.Block($"Kept in {keep}: latchgate.toml, operators/, data/. To check the ledger again:",
            [$"{binary} verify --ledger {keep}/data/audit.db --keys {keep}/data/receipt-keys.jwks"]);
    }

    return timeline.Summary();
}

void Stop(PosixSignalContext signal)
{
    // The gate and the directories are taken down first.
    signal.Cancel = true;
    stop.Cancel();
}
