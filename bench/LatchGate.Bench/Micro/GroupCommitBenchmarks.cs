using BenchmarkDotNet.Attributes;
using LatchGate.Bench.EndToEnd;
using LatchGate.Crypto;
using LatchGate.Evidence;

namespace LatchGate.Bench.Micro;

/// <summary>
/// Durable appends by one caller, and by 32 at once on the same disk: each waits for its own commit before its next. Both are per append,
/// so their quotient is what sharing commits gives.
/// </summary>
public class GroupCommitBenchmarks
{
    private const int Callers = 32;
    private const int Each = 32;

    private BenchDirectory _place = null!;
    private Ed25519Signer _signer = null!;
    private Ledger _ledger = null!;

    [GlobalSetup]
    public void Open()
    {
        _place = new BenchDirectory();
        _signer = Sample.Signer();
        _ledger = Ledger.Open(Path.Combine(_place.Path, "ledger.db"), _signer, TimeProvider.System);
    }

    [Benchmark(Description = "append, 1 caller", OperationsPerInvoke = Each)]
    public void One() => AppendAsync().GetAwaiter().GetResult();

    [Benchmark(Description = "append, 32 callers", OperationsPerInvoke = Callers * Each)]
    public void Many()
    {
        var callers = new Task[Callers];
        for (var i = 0; i < Callers; i++)
        {
            callers[i] = Task.Run(AppendAsync);
        }

        Task.WaitAll(callers);
    }

    [GlobalCleanup]
    public void Close()
    {
        _ledger.Dispose();
        _signer.Dispose();
        _place.Dispose();
    }

    private async Task AppendAsync()
    {
        for (var i = 0; i < Each; i++)
        {
            var written = await _ledger.AppendEventAsync(new AuditEvent
            {
                TraceId = Sample.NewId(),
                EventType = EventTypes.ActionCall,
                Decision = AuditDecision.Deny,
                Principal = "agent:bench",
                ActionId = Sample.Action.Id,
            }).ConfigureAwait(false);
            if (!written.IsDurable)
            {
                throw new InvalidOperationException($"{written.Fault}");
            }
        }
    }
}
