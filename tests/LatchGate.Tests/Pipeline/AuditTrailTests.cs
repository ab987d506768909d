using LatchGate.Config;
using LatchGate.Evidence;
using LatchGate.Pipeline;
using LatchGate.Storage;
using LatchGate.Telemetry;
using LatchGate.Tests.Evidence;

namespace LatchGate.Tests.Pipeline;

public sealed class AuditTrailTests : IDisposable
{
    private readonly TempLedger _temp = new(open: false);
    private readonly StringWriter _log = new();

    [Fact]
    public async Task An_event_that_cannot_be_written_is_counted_and_the_next_one_is_written()
    {
        using var ledger = Open(capacity: 4096);
        var trail = new AuditTrail(ledger, new GateLog(_log, LogLevel.Info, TimeProvider.System));

        // No canonical form: beyond what a double holds exactly.
        await trail.RecordAsync(TempLedger.Event("bad") with { CallsBefore = long.MaxValue });
        await trail.RecordAsync(TempLedger.Event("good"));
        await trail.DisposeAsync();

        Assert.Equal(1, trail.Lost);
        Assert.Contains(nameof(ArgumentOutOfRangeException), _log.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, ledger.Read(static r => r.CountEvents()));
    }

    [Fact]
    public async Task A_flood_of_refusals_loses_none_when_the_ledgers_queue_is_short()
    {
        const int Refusals = 2000;
        using var ledger = Open(capacity: 1);
        var trail = new AuditTrail(ledger, new GateLog(_log, LogLevel.Info, TimeProvider.System));
        for (var i = 0; i < Refusals; i++)
        {
            await trail.RecordAsync(TempLedger.Event());
        }

        await trail.DisposeAsync();
        Assert.Equal(0, trail.Lost);
        Assert.Equal(Refusals, ledger.Read(static r => r.CountEvents()));
    }

    [Fact]
    public async Task Who_waits_for_room_is_let_go_when_the_ledger_begins_to_refuse()
    {
        // More than the queue and the batch under way hold.
        const int Refusals = 4096 + 256 + 1;
        using var ledger = Open(capacity: 4096);
        var trail = new AuditTrail(ledger, new GateLog(_log, LogLevel.Info, TimeProvider.System));
        var recorded = new Task[Refusals];
        using (var other = Database.Open(_temp.Path, DatabaseAccess.ReadWrite))
        {
            other.Execute("BEGIN IMMEDIATE");
            for (var i = 0; i < Refusals; i++)
            {
                recorded[i] = trail.RecordAsync(TempLedger.Event()).AsTask();
            }

            await Eventually.HoldsAsync(() => ledger.Failure is not null);
            await Eventually.HoldsAsync(() => Array.TrueForAll(recorded, static task => task.IsCompletedSuccessfully));
            Assert.NotEqual(0, trail.Lost);
        }

        await trail.DisposeAsync();
        Assert.Equal(Refusals - trail.Lost, ledger.Read(static r => r.CountEvents()));
    }

    public void Dispose()
    {
        _log.Dispose();
        _temp.Dispose();
    }

    private Ledger Open(int capacity) =>
        Ledger.Open(_temp.Path, _temp.Signer, _temp.Time, new LedgerOptions { AllowVolatile = true, QueueCapacity = capacity });
}
