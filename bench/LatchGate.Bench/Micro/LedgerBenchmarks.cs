using BenchmarkDotNet.Attributes;
using LatchGate.Bench.EndToEnd;
using LatchGate.Crypto;
using LatchGate.Evidence;

namespace LatchGate.Bench.Micro;

/// <summary>Durable appends, each with its own commit on a real disk: a plain event, and the intent of a call.</summary>
public class LedgerBenchmarks
{
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

    [Benchmark(Description = "ledger append, one event")]
    public long Append()
    {
        var written = _ledger.AppendEventAsync(new AuditEvent
        {
            TraceId = Sample.NewId(),
            EventType = EventTypes.ActionCall,
            Decision = AuditDecision.Deny,
            Principal = "agent:bench",
            ActionId = Sample.Action.Id,
        }).AsTask().GetAwaiter().GetResult();
        return written.IsDurable ? written.Value : throw new InvalidOperationException($"{written.Fault}");
    }

    [Benchmark(Description = "ledger append, intent")]
    public RecordedIntent Intent()
    {
        var result = _ledger.RecordIntentAsync(Sample.Intent()).AsTask().GetAwaiter().GetResult();
        return result.Proof ?? throw new InvalidOperationException($"{result.Outcome}");
    }

    [GlobalCleanup]
    public void Close()
    {
        _ledger.Dispose();
        _signer.Dispose();
        _place.Dispose();
    }
}
