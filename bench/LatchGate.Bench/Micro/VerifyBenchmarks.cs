using BenchmarkDotNet.Attributes;
using LatchGate.Bench.EndToEnd;
using LatchGate.Crypto;
using LatchGate.Evidence;

namespace LatchGate.Bench.Micro;

/// <summary>
/// Verifying a ledger, per event: one in which every second event carries a receipt, as successful calls write it, and one of plain
/// events. 1,000,000 divided by the microseconds is events a second.
/// </summary>
public class VerifyBenchmarks
{
    private const int Calls = 10_000;

    private BenchDirectory _place = null!;
    private Ed25519Signer _signer = null!;
    private string _withReceipts = "";
    private string _plain = "";

    [GlobalSetup]
    public void Fill()
    {
        _place = new BenchDirectory();
        _signer = Sample.Signer();
        _withReceipts = Path.Combine(_place.Path, "receipts.db");
        _plain = Path.Combine(_place.Path, "plain.db");
        using (var ledger = Ledger.Open(_withReceipts, _signer, TimeProvider.System))
        {
            InShares(share => Task.WhenAll(Enumerable.Range(0, share).Select(_ => Task.Run(() => Sample.CallAsync(ledger, _signer)))));
        }

        using (var ledger = Ledger.Open(_plain, _signer, TimeProvider.System))
        {
            InShares(share => ledger.AppendEventsAsync([.. Enumerable.Range(0,
                2 * share).Select(_ => Sample.Event(Sample.NewId()))]).AsTask());
        }
    }

    [Benchmark(Description = "verify, per event, half with receipts", OperationsPerInvoke = 2 * Calls)]
    public void WithReceipts() => Verify(_withReceipts, Environment.ProcessorCount - 1);

    [Benchmark(Description = "verify, per event, half with receipts, one thread", OperationsPerInvoke = 2 * Calls)]
    public void WithReceiptsAlone() => Verify(_withReceipts, helpers: 0);

    [Benchmark(Description = "verify, per event, no receipts", OperationsPerInvoke = 2 * Calls)]
    public void Plain() => Verify(_plain, Environment.ProcessorCount - 1);

    [GlobalCleanup]
    public void Remove()
    {
        _signer.Dispose();
        _place.Dispose();
    }

    private void Verify(string path, int helpers)
    {
        var report = LedgerVerifier.Verify(path, VerificationKeys.Of(_signer), helpers);
        if (!report.Intact || report.Events != 2 * Calls)
        {
            throw new InvalidOperationException($"{report.Events} events: {report.Defect}");
        }
    }

    private static void InShares(Func<int, Task> write)
    {
        const int Share = 1000;
        for (var written = 0; written < Calls; written += Share)
        {
            write(Share).GetAwaiter().GetResult();
        }
    }
}
