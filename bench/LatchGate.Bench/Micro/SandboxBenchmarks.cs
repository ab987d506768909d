using BenchmarkDotNet.Attributes;
using LatchGate.Actions;
using LatchGate.Sandbox;

namespace LatchGate.Bench.Micro;

/// <summary>One execution of the HTTP provider: fresh instance, task in, one host call that is answered at once, result out.</summary>
public class SandboxBenchmarks
{
    private readonly SandboxHost _host = new();
    private readonly SandboxModule _module = SandboxModule.Find(Sample.Action.ProviderName)!;
    private readonly Answering _world = new();
    private readonly ResolvedTask _task;

    public SandboxBenchmarks()
    {
        using var request = Sample.Request();
        _task = Sample.Task(request);
    }

    [Benchmark(Description = "sandbox execution, one host call")]
    public SandboxResult Execute()
    {
        // Completes on this thread, since the host does.
        var result = _host.ExecuteAsync(_module, Sample.Action.Imports, _task.Bytes, Sample.Action.Limits, _world, CancellationToken.None).GetAwaiter().GetResult();
        return result.Completed ? result : throw new InvalidOperationException($"{result.Trap}");
    }

    [GlobalCleanup]
    public void Stop() => _host.Dispose();

    private sealed class Answering : IHostCalls
    {
        private static readonly byte[] Answer =
            """{"status":200,"headers":{"content-type":"application/json"},"body_text":"{\"status\":\"ok\",\"items\":[1]}"}"""u8.ToArray();

        public ValueTask<HostAnswer> CallAsync(HostImports import, ReadOnlyMemory<byte> request, CancellationToken cancellation) =>
            ValueTask.FromResult(new HostAnswer(true, Answer));
    }
}
