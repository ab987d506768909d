using System.Runtime.InteropServices;
using LatchGate.Config;
using LatchGate.Pipeline;

namespace LatchGate.Cli.Commands;

/// <summary>Runs the gate in the foreground until SIGINT, SIGTERM or <c>stop</c>.</summary>
internal static class GateRunner
{
    /// <exception cref="StartupException">It cannot start.</exception>
    internal static async Task RunAsync(GateConfig config, RunGate run, Action<GateReady> onReady, CancellationToken stop)
    {
        StartupPaths.Check(config);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        try
        {
            await run(config, onReady, stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop: that is how it ends well.
        }

        void OnSignal(PosixSignalContext signal)
        {
            // A second signal has its default effect, in case stopping hangs.
            signal.Cancel = !stopping.IsCancellationRequested;
            stopping.Cancel();
        }
    }
}
