using LatchGate.Evidence;

namespace LatchGate.Tests.Evidence;

public sealed class FullQueueTests : IDisposable
{
    private readonly TempLedger _temp = new(open: false);

    [Fact]
    public async Task An_intent_that_was_let_in_gets_its_receipt_into_a_full_queue()
    {
        const int Calls = 64;
        using var ledger = Ledger.Open(_temp.Path, _temp.Signer, _temp.Time, new LedgerOptions { AllowVolatile = true, QueueCapacity = 1 });
        var receipts = new List<SignedReceipt>();
        for (var i = 0; i < Calls; i++)
        {
            var intent = await ledger.RecordIntentAsync(_temp.Intent());
            receipts.Add(_temp.Receipt(intent.Proof!));
        }

        using var together = new Barrier(8);
        var writes = await Task.WhenAll(receipts.Chunk(Calls / 8).Select(share => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                return share.Select(r => ledger.RecordOutcomeAsync(r, [TempLedger.Event(r.Content.Intent.Intent.TraceId)]).AsTask()).ToArray();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        foreach (var write in writes.SelectMany(w => w))
        {
            Assert.True((await write).IsDurable);
        }

        Assert.Empty(ledger.Read(r => r.UnresolvedIntents()));
    }

    public void Dispose() => _temp.Dispose();
}
